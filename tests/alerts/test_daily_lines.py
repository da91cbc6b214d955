"""What of a morning mail may be switched off, by its own button (RFC 8058) or the preferences; and what may not."""

from __future__ import annotations

import datetime as dt
import email
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from alerts.budget import new_delivery
from alerts.choices import CloseReason, DeliveryState, EventKind, Family, Purpose
from alerts.models import Delivery, DeliveryItem
from alerts.recheck import SWITCHED_OFF
from alerts.send import send_due
from tests.alerts.mail_stage import NOW, alert, client, event, silence
from tests.cast import Cast

pytestmark = pytest.mark.django_db
LINE = {"owner": 0, "name": "Ana", "count": 12, "long": 0, "oldest": NOW.isoformat(), "values": {}}


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.EMAIL_TRANSPORT = None
    settings.MAIL_DIR = tmp_path
    settings.SITE_URL = "https://testserver"
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield tmp_path


def morning(to: User, *events: Any, **data: Any) -> Delivery:
    """A morning mail that is due."""
    made = new_delivery(to, Purpose.MORNING, NOW, now=NOW)
    made.data = data
    made.save()
    DeliveryItem.objects.bulk_create(DeliveryItem(delivery=made, event=one, recipient=to) for one in events)
    return made


def closed(cast: Cast, reason: str) -> Any:
    made = alert(client(cast.ana, cast.iberia, f"Taller {reason}"), closed_at=NOW, close_reason=reason)
    return event(made, EventKind.CLOSED, actor=cast.bruno, data={"reason": reason})


def link(folder: Path) -> str:
    raw = next(iter(folder.glob("*.eml"))).read_bytes()
    # As mail programs read it: one line, nothing encoded.
    (found,) = re.findall(rb"\r\nList-Unsubscribe: <https://testserver(/from-mail/lines/\S+/)>\r\n", raw)
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    return str(found, "ascii")


def test_one_click_of_the_mail_program_switches_them_off(cast: Cast, folder: Path) -> None:
    morning(cast.ana, silence(cast.ana, cast.iberia))
    send_due(NOW)
    path, browser = link(folder), Client(enforce_csrf_checks=True)
    for method in ("get", "head", "options"):
        getattr(browser, method)(path, secure=True)
    assert User.objects.get(pk=cast.ana.pk).daily_lines

    answer = browser.post(path, {"List-Unsubscribe": "One-Click"}, secure=True)

    assert (answer.status_code, dict(answer.cookies)) == (200, {})
    assert "Your morning mail is shorter now" in answer.content.decode()
    assert not User.objects.get(pk=cast.ana.pk).daily_lines
    browser.post(path, {"on": "1"}, secure=True)
    assert User.objects.get(pk=cast.ana.pk).daily_lines


def test_only_a_morning_mail_has_the_button(cast: Cast, folder: Path) -> None:
    made = morning(cast.ana, silence(cast.ana, cast.iberia))
    Delivery.objects.filter(pk=made.pk).update(purpose=Purpose.SINGLE)
    send_due(NOW)
    (file,) = folder.glob("*.eml")
    assert email.message_from_bytes(file.read_bytes())["List-Unsubscribe"] is None


def test_switched_off_an_alert_still_comes_without_the_lines(cast: Cast, folder: Path) -> None:
    User.objects.filter(pk=cast.ana.pk).update(daily_lines=False)
    made = morning(
        cast.ana, silence(cast.ana, cast.iberia), closed(cast, CloseReason.ATTENDED), waiting=[LINE], handed_over=2
    )
    send_due(NOW)

    mail = Delivery.objects.get(pk=made.pk)
    assert mail.state == DeliveryState.SENT
    assert "Ferretería Solís has waited 41 days" in mail.text_body
    assert "2 clients were handed over to you." in mail.text_body
    assert "wait their turn" not in mail.text_body
    assert "Taller" not in mail.text_body
    assert list(mail.items.order_by("pk").values_list("withheld", flat=True)) == ["", SWITCHED_OFF]


def test_nothing_but_such_lines_is_no_mail(cast: Cast, folder: Path) -> None:
    User.objects.filter(pk=cast.ana.pk).update(daily_lines=False)
    made = morning(cast.ana, closed(cast, CloseReason.ATTENDED))
    send_due(NOW)
    mail = Delivery.objects.get(pk=made.pk)
    assert (mail.state, mail.reason) == (DeliveryState.WITHHELD, SWITCHED_OFF)


def test_what_a_supervisor_must_know_is_not_switched_off(cast: Cast) -> None:
    User.objects.filter(pk=cast.carla.pk).update(daily_lines=False)
    told = alert(client(cast.ana, cast.iberia, "Taller"), Family.SILENCE)
    dismissed = event(told, EventKind.DISMISSED, actor=cast.ana, data={"reason": "Winter", "until": NOW.isoformat()})
    made = morning(cast.carla, dismissed, closed(cast, CloseReason.DATE_AGREED))
    send_due(NOW)
    assert list(made.items.values_list("withheld", flat=True)) == ["", ""]


def test_it_lives_as_long_as_its_reader_works_here(cast: Cast, folder: Path) -> None:
    morning(cast.ana, silence(cast.ana, cast.iberia))
    send_due(NOW)
    path = link(folder)
    with time_machine.travel(NOW + dt.timedelta(days=80), tick=False):
        assert Client().get(path, secure=True).status_code == 200
    User.objects.filter(pk=cast.ana.pk).update(is_active=False)
    assert Client().post(path, secure=True).status_code == 410
    assert Client().post("/from-mail/lines/forged/", secure=True).status_code == 404
    assert User.objects.get(pk=cast.ana.pk).daily_lines
