"""The sentence that opens Today."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from crm.day_words import local_day, number, on_day
from retention.today import Day, name_of
from retention.today_more import Step

MORNING_ENDS, AFTERNOON_ENDS = 12, 20


@dataclass(frozen=True)
class Opening:
    """`greeting`, the sentence that counts (`first`, bold) and what it is made of (`rest`)."""

    greeting: str
    first: str
    rest: str


def opening(user: User, day: Day, steps: list[Step], now: dt.datetime) -> Opening:
    promised = sum(1 for step in steps if step.now and step.task.promised)
    if day.waiting:
        first = ngettext("One client needs you today.", "%(n)s clients need you today.", day.waiting)
        return Opening(_greeting(user, now), _counted(first, day.waiting), _parts(day, promised))
    if promised:
        first = ngettext("One promise is due.", "%(n)s promises are due.", promised)
        return Opening(_greeting(user, now), _counted(first, promised), _("Nobody else is waiting for you."))
    if not day.clients:
        return Opening(_greeting(user, now), _("You have no clients of your own."), "")
    attended = (
        ngettext("Your client is attended.", "All %(n)s of your clients are attended.", day.clients)
        % {"n": day.clients}
        if not day.quiet
        else _("Nobody is waiting for you.")
    )
    return Opening(_greeting(user, now), attended, _next(user, day, now))


def _greeting(user: User, now: dt.datetime) -> str:
    hour = now.astimezone(user.zone).hour
    name = {"name": user.get_short_name()}
    if hour < MORNING_ENDS:
        return _("Good morning, %(name)s") % name
    if hour < AFTERNOON_ENDS:
        return _("Good afternoon, %(name)s") % name
    return _("Good evening, %(name)s") % name


def _parts(day: Day, promised: int) -> str:
    said = []
    if n := day.count("call_back"):
        text = ngettext("one is waiting for your call back", "%(n)s are waiting for your call back", n)
        said.append(text % {"n": number(n)})
    if n := day.count("overdue"):
        text = ngettext("one has waited too long", "%(n)s have waited too long", n)
        said.append(text % {"n": number(n)})
    if n := day.count("soon"):
        said.append(ngettext("one is due soon", "%(n)s are due soon", n) % {"n": number(n)})
    if promised:
        text = ngettext("one promise is due", "%(n)s promises are due", promised)
        said.append(text % {"n": number(promised)})
    sentence = ", ".join(said)
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _next(user: User, day: Day, now: dt.datetime) -> str:
    if day.next_due is None:
        return ""
    when = on_day(local_day(day.next_due, user.zone), local_day(now, user.zone))
    return _("The next one is due %(day)s.") % {"day": when}


def _counted(text: str, n: int) -> str:
    said = text % {"n": number(n)} if "%" in text else text
    return f"{said[:1].upper()}{said[1:]}"


def filter_words(name: str) -> str:
    """A group of Today as the filter of a list."""
    return {
        name_of("call_back"): _("waiting for your call back"),
        name_of("overdue"): _("waited too long, and yours to call"),
        name_of("soon"): _("due soon, and yours to call"),
        name_of("quiet"): _("overdue, snoozed or accepted for now"),
    }.get(name, name)
