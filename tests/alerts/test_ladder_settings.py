"""The ladder as a setting: its effect before it is saved, open alerts follow, history, undo, two editors, rights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import SettingChange, User
from alerts import actions
from alerts.admission import admit_due
from alerts.choices import Rung
from alerts.climb import climb_due
from alerts.ladder import schedule_many
from alerts.ladder_foresight import Foreseen, Move, foresee
from alerts.ladder_form import as_word, read_word
from alerts.ladder_terms import TERMS, Values, change_terms, in_force, laid_upon, per_morning, undo
from alerts.models import Alert, Morning
from alerts.mornings import ensure_mornings
from tests.alerts.rows import alert, at, call_back, client, told, wakes
from tests.cast import Cast

MADRID = ZoneInfo("Europe/Madrid")
#: A Tuesday.
NOW = at("11-24 09:12")
AS_IT_COMES = {"morning": 5, "silence_2": 3, "silence_3": 7, "call_back_2": 4, "call_back_3": 2, "promise_2": 3}


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def change(cast: Cast, **wanted: int) -> SettingChange:
    base = in_force()
    return change_terms(base | wanted, base=base, actor=cast.eva, reason="Por prueba.", now=NOW)


def seen(**wanted: int) -> Foreseen:
    before = in_force()
    return foresee(before, before | wanted, zone=MADRID, now=NOW)


def silence(cast: Cast, reached: str, name: str = "Ferretería Solís", **columns: Any) -> Alert:
    made = told(client(cast.ana, cast.iberia, name), "11-10 18:00", reached=reached, **columns)
    schedule_many([made.pk], NOW)
    return made


def test_the_terms_are_those_of_the_ladder(db: None, cast: Cast) -> None:
    assert in_force() == AS_IT_COMES


def test_open_alerts_follow_the_new_ladder_with_the_next_sweep(db: None, cast: Cast) -> None:
    one = silence(cast, "11-23 09:00")
    assert wakes(one) == at("11-26 09:00")
    change(cast, silence_2=1)
    assert wakes(one) == NOW

    climb_due(NOW)

    one.refresh_from_db()
    assert one.rung == Rung.SUPERVISOR
    change(cast, silence_3=4)
    assert wakes(one) is None


def test_a_longer_one_waits_longer(db: None, cast: Cast) -> None:
    one = silence(cast, "11-23 09:00")
    change(cast, silence_2=5)
    climb_due(NOW)

    one.refresh_from_db()
    assert (one.rung, one.wake_at) == (Rung.OWNER, at("11-30 09:00"))


def test_only_alerts_whose_next_step_it_decides_are_looked_at(db: None, cast: Cast) -> None:
    mine = silence(cast, "11-23 09:00")
    climbed = silence(cast, "11-23 09:00", "B", rung=Rung.SUPERVISOR)
    call = call_back(client(cast.ana, cast.iberia, "C"), "11-24 09:00", "11-24 13:00")
    schedule_many([call.pk], NOW)
    before = wakes(climbed), wakes(call)
    change(cast, silence_2=4)

    assert wakes(mine) == NOW
    assert (wakes(climbed), wakes(call)) == before


def test_what_would_climb_sooner_later_and_at_once_is_seen_before(db: None, cast: Cast) -> None:
    for number in range(3):
        silence(cast, "11-23 09:00", f"Monday {number}")
    silence(cast, "11-20 09:00", "Friday")
    silence(cast, "11-24 09:00", "Snoozed", snoozed_until=at("11-27 00:00"))
    sooner, later = seen(silence_2=2), seen(silence_2=4)

    assert (sooner.looked_at, sooner.all, sooner.sooner, sooner.later, sooner.at_once) == (5, 5, 4, 0, 1)
    assert sooner.moves == [Move(at("11-26 09:00"), at("11-25 09:00"), 3), Move(at("11-25 09:00"), None, 1)]
    assert (later.sooner, later.later, later.same) == (0, 4, 1)
    assert later.moves[0] == Move(at("11-26 09:00"), at("11-27 09:00"), 3)
    assert seen(call_back_2=9).all == 0


def test_what_is_foreseen_is_what_comes(db: None, cast: Cast) -> None:
    for number, reached in enumerate(("11-19 09:00", "11-20 09:00", "11-23 09:00", "11-24 09:00")):
        silence(cast, reached, f"{number}", rung=Rung.OWNER if number % 2 else Rung.SUPERVISOR)
    foreseen = seen(silence_2=1, silence_3=2)
    change(cast, silence_2=1, silence_3=2)
    climb_due(NOW)

    assert Alert.objects.filter(rung_at=NOW).count() == foreseen.at_once
    assert foreseen.at_once == 2


def test_the_number_of_the_morning_is_stored_and_the_environments_until_then(
    db: None, cast: Cast, settings: Any
) -> None:
    settings.ADMIT_PER_MORNING = 3
    assert per_morning() == 3
    for number in range(4):
        waits = alert(client(cast.ana, cast.iberia, f"{number}"), "11-10 18:00")
        assert waits.admitted_at is None
    foreseen = seen(morning=2)
    assert (foreseen.waiting, foreseen.told_before, foreseen.told_after) == (4, 3, 2)

    change(cast, morning=2)
    settings.ADMIT_PER_MORNING = 9
    ensure_mornings(NOW)
    Morning.objects.filter(user=cast.ana).update(next_at=NOW)
    admit_due(NOW)

    assert Alert.objects.admitted().count() == per_morning() == 2


@pytest.mark.parametrize(
    ("wanted", "words"),
    [({"silence_2": 0}, "From 1 to 20"), ({"call_back_2": 41}, "From 1 to 40"), ({}, "That is so already")],
)
def test_what_cannot_be_is_refused(db: None, cast: Cast, wanted: Values, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        change(cast, **wanted)


def test_it_needs_a_reason(db: None, cast: Cast) -> None:
    base = in_force()
    with pytest.raises(ValidationError, match="Say why"):
        change_terms(base | {"silence_2": 4}, base=base, actor=cast.eva, reason=" ", now=NOW)
    assert in_force() == base


def test_what_another_changed_meanwhile_is_not_overwritten(db: None, cast: Cast) -> None:
    base = in_force()
    change(cast, silence_2=5)
    with pytest.raises(ValidationError, match="meanwhile"):
        change_terms(base | {"silence_2": 2}, base=base, actor=cast.eva, reason="Por prueba.", now=NOW)
    assert in_force()["silence_2"] == 5


def test_undo_brings_back_what_was_unless_it_was_changed_again(db: None, cast: Cast) -> None:
    first = change(cast, silence_2=5, morning=8)
    change(cast, call_back_2=6)

    back = undo(first, actor=cast.eva, now=NOW)

    assert in_force() == AS_IT_COMES | {"call_back_2": 6}
    assert back.reason == "undone"
    with pytest.raises(ValidationError, match="changed again"):
        undo(first, actor=cast.eva, now=NOW)


def test_of_two_editors_the_second_is_told_and_loses_nothing(client_: Client, cast: Cast) -> None:
    base = in_force()
    change(cast, silence_2=5)
    typed = base | {"call_back_2": 6}
    data = typed | {"base": as_word(base), "seen": as_word(typed), "reason": "Por prueba.", "do": "force"}
    answer = post(client_, cast.eva, data)

    assert answer.status_code == 422
    html = answer.content.decode()
    assert "Something was changed since you looked" in html
    assert in_force() == AS_IT_COMES | {"silence_2": 5}
    both = base | {"silence_2": 5, "call_back_2": 6}
    assert f'name="seen" value="{as_word(both)}"' in html
    again = both | {"base": as_word(in_force()), "seen": as_word(both), "reason": "Por prueba.", "do": "force"}
    assert post(client_, cast.eva, again).status_code == 302
    assert in_force() == both


@pytest.fixture
def client_(client: Client, db: None) -> Client:
    return client


def post(browser: Client, user: User, data: dict[str, Any]) -> Any:
    browser.force_login(user)
    return browser.post("/settings/alerts/", data)


def test_nothing_is_saved_that_was_not_seen(client_: Client, cast: Cast) -> None:
    silence(cast, "11-23 09:00")
    base = in_force()
    typed = base | {"silence_2": 2}
    seen_first = post(client_, cast.eva, typed | {"base": as_word(base), "do": "preview"}).content.decode()
    blind = post(client_, cast.eva, typed | {"base": as_word(base), "do": "force", "reason": "Ya."})

    assert "1 alert climbs tomorrow at 09:00 instead of on Thursday at 09:00." in seen_first
    assert blind.status_code == 422
    assert in_force() == base


def test_put_in_force_it_says_so_and_keeps_who_and_why(client_: Client, cast: Cast) -> None:
    base = in_force()
    typed = base | {"silence_2": 2, "morning": 7}
    data = typed | {"base": as_word(base), "seen": as_word(typed), "do": "force", "reason": "Más rápido."}
    assert post(client_, cast.eva, data).status_code == 302
    html = client_.get("/settings/alerts/").content.decode()

    assert "the 7 most pressing a day" in html
    assert "The supervisor 2 working days after they were told." in html
    assert "Eva Molina changed it on" in html
    assert "Más rápido." in html


def test_supervisors_look_administrators_change(client_: Client, cast: Cast) -> None:
    client_.force_login(cast.carla)
    html = client_.get("/settings/alerts/").content.decode()

    assert "The supervisor 3 working days after they were told." in html
    assert "See what it does" not in html
    assert post(client_, cast.carla, AS_IT_COMES | {"do": "force"}).status_code == 403


def test_its_statements_do_not_grow_with_the_alerts(db: None, cast: Cast) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            seen(silence_2=2)
        return len(captured)

    silence(cast, "11-23 09:00", "First")
    few = statements()
    for number in range(5):
        silence(cast, "11-23 09:00", f"{number}")
    assert statements() == few


def test_a_form_that_was_tampered_with_is_what_was_typed() -> None:
    assert read_word(as_word(AS_IT_COMES)) == AS_IT_COMES
    for nonsense in ("", "1.2", "1.2.3.4.5.x", "1.2.3.4.5.99999"):
        assert read_word(nonsense) is None
    assert laid_upon({"a": 1} | AS_IT_COMES, AS_IT_COMES, AS_IT_COMES) == AS_IT_COMES
    assert set(TERMS) == set(AS_IT_COMES)


def test_an_alert_that_is_snoozed_stays_so(db: None, cast: Cast) -> None:
    one = silence(cast, "11-24 09:00")
    actions.snooze(one, days=3, actor=cast.ana, now=NOW)
    change(cast, silence_2=1)
    climb_due(NOW)

    one.refresh_from_db()
    assert one.snoozed_until == one.wake_at == at("11-27 00:00")
