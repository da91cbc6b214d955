"""Calendars on their pages: looked at, changed with the effect shown before, by a job, undone, kept in a history."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client

from accounts import absences
from accounts.calendar_plan import Edit, mark_of, plan_of
from accounts.calendar_words import parse_hours, week_words
from accounts.calendar_year import year_of
from accounts.models import Absence, Calendar, SettingChange, User
from accounts.setup import make_calendar
from alerts import pump
from alerts.ladder import schedule_many
from alerts.models import Alert, Deadline
from alerts.mornings import ensure_mornings
from alerts.sweep import run_sweep
from retention import calendar_changes
from retention.audit import audit
from retention.calendar_effect import Effect, effect_of
from retention.models import CalendarChange
from tests import portfolio
from tests.cast import Cast
from tests.portfolio import at, client_of, logged

NOW = portfolio.NOW.astimezone(dt.UTC)


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(calendar: Calendar) -> str:
    return f"/settings/calendars/{calendar.pk}/"


def closed(*days: str) -> Edit:
    return Edit(days=[[f"2026-{day}", "Feria", None, None] for day in days])


def asked(calendar: Calendar, edit: Edit, actor: User) -> CalendarChange:
    base = mark_of(plan_of(calendar))
    return calendar_changes.ask(calendar, edit, base=base, actor=actor, reason="Local feast", now=NOW)


def token_in(text: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', text)
    assert found
    return found.group(1)


def dates() -> list[Any]:
    rows = Deadline.objects.open().order_by("subject_key", "kind")
    return list(rows.values_list("subject_key", "kind", "due_at", "opens_at"))


def build(cast: Cast) -> Alert:
    """One client of Ana's whose alert is with her, one who is due on the 30th."""
    late, waits = (client_of(cast.ana, name, cast.iberia) for name in ("Late", "Waits"))
    logged(late, cast.ana, "10-01 11:00")
    logged(waits, cast.ana, "10-31 11:00")
    ensure_mornings(NOW)
    run_sweep(NOW)
    Alert.objects.filter(customer=late).update(admitted_at=NOW, rung=1, rung_at=NOW, reached_at=NOW)
    schedule_many(Alert.objects.values_list("pk", flat=True), NOW)
    return Alert.objects.get(customer=late)


@pytest.mark.parametrize(
    ("text", "spans"),
    [("9–14, 17–20", [(9, 14), (17, 20)]), ("9-14 17-20", [(9, 14), (17, 20)]),
     ("9 a 14 y 17 a 20", [(9, 14), (17, 20)]),
     ("", []), ("09:00–18:00", [(9, 18)])],
)  # fmt: skip
def test_hours_are_read_as_people_write_them(text: str, spans: list[tuple[int, int]]) -> None:
    assert parse_hours(text) == [(dt.time(opens), dt.time(closes)) for opens, closes in spans]


@pytest.mark.parametrize(
    ("text", "said"),
    [("14–9", "14–9 ends before it begins."), ("9–14, 13–20", "9–14 and 13–20 overlap."), ("9–25", "0:00 to 23:59"),
     ("mornings", "Write it like")],
)  # fmt: skip
def test_hours_that_cannot_be_are_said(text: str, said: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(said)):
        parse_hours(text)


def test_a_week_is_said_in_words() -> None:
    split = [(dt.time(9), dt.time(14)), (dt.time(17), dt.time(20))]
    week = dict.fromkeys(range(5), split) | {5: [(dt.time(10), dt.time(13, 30))]}
    assert week_words(week) == "Mon–Fri 9–14, 17–20; Sat 10–13:30"


@pytest.mark.django_db
def test_what_it_does_is_shown_and_nothing_is_done(cast: Cast) -> None:
    alert = build(cast)
    before = dates()

    effect = effect_of(cast.madrid, closed("11-25", "11-26", "11-27", "11-30"), actor=cast.eva, now=NOW)

    # Ana, Bruno, Carla and the queue have their morning on the 25th; Eva, without a team, where the default's is.
    assert effect == Effect(
        clients=2, earlier=0, later=0, overdue_before=1, overdue_after=1, mornings=effect.mornings, steps=1
    )
    assert effect.mornings > 0
    alert.refresh_from_db()
    assert (dates(), alert.wake_at, CalendarChange.objects.count()) == (before, at("11-27 09:00"), 0)


@pytest.mark.django_db
def test_a_longer_day_dates_promises_later(cast: Cast) -> None:
    build(cast)
    weekly = [[day, "09:00", "20:00"] for day in range(5)]

    effect = effect_of(cast.madrid, Edit(weekly=weekly), actor=cast.eva, now=NOW)

    assert (effect.earlier, effect.later) == (0, 2)


@pytest.mark.django_db
def test_seen_put_in_force_worked_and_undone(cast: Cast) -> None:
    alert, eva, before = build(cast), signed_in(cast.eva), dates()
    days = {"do": "days", "first": "2026-11-26", "last": "2026-11-30", "day_name": "Feria", "hours": ""}

    seen = eva.post(address(cast.madrid), days).content.decode()
    assert "The next step of 1 open alert moves." in seen
    silent = eva.post(address(cast.madrid), {"do": "force", "token": token_in(seen), "reason": " "}).content.decode()
    assert "Say why" in silent and "Put in force" in silent
    done = eva.post(address(cast.madrid), {"do": "force", "token": token_in(seen), "reason": "Local feast"})
    change = CalendarChange.objects.get()
    assert done.headers["Location"] == f"/settings/calendars/changes/{change.pk}/"
    assert (change.total, change.done, change.is_open) == (2, 0, True)
    assert "retention.tasks.change_calendars" in pump._jobs and calendar_changes.waits(NOW)

    assert calendar_changes.work(NOW) and not calendar_changes.work(NOW)
    alert.refresh_from_db()
    assert alert.wake_at == at("12-02 09:00")
    assert audit(NOW) == []
    told = SettingChange.objects.get(area="calendars")
    assert (told.subject, told.reason, told.actor) == (f"calendar:{cast.madrid.pk}", "Local feast", cast.eva)
    assert told.lines == [{"label": "2026-11-26 … 2026-11-30", "before": "as every week", "after": "Feria"}]

    eva.post(f"/settings/calendars/changes/{change.pk}/undo/")
    assert calendar_changes.work(NOW)
    alert.refresh_from_db()
    assert (dates(), alert.wake_at) == (before, at("11-27 09:00"))
    assert audit(NOW) == []
    with pytest.raises(ValidationError):
        calendar_changes.undo(change, actor=cast.eva, now=NOW)


@pytest.mark.django_db
def test_of_two_who_change_it_the_second_is_told_and_loses_nothing(cast: Cast) -> None:
    eva = signed_in(cast.eva)
    days = {"do": "days", "first": "2026-12-07", "day_name": "Puente", "hours": ""}
    token = token_in(eva.post(address(cast.madrid), days).content.decode())
    asked(cast.madrid, closed("12-24"), cast.eva)

    late = eva.post(address(cast.madrid), {"do": "force", "token": token, "reason": "Mine"})

    text = late.content.decode()
    assert "Somebody changed this calendar meanwhile." in text and "Puente" in text and 'value="Mine"' in text
    eva.post(address(cast.madrid), {"do": "force", "token": token_in(text), "reason": "Mine"})
    assert [row[0] for row in plan_of(cast.madrid)["exceptions"]] == ["2026-12-07", "2026-12-24"]


@pytest.mark.django_db
def test_errors_stand_beside_the_day(cast: Cast) -> None:
    eva = signed_in(cast.eva)
    posted = {"do": "hours", "name": "Madrid", "zone": "Europe/Madrid", "country": "ES", "day_1": "14–9"}

    wrong = eva.post(address(cast.madrid), posted)
    assert wrong.status_code == 422 and "14–9 ends before it begins." in wrong.content.decode()
    empty = eva.post(address(cast.madrid), {**posted, "day_1": ""})
    assert empty.status_code == 422 and "Give at least one opening hour in the week." in empty.content.decode()
    copied = eva.post(address(cast.madrid), {**posted, "do": "copy", "day_0": "8–15"}).content.decode()
    assert copied.count('value="8–15"') == 5


@pytest.mark.django_db
def test_the_year_tells_each_day(cast: Cast) -> None:
    asked(cast.madrid, Edit(days=[["2026-12-24", "Nochebuena", "09:00", "14:00"]]), cast.eva)

    year = year_of(cast.madrid, 2026)

    december = {day.date.day: day for day in year.months[11].days}
    assert december[24].words == "Thursday, 24 December: Nochebuena, 9–14"
    assert (december[24].kind, december[25].kind, december[26].kind, december[23].kind) == (
        "half", "holiday", "closed", "open",
    )  # fmt: skip
    assert year.months[11].lead == 1 and sum(len(month.days) for month in year.months) == 365


@pytest.mark.django_db
def test_a_calendar_is_made_and_taken_away_while_nobody_uses_it(cast: Cast) -> None:
    eva = signed_in(cast.eva)
    eva.post("/settings/calendars/new/", {"name": "Sevilla", "zone": "Europe/Madrid"})
    made = Calendar.objects.get(name="Sevilla")
    assert made.days.exists()
    eva.post(f"{address(made)}delete/")
    eva.post(f"{address(cast.madrid)}delete/")
    assert not Calendar.objects.filter(pk=made.pk).exists() and Calendar.objects.filter(pk=cast.madrid.pk).exists()


@pytest.mark.django_db
def test_what_a_cover_sees_follows_the_calendar(cast: Cast) -> None:
    calendar = cast.madrid
    days = absences.Days(dt.date(2026, 11, 30), dt.date(2026, 12, 1))
    absence = Absence(user=cast.ana, cover=cast.bruno)
    absences.move(absence, days, calendar)
    absences.save(absence, actor=cast.ana)
    assert absence.seen_from == at("11-27 17:00") and absence.seen_until == at("12-04 18:00")

    asked(calendar, closed("11-27", "12-02"), cast.eva)
    calendar_changes.work(NOW)

    absence.refresh_from_db()
    assert (absence.seen_from, absence.tell_at) == (at("11-26 17:00"), at("11-26 17:00"))
    assert absence.seen_until == at("12-07 18:00")


@pytest.mark.django_db
def test_the_list_says_week_holiday_and_teams(cast: Cast) -> None:
    make_calendar("Nobody's", "Europe/Madrid")
    text = re.sub(r"\s+", " ", signed_in(cast.carla).get("/settings/calendars/").content.decode())
    assert "Mon–Fri 9–18" in text and "No team works by it." in text and "Used by Iberia" in text
    assert "next: 8 Dec 2026" in text
    assert "New calendar" not in text
