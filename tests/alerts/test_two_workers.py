"""Two workers at once do the work once: climbs, mornings, and a click against a climb."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from alerts.actions import snooze
from alerts.admission import admit_due, admit_for_tell
from alerts.choices import EventKind, Rung
from alerts.climb import climb_due
from alerts.exceptions import NotAllowed
from alerts.ladder import schedule_many
from alerts.models import Alert, AlertEvent, Delivery
from alerts.mornings import ensure_mornings
from tests.alerts.rows import alert, at, client, told
from tests.cast import Cast

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def together(*works: Callable[[], object]) -> list[object]:
    """Do all works at the same time, each on a connection of its own; return what came of them."""
    start, results = threading.Barrier(len(works)), list[object]()

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait()
            results.append(work())
        except Exception as error:  # noqa: BLE001 - looked at by the test
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_each_alert_climbs_once(cast: Cast) -> None:
    made = [told(client(cast.ana, cast.iberia, f"Client {n}"), "11-10 18:00", reached="11-16 08:00") for n in range(60)]
    schedule_many([one.pk for one in made], at("11-16 08:00"))

    done = together(*[lambda: climb_due(at("11-19 09:00"), limit=7)] * 3)

    assert sum(int(number) for number in done) == 60  # type: ignore[call-overload]
    assert AlertEvent.objects.filter(kind=EventKind.CLIMBED).count() == 60
    assert set(Alert.objects.values_list("rung", flat=True)) == {Rung.SUPERVISOR}


def test_each_morning_is_held_once(cast: Cast) -> None:
    ensure_mornings(at("11-14 12:00"))
    for number in range(9):
        alert(client(cast.ana, cast.iberia, f"Client {number}"), "11-12 18:00")

    done = together(*[lambda: admit_due(at("11-16 08:00"))] * 3)

    assert sorted(int(number) for number in done) == [0, 0, 5]  # type: ignore[call-overload]
    assert Delivery.objects.filter(to_user=cast.ana).count() == 1


def test_a_morning_by_hand_and_by_the_clock_is_one(cast: Cast) -> None:
    ensure_mornings(at("11-14 12:00"))
    for number in range(9):
        alert(client(cast.ana, cast.iberia, f"Client {number}"), "11-12 18:00")

    together(lambda: admit_due(at("11-16 08:00")), lambda: admit_for_tell(at("11-16 08:00")))

    assert Alert.objects.admitted().count() == 5


def test_mornings_made_at_once_are_made_once(cast: Cast) -> None:
    done = together(*[lambda: ensure_mornings(at("11-16 07:00"))] * 3)

    assert not [result for result in done if isinstance(result, Exception)]


def test_a_snooze_and_a_climb_at_once_leave_one_of_them(cast: Cast) -> None:
    silence = told(client(cast.ana, cast.iberia), "11-10 18:00", reached="11-16 08:00")
    schedule_many([silence.pk], at("11-16 08:00"))
    now = at("11-19 09:00")

    done = together(lambda: climb_due(now), lambda: snooze(silence, days=1, actor=cast.ana, now=now))

    silence.refresh_from_db()
    refused = any(isinstance(result, NotAllowed) for result in done)
    assert refused == (silence.rung == Rung.SUPERVISOR)
    assert refused != (silence.snoozed_until is not None)
