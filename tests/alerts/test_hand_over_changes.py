"""A cover who was told what to cover hears when that changes: once, ten minutes later, not if it is taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.utils import translation

from accounts import absences
from accounts.models import Absence, User
from alerts.choices import DeliveryState, Purpose
from alerts.hand_overs import tell_absences
from alerts.mail.handing import handing
from alerts.models import Delivery
from tests.cast import Cast
from tests.portfolio import NOW, at, client_of, logged

pytestmark = pytest.mark.django_db
EVENING = at("11-24 17:10")
MINUTES = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def told(cast: Cast, *, sent: bool = True, first: str = "11-23", back: str | None = "12-05") -> Absence:
    """Ana is away, Bruno covers and has his list."""
    logged(client_of(cast.ana, "Ferretería Solís", cast.iberia), cast.ana, "10-01 11:00")
    ends_at = at(f"{back} 00:00") if back else None
    absence = Absence(user=cast.ana, cover=cast.bruno, starts_at=at(f"{first} 00:00"), ends_at=ends_at)
    absences.save(absence, actor=cast.ana)
    assert tell_absences(EVENING) == 1
    if sent:
        Delivery.objects.update(state=DeliveryState.SENT)
    return Absence.objects.get(pk=absence.pk)


def after_the_first() -> list[tuple[str, str, str]]:
    """To whom, the subject, and the state of the mails after the first list."""
    found = []
    for one in Delivery.objects.filter(purpose=Purpose.HAND_OVER).select_related("to_user").order_by("pk")[1:]:
        assert one.to_user is not None
        subject, about = handing(one.purpose, one.data["handing"], one.to_user)
        found.append((one.to_user.get_short_name(), subject, about["opening"]))
    return found


def changed(absence: Absence, actor: User, now: dt.datetime = EVENING, **said: object) -> int:
    for name, value in said.items():
        setattr(absence, name, value)
    return absences.save(absence, actor=actor, now=now)


def test_withdrawn_before_it_begins_they_hear_of_it(cast: Cast) -> None:
    absence = told(cast, first="11-25")
    absences.end(absence, actor=cast.ana, now=EVENING)

    assert after_the_first() == [
        (
            "Bruno",
            "You no longer cover for Ana Torres",
            "The absence from 25 Nov on is withdrawn: Ana Torres stays. Their clients come to them.",
        )
    ]
    assert Delivery.objects.latest("pk").window_at == EVENING + absences.TAKE_BACK


def test_back_earlier_than_planned_they_hear_of_it(cast: Cast) -> None:
    absences.end(told(cast), actor=cast.ana, now=EVENING + 60 * MINUTES)
    assert [(who, subject) for who, subject, _opening in after_the_first()] == [
        ("Bruno", "You no longer cover for Ana Torres")
    ]


def test_back_as_planned_nobody_hears_anything(cast: Cast) -> None:
    told(cast)
    for hour in ("12-05 00:00", "12-07 09:30", "12-07 10:30"):
        tell_absences(at(hour))
    assert after_the_first() == []


def test_other_days_come_as_a_list_that_says_what_was_read_before(cast: Cast) -> None:
    absence = told(cast)
    changed(absence, cast.ana, ends_at=at("12-08 00:00"))

    ((who, subject, opening),) = after_the_first()
    assert (who, subject) == ("Bruno", "Other days: you cover for Ana Torres")
    assert "back on 8 Dec" in opening and opening.endswith("You had read: away from 23 Nov, back on 5 Dec.")
    assert Delivery.objects.latest("pk").data["handing"]["groups"]["overdue"]["count"] == 1
    tell_absences(EVENING + 30 * MINUTES)
    assert len(after_the_first()) == 1


def test_moved_to_later_they_hear_now_and_get_no_second_list_then(cast: Cast) -> None:
    absence = told(cast, first="11-25")
    changed(absence, cast.ana, starts_at=at("12-02 00:00"))
    Delivery.objects.update(state=DeliveryState.SENT)

    assert [subject for _who, subject, _opening in after_the_first()] == ["Other days: you cover for Ana Torres"]
    tell_absences(at("12-01 17:30"))
    assert len(after_the_first()) == 1


def test_another_cover_gets_the_list_and_the_first_a_word(cast: Cast) -> None:
    absence = told(cast)
    changed(absence, cast.ana, cover=cast.carla)
    tell_absences(EVENING + MINUTES)

    assert [(who, subject) for who, subject, _opening in after_the_first()] == [
        ("Bruno", "You no longer cover for Ana Torres"),
        ("Carla", "You cover for Ana Torres"),
    ]
    assert after_the_first()[0][2].startswith("Carla Núñez covers for Ana Torres now.")


def test_given_to_the_queue_it_says_so(cast: Cast) -> None:
    changed(told(cast), cast.ana, cover=None)
    assert after_the_first()[0][2].startswith("The team covers for Ana Torres now.")


@pytest.mark.parametrize("what", ["withdrawn", "moved"])
def test_taken_back_within_ten_minutes_nobody_hears_of_it(cast: Cast, what: str) -> None:
    absence = told(cast, first="11-25")
    with time_machine.travel(EVENING, tick=False):
        change = (
            absences.end(absence, actor=cast.ana, now=EVENING)
            if what == "withdrawn"
            else changed(absence, cast.ana, ends_at=at("12-09 00:00"))
        )
        assert absences.take_back(change, actor=cast.ana, now=EVENING + 5 * MINUTES)
    tell_absences(EVENING + 6 * MINUTES)

    states = list(Delivery.objects.order_by("pk").values_list("state", "reason"))
    assert states == [("sent", ""), ("withheld", "changed in the meantime")]


def test_taken_back_after_it_left_they_get_a_list_again(cast: Cast) -> None:
    absence = told(cast, first="11-25")
    with time_machine.travel(EVENING, tick=False):
        change = absences.end(absence, actor=cast.ana, now=EVENING)
        Delivery.objects.update(state=DeliveryState.SENT)
        assert absences.take_back(change, actor=cast.ana, now=EVENING + 9 * MINUTES)
    tell_absences(EVENING + 10 * MINUTES)

    assert [subject for _who, subject, _opening in after_the_first()] == [
        "You no longer cover for Ana Torres",
        "You cover for Ana Torres",
    ]


def test_a_list_that_has_not_left_is_replaced(cast: Cast) -> None:
    absence = told(cast, sent=False)
    changed(absence, cast.ana, ends_at=at("12-08 00:00"))
    tell_absences(EVENING + MINUTES)

    rows = list(Delivery.objects.order_by("pk").values_list("state", "data__handing__ends_at"))
    assert [state for state, _end in rows] == ["withheld", "planned"] and rows[1][1].startswith("2026-12-07T23")
    assert [subject for _who, subject, _opening in after_the_first()] == ["You cover for Ana Torres"]


def test_who_was_told_nothing_hears_nothing(cast: Cast) -> None:
    client_of(cast.ana, "Ferretería Solís", cast.iberia)
    absence = Absence(user=cast.ana, cover=cast.bruno, starts_at=at("12-10 00:00"), ends_at=at("12-12 00:00"))
    absences.save(absence, actor=cast.ana)
    changed(absence, cast.ana, ends_at=at("12-14 00:00"))
    absences.end(absence, actor=cast.ana, now=EVENING)
    assert not Delivery.objects.exists()


def test_another_reason_is_no_change_for_the_cover(cast: Cast) -> None:
    changed(told(cast), cast.ana, reason="Moving house")
    assert after_the_first() == []


def test_it_is_said_in_their_language(cast: Cast) -> None:
    absence = told(cast, first="11-25")
    absences.end(absence, actor=cast.ana, now=EVENING)
    with translation.override("es"):
        assert after_the_first()[0][1] == "Ya no cubre a Ana Torres"
