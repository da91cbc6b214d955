"""What a calendar's rows say, as plain values: to compare, to change, to keep for an undo, to write back."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, TypedDict

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_noop

from accounts.calendar_words import Hours, hours_words
from accounts.models import Calendar, CalendarException, WeeklySpan
from accounts.setting_history import Line


class Plan(TypedDict):
    """A calendar: `weekly` is [weekday, opens, closes], `exceptions` [date, name, opens or null, closes or null]."""

    name: str
    zone: str
    country: str
    region: str
    weekly: list[list[Any]]
    exceptions: list[list[Any]]


class Edit(TypedDict, total=False):
    """What somebody changes of a plan; what is not named stays as it is, whoever changed it meanwhile.

    `days` replaces what stood on its dates; `free` gives dates back to the week.
    """

    name: str
    zone: str
    country: str
    region: str
    weekly: list[list[Any]]
    days: list[list[Any]]
    free: list[str]


FIELDS = ("name", "zone", "country", "region")


def plan_of(calendar: Calendar) -> Plan:
    """Read what a calendar says. Two queries."""
    weekly = [
        [weekday, f"{opens:%H:%M}", f"{closes:%H:%M}"]
        for weekday, opens, closes in calendar.weekly_spans.order_by("weekday", "opens").values_list(
            "weekday", "opens", "closes"
        )
    ]
    rows = calendar.exceptions.order_by("date", "opens", "pk").values_list("date", "name", "opens", "closes")
    exceptions = [[day.isoformat(), name, _text(opens), _text(closes)] for day, name, opens, closes in rows]
    return Plan(
        name=calendar.name,
        zone=calendar.zone,
        country=calendar.country,
        region=calendar.region,
        weekly=weekly,
        exceptions=exceptions,
    )


def _text(time: dt.time | None) -> str | None:
    return None if time is None else f"{time:%H:%M}"


def mark_of(plan: Plan) -> str:
    """A short word that differs when the plan does: what a form was opened with."""
    return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()[:16]


def applied(plan: Plan, edit: Edit) -> Plan:
    """The plan with an edit laid upon it."""
    after = Plan(**plan)
    for name in (*FIELDS, "weekly"):
        if name in edit:
            after[name] = edit[name]  # type: ignore[literal-required]
    days = edit.get("days", [])
    gone = {row[0] for row in days} | set(edit.get("free", []))
    kept = [row for row in plan["exceptions"] if row[0] not in gone]
    after["exceptions"] = sorted([*kept, *days], key=lambda row: (row[0], row[2] or ""))
    return after


def written(calendar: Calendar, plan: Plan) -> None:
    """Make the calendar's rows say `plan`; `put_in_force` must follow, in the same transaction."""
    for name in FIELDS:
        setattr(calendar, name, plan[name])  # type: ignore[literal-required]
    calendar.full_clean()
    calendar.save(update_fields=FIELDS)
    calendar.weekly_spans.all().delete()
    WeeklySpan.objects.bulk_create(
        WeeklySpan(
            calendar=calendar,
            weekday=weekday,
            opens=dt.time.fromisoformat(opens),
            closes=dt.time.fromisoformat(closes),
        )
        for weekday, opens, closes in plan["weekly"]
    )
    calendar.exceptions.all().delete()
    CalendarException.objects.bulk_create(
        CalendarException(
            calendar=calendar, date=dt.date.fromisoformat(day), name=name, opens=_time(opens), closes=_time(closes)
        )
        for day, name, opens, closes in plan["exceptions"]
    )


def _time(text: str | None) -> dt.time | None:
    return None if text is None else dt.time.fromisoformat(text)


def week_of(plan: Plan) -> dict[int, list[Hours]]:
    """The hours of each weekday (0 Monday)."""
    week: dict[int, list[Hours]] = defaultdict(list)
    for weekday, opens, closes in plan["weekly"]:
        week[weekday].append((dt.time.fromisoformat(opens), dt.time.fromisoformat(closes)))
    return week


@dataclass(frozen=True)
class Stretch:
    """Dates next to each other with the same name and hours; a weekend between them does not part them."""

    first: dt.date
    last: dt.date
    name: str
    hours: list[Hours]
    dates: list[dt.date]

    @property
    def words(self) -> str:
        """Its hours, or nothing for closed ones."""
        return hours_words(self.hours)

    @property
    def iso(self) -> str:
        """Its dates as a form sends them."""
        return ",".join(date.isoformat() for date in self.dates)


def stretches(plan: Plan) -> list[Stretch]:
    """The exceptions of a plan in order of their dates, those that belong together as one."""
    by_date: dict[str, tuple[str, list[Hours]]] = {}
    for day, name, opens, closes in plan["exceptions"]:
        hours = by_date.setdefault(day, (name, []))[1]
        if opens is not None:
            hours.append((dt.time.fromisoformat(opens), dt.time.fromisoformat(closes)))
    found: list[Stretch] = []
    for day, (name, hours) in sorted(by_date.items()):
        date = dt.date.fromisoformat(day)
        latest = found[-1] if found else None
        if latest and (latest.name, latest.hours) == (name, hours) and (date - latest.last).days <= 3:
            found[-1] = Stretch(latest.first, date, name, hours, [*latest.dates, date])
        else:
            found.append(Stretch(date, date, name, hours, [date]))
    return found


LABELS = {
    "name": gettext_noop("Name"),
    "zone": gettext_noop("Time zone"),
    "country": gettext_noop("Holidays of"),
    "region": gettext_noop("Region"),
}
CLOSED, NO_OTHER = gettext_noop("closed"), gettext_noop("as every week")


def differences(before: Plan, after: Plan) -> list[Line]:
    """What a change does to the rows, line by line, in English and plain values."""
    lines = [
        Line(LABELS[name], before[name], after[name])  # type: ignore[literal-required]
        for name in FIELDS
        if before[name] != after[name]  # type: ignore[literal-required]
    ]
    old, new = week_of(before), week_of(after)
    for day in range(7):
        was, becomes = hours_words(old.get(day, [])), hours_words(new.get(day, []))
        if was != becomes:
            lines.append(Line(_weekday(day), was or CLOSED, becomes or CLOSED))
    lines += [Line(_dates(one), NO_OTHER, _about(one)) for one in _missing(after, before)]
    lines += [Line(_dates(one), _about(one), NO_OTHER) for one in _missing(before, after)]
    return lines


def _weekday(day: int) -> str:
    from django.utils import translation

    with translation.override("en"):
        return str(WEEKDAYS[day])


def _missing(plan: Plan, other: Plan) -> list[Stretch]:
    rows = [row for row in plan["exceptions"] if row not in other["exceptions"]]
    return stretches(Plan(**(plan | {"exceptions": rows})))  # type: ignore[typeddict-item]


def _dates(one: Stretch) -> str:
    return one.first.isoformat() if one.first == one.last else f"{one.first.isoformat()} … {one.last.isoformat()}"


def _about(one: Stretch) -> str:
    return " · ".join(filter(None, [one.name, one.words])) or CLOSED
