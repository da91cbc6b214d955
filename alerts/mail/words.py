"""The words of a mail about one client, in the reader's language and with the dates of the promise's zone (T5)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import User
from alerts.choices import CloseReason, EventKind, Family
from alerts.ladder import Comes
from alerts.mail.stories import Story
from alerts.models import AlertEvent
from crm.choices import Unit
from crm.day_words import by_day, clock_time, local_day, moment, on_day
from crm.models.clock import State
from crm.phones import spoken
from crm.sentence import Fact, call_back_facts, facts_of, plain, say, subject_words

PERSONAL = "personal"
LONGEST_SUMMARY = 300
#: Who is named as told next; more are "and others".
NAMED = 2


@dataclass(frozen=True)
class Words:
    """All that a mail says about one client. `sentence` is HTML, `plain_sentence` the same as text."""

    heading: str
    short: str
    sentence: SafeString
    plain_sentence: str
    last_time: str
    contact: str
    phone: str
    number: str
    care: str
    notes: list[str]
    following: str


def words_of(story: Story, kinds: set[str], *, actors: dict[str, str], reader: User, now: dt.datetime) -> Words:
    """Say a story to a reader; call it with their language active.

    `kinds` are the events told, `actors` who did what of these.
    """
    clock, contact = story.clock, story.contact
    promise, found = _promise(story, reader, now), _facts(story, reader, now)
    # Of somebody never reached one says first who they are.
    facts = [*promise, *found] if clock.last_attention_at else [*found[:1], *promise, *found[1:]]
    return Words(
        heading=heading(story, reader, now),
        short=short(story, reader, now),
        sentence=say(facts),
        plain_sentence=plain(facts),
        last_time=_last_time(story),
        contact=", ".join(filter(None, [contact.name, contact.role])) if contact else "",
        phone=spoken(story.number, clock.customer.country or "") if story.number else "",
        number=story.number,
        care=" ".join(clock.customer.care_note.split()) or (contact.preferred_hours if contact else ""),
        notes=_notes(story, kinds, actors, reader),
        following=following(story, reader, now),
    )


def _zone(story: Story) -> ZoneInfo:
    return story.clock.calendar.tz


def _days(story: Story) -> str:
    wait = story.wait
    n = wait.elapsed if wait else 0
    if wait and wait.working:
        return ngettext("%(n)s working day", "%(n)s working days", n) % {"n": n}
    return ngettext("%(n)s day", "%(n)s days", n) % {"n": n}


def heading(story: Story, reader: User, now: dt.datetime) -> str:
    """Return the first line of the mail: who, and what about them."""
    about: dict[str, object] = {"name": story.clock.customer.name, "days": _days(story)}
    family = story.alert.family
    if family == Family.CALL_BACK:
        return _("%(name)s waits for a call back") % about
    if family == Family.PROMISE:
        about["title"] = story.task.title if story.task else ""
        return _("Promised to %(name)s: %(title)s") % about
    if family == Family.REVIEW:
        return _("%(name)s: is “no follow-up” still right?") % about
    if story.clock.due_kind == PERSONAL:
        return _("%(name)s has not been met for %(days)s") % about
    if story.clock.last_attention_at is None:
        return _("%(name)s has waited %(days)s for a first contact") % about
    return _("%(name)s has waited %(days)s") % about


def short(story: Story, reader: User, now: dt.datetime) -> str:
    """Return what stands in the subject behind the client's name, and in a list beside it."""
    family, zone = story.alert.family, _zone(story)
    due = story.alert.oldest_due_at
    if family == Family.CALL_BACK:
        if now >= due:
            return _("waits for a call back, due %(moment)s") % {"moment": moment(due, zone, now)}
        if local_day(due, zone) == local_day(now, zone):
            return _("call back by %(time)s") % {"time": clock_time(due, zone)}
        return _("call back by %(day)s") % {"day": full_date(local_day(due, zone))}
    if family == Family.PROMISE:
        day = by_day(local_day(due, zone), local_day(now, zone))
        return _("%(title)s, promised for %(day)s") % {"title": story.task.title if story.task else "", "day": day}
    if family == Family.REVIEW:
        return _("is “no follow-up” still right?")
    words = subject_words(story.clock, now, story.wait)
    if not words:
        return _("attended in the meantime")
    owner = story.owner
    if story.alert.rung > 1 and owner and owner.pk != reader.pk:
        return _("%(words)s, with %(owner)s") % {"words": words, "owner": owner.name}
    return words


def full_date(day: dt.date) -> str:
    """Return "Friday 27 November"."""
    return date_format(day, _("l j F"))


def _promise(story: Story, reader: User, now: dt.datetime) -> list[Fact]:
    """What was promised to whom, as the first fact of a silence's sentence."""
    clock, wait = story.clock, story.wait
    if story.alert.family != Family.SILENCE or wait is None or clock.status_at(now).state != State.OVERDUE:
        return []
    is_owner = story.owner is not None and story.owner.pk == reader.pk
    about = {"segment": clock.customer.segment, "every": _every(story)}
    personal = clock.due_kind == PERSONAL
    if clock.due_source == "segment" and clock.customer.segment:
        said = _segment_promise(personal, is_owner)
    elif clock.due_source == "customer":
        said = _own_promise(personal, is_owner)
    elif clock.due_source == "default":
        said = _default_promise(personal)
    else:
        said = _dated_promise(clock.due_source)
        agreed = clock.due_source == "agreed"
        due, today = local_day(story.alert.oldest_due_at, _zone(story)), local_day(now, _zone(story))
        about["day"] = on_day(due, today) if agreed else by_day(due, today)
    return [Fact("promised", said % about)]


def _segment_promise(personal: bool, is_owner: bool) -> str:
    if personal:
        return (
            _("You promised segment %(segment)s a personal moment every %(every)s")
            if is_owner
            else _("Segment %(segment)s is promised a personal moment every %(every)s")
        )
    return (
        _("You promised segment %(segment)s a contact every %(every)s")
        if is_owner
        else _("Segment %(segment)s is promised a contact every %(every)s")
    )


def _own_promise(personal: bool, is_owner: bool) -> str:
    if personal:
        return (
            _("You promised them a personal moment every %(every)s")
            if is_owner
            else _("They are promised a personal moment every %(every)s")
        )
    return (
        _("You promised them a contact every %(every)s")
        if is_owner
        else _("They are promised a contact every %(every)s")
    )


def _default_promise(personal: bool) -> str:
    if personal:
        return _("Each client is promised a personal moment every %(every)s")
    return _("Each client is promised a contact every %(every)s")


def _dated_promise(source: str) -> str:
    if source == "agreed":
        return _("You had agreed to talk %(day)s")
    if source == "return":
        return _("They came back; a contact was promised for %(day)s")
    return _("A first contact was promised for %(day)s")


def _every(story: Story) -> str:
    wait = story.wait
    n = wait.promised if wait else 0
    if wait and wait.working:
        return ngettext("%(n)s working day", "%(n)s working days", n) % {"n": n}
    return ngettext("%(n)s day", "%(n)s days", n) % {"n": n}


def _facts(story: Story, reader: User, now: dt.datetime) -> list[Fact]:
    clock, family = story.clock, story.alert.family
    if family == Family.CALL_BACK and story.part:
        part = story.part
        hours = part.amount if part.unit == Unit.WORKING_HOURS else None
        return call_back_facts(
            called_at=part.anchor_at, due_at=part.due_at, hours=hours, clock=clock, reader=reader, now=now
        )
    found = facts_of(clock, reader=reader, now=now, wait=story.wait)
    if family == Family.PROMISE and story.task:
        day = by_day(story.task.due_on, local_day(now, _zone(story)))
        return [Fact("task", _("It was promised for %(day)s") % {"day": day}, story.task.due_on), *found]
    if family == Family.REVIEW and story.wish:
        about = {"reason": story.wish.reason}
        return [
            Fact("wish", _("No follow-up was wanted: %(reason)s. Today is the day to ask again") % about),
            *found[:1],
        ]
    # The heading has said how long.
    return [fact for fact in found if fact.name != "waited"]


def _last_time(story: Story) -> str:
    last = story.clock.last_attention
    text = " ".join(last.summary.split()) if last else ""
    return text if len(text) <= LONGEST_SUMMARY else text[: LONGEST_SUMMARY - 1].rstrip() + "…"


def _notes(story: Story, kinds: set[str], actors: dict[str, str], reader: User) -> list[str]:
    """What happened besides time passing: climbed to you, a snooze ended, a call was removed."""
    owner = story.owner.name if story.owner else _("nobody yet")
    actor = {kind: actors.get(kind) or _("somebody") for kind in kinds}
    said = {
        EventKind.CLIMBED: _("This has climbed to you. The client is with %(owner)s.") % {"owner": owner},
        EventKind.SNOOZE_ENDED: _("The snooze has ended."),
        EventKind.DISMISS_ENDED: _("It was accepted until today."),
        EventKind.REOPENED: _("A call was removed by %(name)s, so this is open again.")
        % {"name": actor.get(EventKind.REOPENED, "")},
        EventKind.REASSIGNED: _("This client is with you now; %(name)s handed them over.")
        % {"name": actor.get(EventKind.REASSIGNED, "")},
        EventKind.DUE: _("The promised time has come."),
    }
    return [str(words) for kind, words in said.items() if kind in kinds]


def report_line(event: AlertEvent, story: Story) -> str:
    """Say what a colleague did about a client, with the reason they gave."""
    about = {
        "client": story.clock.customer.name,
        "name": event.actor.name if event.actor else _("somebody"),
        "reason": event.data.get("reason", ""),
    }
    if event.kind == EventKind.DISMISSED:
        return _("%(client)s: %(name)s accepted this silence for now (%(reason)s).") % about
    if event.kind == EventKind.DATE_AGREED or event.data.get("reason") == CloseReason.DATE_AGREED:
        return _("%(client)s: %(name)s agreed on a date with them.") % about
    return _("%(client)s: %(name)s has attended to them.") % about


def following(story: Story, reader: User, now: dt.datetime) -> str:
    """Return what happens next, and when, if nobody acts; empty if nothing does."""
    step = story.following
    if step is None:
        return ""
    zone = _zone(story)
    when = full_date(local_day(step.at, zone))
    if story.alert.family == Family.CALL_BACK:
        is_today = local_day(step.at, zone) == local_day(now, zone)
        time = clock_time(step.at, zone)
        when = (
            pgettext("a time to be met", "%(time)s") % {"time": time}
            if is_today
            else _("%(day)s, %(time)s") % {"day": when, "time": time}
        )
    if step.kind == Comes.DUE:
        return _("The promised time is %(when)s; you are told again then.") % {"when": when}
    others = [user for user in story.told_next if user.pk != reader.pk]
    if step.kind != Comes.CLIMB or not others:
        return ""
    names = [user.name for user in others[:NAMED]]
    about = {"when": when, "name": names[0], "other": names[-1]}
    calls = story.alert.family in (Family.SILENCE, Family.CALL_BACK)
    if len(names) == 1:
        return (
            _("If nobody reaches them by %(when)s, %(name)s is told too.")
            if calls
            else _("If it is not done by %(when)s, %(name)s is told too.")
        ) % about
    return (
        _("If nobody reaches them by %(when)s, %(name)s and %(other)s are told too.")
        if calls
        else _("If it is not done by %(when)s, %(name)s and %(other)s are told too.")
    ) % about
