"""Render a delivery: subject, text and HTML in its reader's language."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

import css_inline
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from alerts.choices import REPORTS, Family, Purpose
from alerts.mail import links
from alerts.mail.bar import Bar, promise_bar
from alerts.mail.handing import handing
from alerts.mail.stories import Story
from alerts.mail.tokens import Act, stand_in
from alerts.mail.words import Words, report_line, words_of
from alerts.models import AlertEvent, Delivery
from alerts.weekly import Week
from crm.models import Task
from crm.templatetags.money import money

#: A mail lists so many clients; the rest is one line.
LONGEST_LIST = 10
MOST_REPORTS = 20
SUBJECT_LIMIT = 200
CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
#: What waits for an answer comes before what waited.
FIRST = {Family.CALL_BACK: 0, Family.PROMISE: 1, Family.SILENCE: 2, Family.REVIEW: 3}


@dataclass(frozen=True)
class Rendered:
    """A mail in words."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Client:
    """One client as the templates print them."""

    words: Words
    bar: Bar | None
    log: str
    open: str
    snooze: str


@dataclass
class Contents:
    """What a delivery tells: the events that may be told, the stories of their alerts, the promises of today."""

    events: list[AlertEvent] = field(default_factory=list)
    stories: Mapping[int, Story] = field(default_factory=dict)
    promises: Sequence[Task] = ()
    waiting: Sequence[dict[str, Any]] = ()
    handed_over: int = 0
    handing: dict[str, Any] | None = None
    """What a hand-over or a hand-back says (alerts.hand_overs)."""
    refused: Sequence[dict[str, str]] = ()
    """Colleagues whose mail server takes nothing more: name and address."""
    week: Week | None = None
    left: Sequence[dict[str, Any]] = ()
    """Colleagues who work here no more: name, and how many clients of theirs are in the queue, or whom they covered."""

    @property
    def has_lines(self) -> bool:
        """Whether there is something to say besides the clients of the events."""
        return bool(self.promises or self.waiting or self.handed_over or self.refused or self.left)

    @property
    def is_empty(self) -> bool:
        return not (self.events or self.has_lines or self.handing or self.week)


def render(delivery: Delivery, reader: User, contents: Contents, now: dt.datetime) -> Rendered:
    """Render a mail to a colleague. Makes no query of its own but for the words of single facts."""
    with translation.override(reader.language):
        if delivery.purpose == Purpose.TEST:
            return _finish("test", _("A test mail from Constante"), _test(reader))
        if contents.handing:
            subject, about = handing(delivery.purpose, contents.handing, reader)
            return _finish("handing", subject, about)
        if week := contents.week:
            about = {"title": week.subject, "opening": week.opening, "groups": week.groups, "reader": reader}
            return _finish("handing", week.subject, about)
        clients = _clients(contents, reader, now)
        reports = _reports(contents)
        if len(clients) == 1 and not (reports or contents.has_lines):
            story, client = clients[0]
            subject = f"{story.clock.customer.name}: {client.words.short}"
            return _finish("single", subject, {"client": client, "reader": reader})
        return _list(clients, reports, contents, reader)


def _test(reader: User) -> dict[str, Any]:
    return {"reader": reader, "bar": promise_bar(41 / 30, _("41 of 30 d"))}


def _reports(contents: Contents) -> list[str]:
    """What colleagues did, a line each."""
    told = [event for event in contents.events if event.kind in REPORTS and event.alert_id in contents.stories]
    return [report_line(event, contents.stories[event.alert_id]) for event in told[:MOST_REPORTS]]


def _clients(contents: Contents, reader: User, now: dt.datetime) -> list[tuple[Story, Client]]:
    stories = contents.stories
    kinds: dict[int, set[str]] = defaultdict(set)
    actors: dict[int, dict[str, str]] = defaultdict(dict)
    for event in contents.events:
        if event.alert_id in stories and event.kind not in REPORTS:
            kinds[event.alert_id].add(event.kind)
            if event.actor:
                actors[event.alert_id][event.kind] = event.actor.name
    told = [(stories[pk], kinds[pk], actors[pk]) for pk in kinds]
    told.sort(key=lambda one: FIRST[Family(one[0].alert.family)])
    return [(story, _client(story, some, who, reader, now)) for story, some, who in told]


def _client(story: Story, kinds: set[str], actors: dict[str, str], reader: User, now: dt.datetime) -> Client:
    silent = story.alert.family == Family.SILENCE
    ratio = story.clock.status_at(now).ratio
    return Client(
        words=words_of(story, kinds, actors=actors, reader=reader, now=now),
        bar=promise_bar(ratio, str(story.wait)) if silent and ratio is not None and story.wait else None,
        log=stand_in(Act.CALL, story.alert.pk),
        open=stand_in(Act.OPEN, story.alert.pk),
        snooze=stand_in(Act.SNOOZE, story.alert.pk) if silent else "",
    )


def _list(
    clients: Sequence[tuple[Story, Client]], reports: Sequence[str], contents: Contents, reader: User
) -> Rendered:
    shown = [client for _story, client in clients[:LONGEST_LIST]]
    beyond = len(clients) - len(shown)
    more = ngettext("And one more client waits.", "And %(n)s more clients wait.", beyond) % {"n": beyond}
    waiting = [_waiting(line, reader) for line in contents.waiting]
    title = _title([story.clock.customer.name for story, _client in clients], reports, contents)
    about = {
        "title": title,
        "clients": shown,
        "more": more if beyond else "",
        "handed_over": _handed_line(contents.handed_over) if contents.handed_over else "",
        "reports": reports,
        "promises": [
            {
                "name": task.customer.name,
                "title": task.title,
                "open": links.page("crm:customer-detail", task.customer_id),
            }
            for task in contents.promises
        ],
        "waiting": waiting,
        "refused": [_refused_line(one) for one in contents.refused],
        "left": [_left_line(one) for one in contents.left],
        "reader": reader,
    }
    return _finish("list", title, about)


def _title(names: Sequence[str], reports: Sequence[str], contents: Contents) -> str:
    if len(names) == 1:
        return _("%(name)s waits for you") % {"name": names[0]}
    if len(names) == 2:
        return _("%(name)s and %(other)s wait for you") % {"name": names[0], "other": names[1]}
    if names:
        n = len(names) - 1
        return ngettext(
            "%(name)s and %(n)s more client wait for you", "%(name)s and %(n)s more clients wait for you", n
        ) % {"name": names[0], "n": n}
    if contents.refused:
        return _("Our mail does not reach %(name)s") % {"name": contents.refused[0]["name"]}
    if contents.left:
        return _("%(name)s works here no more") % {"name": contents.left[0]["name"]}
    if contents.promises:
        n = len(contents.promises)
        return ngettext("One promise for today", "%(n)s promises for today", n) % {"n": n}
    if contents.handed_over:
        return _handed_line(contents.handed_over)
    if reports:
        return _("What colleagues did for your clients")
    n = sum(line["count"] for line in contents.waiting)
    return ngettext("%(n)s client waits for a turn", "%(n)s clients wait their turn", n) % {"n": n}


def _handed_line(n: int) -> str:
    return ngettext("One client was handed over to you.", "%(n)s clients were handed over to you.", n) % {"n": n}


def _refused_line(one: dict[str, str]) -> str:
    said = _("%(name)s gets no alerts: the mail server of %(address)s refuses them. Please ask for another address.")
    return said % one


def _left_line(one: dict[str, Any]) -> str:
    if "away_from" in one:
        day = date_format(dt.date.fromisoformat(one["away_from"]), _("j F Y"))
        said = _(
            "%(name)s works here no more and was to cover for you, away from %(day)s on. "
            "Your team’s queue does, unless you choose somebody."
        )
        return said % {"name": one["name"], "day": day}
    n = one["clients"]
    said = ngettext(
        "%(name)s works here no more. One client is in the queue: who takes them?",
        "%(name)s works here no more. %(n)s clients are in the queue: who takes them?",
        n,
    )
    return said % {"name": one["name"], "n": n}


def _waiting(line: dict[str, Any], reader: User) -> str:
    """Say the daily line: "23 clients wait their turn, the oldest since 2 May; EUR 12,300 a year …"."""
    oldest = dt.datetime.fromisoformat(line["oldest"]).astimezone(reader.zone).date()
    about = {"n": line["count"], "day": date_format(oldest, _("j F Y")), "name": line["name"]}
    if line["owner"] == reader.pk:
        said = _("%(n)s of your clients wait their turn, the oldest overdue since %(day)s.") % about
    elif line["name"]:
        said = _("%(name)s: %(n)s clients wait their turn, the oldest overdue since %(day)s.") % about
    else:
        said = _("Without an owner: %(n)s clients wait their turn, the oldest overdue since %(day)s.") % about
    values = sorted(((Decimal(value), currency) for currency, value in line["values"].items()), reverse=True)
    if values:
        sums = " · ".join(money(value.quantize(Decimal(1)), currency) for value, currency in values)
        said += " " + _("Value a year: %(sums)s.") % {"sums": sums}
    if line["long"]:
        n = line["long"]
        said += " " + ngettext(
            "One of them has waited for ten working days.", "%(n)s of them have waited for ten working days.", n
        ) % {"n": n}
    return said


def one_line(text: str) -> str:
    """Return text fit for a header: one line, no control characters, not too long."""
    line = " ".join(CONTROL.sub(" ", text).split())
    return line if len(line) <= SUBJECT_LIMIT else line[: SUBJECT_LIMIT - 1].rstrip() + "…"


def _finish(name: str, subject: str, about: dict[str, Any]) -> Rendered:
    about |= {
        "subject": one_line(subject),
        "preferences": links.page("accounts:preferences"),
        "today": links.page("retention:today"),
    }
    text = render_to_string(f"alerts/email/{name}.txt", about)
    html = _inliner().inline(render_to_string(f"alerts/email/{name}.html", about))
    # Blank lines and indentation of the templates are no part of the mail.
    lines = (line.strip() for line in html.splitlines())
    return Rendered(one_line(subject), re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", "\n".join(filter(None, lines)))


@cache
def _inliner() -> css_inline.CSSInliner:
    # Nothing is ever fetched for a mail.
    return css_inline.CSSInliner(inline_style_tags=True, keep_style_tags=False, load_remote_stylesheets=False)
