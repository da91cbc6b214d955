"""The list that a cover gets, and the one that comes back: when, to whom, once, with what in it (A10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.utils import translation

from accounts import absences
from accounts.models import Absence, User
from accounts.reckoning import closing_on, opening_after
from alerts.choices import DeliveryState, Purpose
from alerts.hand_overs import tell_absences
from alerts.models import Delivery
from alerts.pump import sweep_is_due
from alerts.send import send_due
from alerts.sweep import run_sweep
from crm.choices import Outcome
from crm.models import Customer
from crm.tasks import plan_task
from tests.cast import Cast
from tests.portfolio import NOW, at, client_of, logged
from tests.support.mailbox import MailServer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def away(user: User, cover: User | None, first: str, back: str | None, hour: str = "00:00") -> Absence:
    ends_at = at(f"{back} 00:00") if back else None
    absence = Absence(user=user, cover=cover, starts_at=at(f"{first} {hour}"), ends_at=ends_at)
    absences.save(absence, actor=user)
    return absence


def portfolio(cast: Cast) -> Customer:
    """Ana's: one overdue, one fine with a promise, one who called and nobody was there."""
    late = client_of(cast.ana, "Ferretería Solís", cast.iberia)
    logged(late, cast.ana, "10-01 11:00")
    fine = client_of(cast.ana, "Óptica Prisma", cast.iberia)
    logged(fine, cast.ana, "11-23 11:00")
    plan_task(
        fine, title="Send the prices", due_on=dt.date(2026, 12, 2), promised=True, channel="", actor=cast.ana, now=NOW
    )
    missed = client_of(cast.ana, "Hotel Rías", cast.iberia)
    logged(missed, cast.ana, "11-20 11:00")
    logged(missed, cast.bruno, "11-23 17:00", Outcome.MISSED, direction="in")
    return late


def mails() -> list[tuple[str, str, dict[str, int]]]:
    return [
        (
            one.purpose,
            one.to_user.email.split("@")[0],
            {k: g["count"] for k, g in one.data["handing"]["groups"].items()},
        )
        for one in Delivery.objects.filter(purpose__in=(Purpose.HAND_OVER, Purpose.HAND_BACK)).order_by("pk")
        if one.to_user
    ]


OWED = {"call_back": 1, "overdue": 1, "coming": 0, "steps": 1}


def test_the_cover_gets_it_the_evening_before_once(cast: Cast) -> None:
    portfolio(cast)
    away(cast.ana, cast.bruno, "11-30", "12-05")
    evening = closing_on(cast.madrid, dt.date(2026, 11, 27)) - absences.BEFORE_CLOSING

    assert tell_absences(evening - dt.timedelta(minutes=1)) == 0
    assert tell_absences(evening) == 1
    assert tell_absences(evening) == 0
    assert tell_absences(at("12-01 10:00")) == 0
    assert mails() == [("hand_over", "bruno", OWED)]


def test_it_wakes_the_sweep(cast: Cast) -> None:
    away(cast.ana, cast.bruno, "11-30", "12-05")

    assert not sweep_is_due(NOW)
    assert sweep_is_due(at("11-27 17:00"))


def test_within_the_day_it_comes_at_once(cast: Cast) -> None:
    portfolio(cast)
    absences.not_today(cast.ana, actor=cast.ana, now=at("11-24 10:00"))

    assert tell_absences(at("11-24 10:00")) == 1
    assert mails() == [("hand_over", "carla", OWED | {"steps": 0})]


def test_out_of_hours_it_waits_for_those_of_the_cover(cast: Cast) -> None:
    portfolio(cast)
    absences.not_today(cast.ana, actor=cast.ana, now=at("11-24 06:30"))
    opens_at = opening_after(cast.madrid, at("11-24 06:30"))

    assert opens_at > at("11-24 07:00")
    assert tell_absences(at("11-24 06:30")) == 0
    assert tell_absences(opens_at) == 1
    assert Delivery.objects.get().window_at == opens_at


def test_a_new_cover_gets_the_list_and_the_old_one_a_word(cast: Cast) -> None:
    portfolio(cast)
    absence = away(cast.ana, cast.bruno, "11-23", "12-05")
    tell_absences(at("11-24 10:00"))
    absence.refresh_from_db()
    absence.cover = cast.carla
    absences.save(absence, actor=cast.ana)
    tell_absences(at("11-24 12:00"))

    assert [(what, who) for what, who, _groups in mails()] == [("hand_over", "bruno"), ("hand_over", "carla")]


def test_the_cover_of_an_absent_cover_gets_it(cast: Cast) -> None:
    portfolio(cast)
    away(cast.bruno, cast.carla, "11-23", "12-20")
    away(cast.ana, cast.bruno, "11-24", "11-28")

    tell_absences(at("11-24 10:00"))

    assert [who for _what, who, _groups in mails()] == ["carla"]


def test_without_a_cover_nobody_gets_a_list_and_without_clients_none_is_sent(cast: Cast) -> None:
    away(cast.bruno, cast.ana, "11-23", "12-05")
    portfolio(cast)
    Absence.objects.all().delete()
    away(cast.ana, None, "11-23", "12-05")
    away(cast.bruno, cast.carla, "11-23", "12-05")

    assert tell_absences(at("11-24 10:00")) == 0
    assert mails() == []


def test_on_return_the_owner_reads_what_was_done_once(cast: Cast) -> None:
    late = portfolio(cast)
    away(cast.ana, cast.bruno, "11-23", "11-27")
    tell_absences(at("11-24 10:00"))
    logged(late, cast.bruno, "11-25 12:00")

    assert tell_absences(at("11-26 23:59")) == 0
    opens_at = opening_after(cast.madrid, at("11-27 00:00"))
    assert tell_absences(at("11-27 00:00")) == 0
    assert tell_absences(opens_at) == 1
    assert tell_absences(opens_at + dt.timedelta(days=1)) == 0
    # The missed call that Bruno took and his call to Solís; the hotel still waits, and nobody is overdue.
    assert mails()[1:] == [("hand_back", "ana", {"logged": 2, "call_back": 1, "overdue": 0, "steps": 0})]


def test_the_pass_of_the_minute_tells_them(cast: Cast) -> None:
    portfolio(cast)
    away(cast.ana, cast.bruno, "11-23", "11-27")

    run_sweep(NOW)

    assert [who for _what, who, _groups in mails()] == ["bruno"]


@pytest.fixture
def server(smtp_server: MailServer, settings: Any) -> MailServer:
    settings.EMAIL_TRANSPORT = {
        "host": "127.0.0.1", "port": smtp_server.port, "username": "", "password": "",
        "use_tls": False, "use_ssl": False, "timeout": 5,
    }  # fmt: skip
    return smtp_server


def sent(cast: Cast, language: str = "en") -> Delivery:
    User.objects.filter(pk__in=[cast.bruno.pk, cast.ana.pk]).update(language=language)
    portfolio(cast)
    away(cast.ana, cast.bruno, "11-23", "12-05")
    tell_absences(NOW)
    send_due(NOW)
    return Delivery.objects.get(purpose=Purpose.HAND_OVER)


@pytest.mark.smtp
def test_the_list_in_words(cast: Cast, server: MailServer) -> None:
    mail = sent(cast)

    assert mail.state == DeliveryState.SENT
    assert mail.subject == "You cover for Ana Torres"
    assert "Ana Torres is away from 23 Nov and back on 5 Dec; 3 clients are in your hands." in mail.text_body
    assert "Waiting for a call back\n- Hotel Rías: due on 24 Nov" in mail.text_body
    assert "- Ferretería Solís: overdue since " in mail.text_body
    assert "- Óptica Prisma: Send the prices, promised for 2 Dec" in mail.text_body
    assert "Ferretería Solís" in mail.html_body
    assert len(server.messages) == 1


@pytest.mark.smtp
def test_in_spanish(cast: Cast, server: MailServer) -> None:
    with translation.override("en"):
        mail = sent(cast, "es")

    assert mail.subject == "Usted cubre a Ana Torres"
    assert "prometido para 2 dic" in mail.text_body.lower()


@pytest.mark.smtp
def test_an_absence_withdrawn_before_it_is_sent_is_not_told(cast: Cast, server: MailServer) -> None:
    portfolio(cast)
    absence = away(cast.ana, cast.bruno, "11-25", "12-05")
    tell_absences(at("11-24 17:30"))
    absences.end(absence, actor=cast.ana, now=at("11-24 17:31"))

    send_due(at("11-24 17:32"))

    assert [one.state for one in Delivery.objects.all()] == [DeliveryState.WITHHELD]
    assert server.messages == []
