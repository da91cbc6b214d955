"""The weekly mail: with the week's first morning, once, of what each reader may see, and never empty (M1, A3)."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client

from accounts import absences
from accounts.models import Absence, User
from alerts.choices import DeliveryState, EventKind, Purpose, Rung
from alerts.mail.tokens import lines_address
from alerts.models import Alert, AlertEvent, AuditFinding, Delivery, Morning
from alerts.reassign import reassign
from alerts.send import send_due
from alerts.sweep import run_sweep
from alerts.weekly import begins_week, plan_weeks, week_of
from crm.models import Customer
from tests.cast import Cast
from tests.portfolio import at, client_of, logged

pytestmark = pytest.mark.django_db
#: A Monday, a minute after Carla's hour.
MONDAY = at("11-23 08:01")


def run(when: str) -> None:
    with time_machine.travel(at(when), tick=False):
        run_sweep(at(when))
        while send_due(at(when)):
            pass


def weeklies(user: User) -> list[Delivery]:
    return list(Delivery.objects.filter(purpose=Purpose.WEEKLY, to_user=user).order_by("pk"))


def waited(cast: Cast, name: str = "Ferretería Solís") -> Customer:
    """A client of Ana's who began to wait too long last week."""
    customer = client_of(cast.ana, name, cast.iberia)
    logged(customer, cast.ana, "10-20 11:00")
    return customer


def said(user: User) -> str:
    week = week_of(User.objects.get(pk=user.pk), MONDAY)
    if week is None:
        return ""
    lines = [f"{line.name}: {line.text}" for group in week.groups for line in group.lines]
    return "\n".join([week.subject, *(group.title for group in week.groups), *lines])


def test_it_comes_with_the_first_morning_of_a_week_and_once(cast: Cast) -> None:
    waited(cast)
    run("11-20 07:00")
    Morning.objects.update(last_on=dt.date(2026, 11, 19))
    for when in ("11-20 08:01", "11-20 09:00"):
        run(when)
    assert weeklies(cast.carla) == []
    for when in ("11-23 07:59", "11-23 08:01", "11-23 08:02", "11-24 08:01"):
        run(when)
    (mail,) = weeklies(cast.carla)
    assert (mail.key, mail.state) == (f"weekly:{cast.carla.pk}:2026-W48", DeliveryState.SENT)
    assert weeklies(cast.ana) == []


def test_the_first_morning_ever_has_no_week_behind_it() -> None:
    assert not begins_week(None, dt.date(2026, 11, 23))
    assert begins_week(dt.date(2026, 11, 20), dt.date(2026, 11, 23))
    assert begins_week(dt.date(2026, 12, 31), dt.date(2027, 1, 4))
    assert not begins_week(dt.date(2026, 12, 31), dt.date(2027, 1, 1))


def test_who_began_to_wait_is_a_number_that_opens_its_list(cast: Cast, client: Client) -> None:
    waited(cast)
    waited(cast, "Óptica Prisma")
    with time_machine.travel(MONDAY, tick=False):
        week = week_of(User.objects.get(pk=cast.carla.pk), MONDAY)
        assert week is not None
        line = week.groups[0].lines[0]
        client.force_login(cast.carla)
        page = client.get(line.open).content.decode()
    assert (line.name, line.text) == ("2 clients", "time passed")
    assert "Ferretería Solís" in page
    assert "Óptica Prisma" in page


def test_it_says_who_climbed_and_whose_client_it_is(cast: Cast) -> None:
    customer = waited(cast)
    alert = Alert.objects.create(
        family="silence", subject_key=f"customer:{customer.pk}", customer=customer, rung=Rung.SUPERVISOR,
        opened_at=at("11-18 09:00"), oldest_due_at=at("11-18 09:00"), oldest_kind="attention",
    )  # fmt: skip
    AlertEvent.objects.create(alert=alert, kind=EventKind.CLIMBED, rung=Rung.SUPERVISOR, at=at("11-20 09:00"))
    assert "Ferretería Solís: with Ana Torres; waited too long, since 18 Nov, still open" in said(cast.carla)
    assert "Ferretería Solís" not in said(cast.fatima)
    assert said(cast.eva) == ""


def test_what_climbed_to_administrators_is_theirs_and_stays_when_the_rest_is_off(cast: Cast) -> None:
    customer = waited(cast)
    alert = Alert.objects.create(
        family="silence", subject_key=f"customer:{customer.pk}", customer=customer, rung=Rung.ADMINISTRATORS,
        opened_at=at("11-10 09:00"), oldest_due_at=at("11-10 09:00"), oldest_kind="attention",
    )  # fmt: skip
    AlertEvent.objects.create(alert=alert, kind=EventKind.CLIMBED, rung=Rung.ADMINISTRATORS, at=at("11-20 09:00"))
    User.objects.filter(pk=cast.eva.pk).update(weekly_mail=False)
    assert "Climbed to the administrators" in said(cast.eva)


def test_administrators_read_what_the_night_mended_and_whom_no_mail_reaches(cast: Cast) -> None:
    AuditFinding.objects.create(clause="no clock", subject_key="customer:1", found_at=at("11-22 02:00"))
    User.objects.filter(pk=cast.bruno.pk).update(address_refused_at=at("11-20 09:00"))
    text = said(cast.eva)
    assert "our mail does not reach Bruno Sanz" in text
    assert "1: no clock" in text
    assert "no clock" not in said(cast.carla)


def test_promises_kept_stand_beside_the_weeks_before(cast: Cast) -> None:
    late, kept = waited(cast), client_of(cast.ana, "Óptica Prisma", cast.iberia)
    logged(kept, cast.ana, "10-24 11:00")
    with time_machine.travel(at("11-20 12:00"), tick=False):
        logged(kept, cast.ana, "11-20 12:00")
    assert late.pk
    assert "1 of 2 (50 %): this week" in said(cast.carla)


def test_absences_without_cover_and_clients_handed_over(cast: Cast) -> None:
    customer = waited(cast)
    with time_machine.travel(at("11-20 12:00"), tick=False):
        reassign(Customer.objects.filter(pk=customer.pk), owner=cast.bruno, actor=cast.carla, now=at("11-20 12:00"))
        absences.save(
            Absence(user=cast.ana, cover=None, starts_at=at("11-30 00:00"), ends_at=at("12-05 00:00")), actor=cast.ana
        )
    text = said(cast.carla)
    assert "Ana Torres: from 30 Nov, back on 5 Dec; the team's queue takes their clients" in text
    assert "Ferretería Solís: now with Bruno Sanz" in text


def test_a_week_without_news_is_not_sent(cast: Cast) -> None:
    plan_weeks([cast.fatima], MONDAY)
    with time_machine.travel(MONDAY, tick=False):
        send_due(MONDAY)
    (mail,) = weeklies(cast.fatima)
    assert (mail.state, mail.reason) == (DeliveryState.WITHHELD, "nothing left to tell")


def test_the_button_of_the_mail_program_switches_it_off(cast: Cast, client: Client) -> None:
    plan_weeks([cast.carla], MONDAY)
    (mail,) = weeklies(cast.carla)
    address = lines_address(delivery=mail.pk, reader=cast.carla.pk)
    assert "No weekly mail about your teams?" in client.get(address).content.decode()
    assert User.objects.get(pk=cast.carla.pk).weekly_mail
    assert "stays away now" in client.post(address).content.decode()
    reader = User.objects.get(pk=cast.carla.pk)
    assert (reader.weekly_mail, reader.daily_lines) == (False, True)
    waited(cast)
    assert said(cast.carla) == ""


def test_only_supervisors_may_choose(cast: Cast, client: Client) -> None:
    for user, shown in ((cast.ana, False), (cast.carla, True)):
        client.force_login(user)
        assert ("weekly_mail" in client.get("/preferences/").content.decode()) is shown
