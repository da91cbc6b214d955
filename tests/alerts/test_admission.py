"""Admission (A4, A5, A11): each morning the five that most need it, in one order; the others wait their turn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Absence, User
from alerts.admission import admit_due, admit_for_tell, admit_key
from alerts.choices import EventKind, Kind, Rung
from alerts.models import Alert, AlertEvent, Delivery, Morning
from alerts.mornings import ensure_mornings
from alerts.order import ranked
from crm.models import Clock, Customer
from tests.alerts.rows import alert, at, call_back, client, kinds
from tests.cast import Cast

pytestmark = pytest.mark.django_db

MONDAY = "11-16 08:00"
Planned = list[tuple[Morning, list[AlertEvent]]]


@pytest.fixture(autouse=True)
def mornings(cast: Cast) -> None:
    ensure_mornings(at("11-14 12:00"))


@pytest.fixture
def planned() -> Planned:
    return []


def hold(now: str, planned: Planned | None = None) -> int:
    """Hold the mornings that are due, and note what was planned."""

    def plan(morning: Morning, admitted: Sequence[AlertEvent], _now: dt.datetime) -> None:
        if planned is not None:
            planned.append((morning, list(admitted)))

    return admit_due(at(now), plan=plan)


def silences(owner: User | None, team: object, number: int, **fields: object) -> list[Alert]:
    """Silences of as many clients, due alike; the first had the shortest promise, so it has the highest ratio."""
    return [
        alert(
            client(owner, team, f"Client {n}", **fields),  # type: ignore[arg-type]
            "11-12 18:00",
            anchor=f"10-{n + 1:02d} 10:00",
        )
        for n in reversed(range(number))
    ]


def admitted() -> set[int]:
    return set(Alert.objects.admitted().values_list("pk", flat=True))


def waiting() -> set[int]:
    return set(
        Alert.objects.filter(passed_over_at__isnull=False, admitted_at__isnull=True).values_list("pk", flat=True)
    )


# --- Who, when, how many ---------------------------------------------------------------------------------------------


def test_a4_five_are_admitted_at_the_digest_hour_and_not_before(cast: Cast) -> None:
    silences(cast.ana, cast.iberia, 8)

    assert hold("11-16 07:59") == 0
    assert hold(MONDAY) == 5
    assert len(admitted()) == 5
    assert len(waiting()) == 3


def test_a4_an_admitted_alert_stands_with_its_owner_and_is_told(cast: Cast) -> None:
    silence = alert(client(cast.ana, cast.iberia), "11-12 18:00")

    hold(MONDAY)

    silence.refresh_from_db()
    assert (silence.admitted_at, silence.rung, silence.rung_at) == (at(MONDAY), Rung.OWNER, at(MONDAY))
    assert (silence.reached_at, silence.passed_over_at, silence.wake_at) == (None, None, None)
    event = AlertEvent.objects.get(alert=silence)
    assert (event.kind, event.tell, event.rung) == (EventKind.ADMITTED, True, Rung.OWNER)


def test_a4_once_on_each_working_day(cast: Cast) -> None:
    silences(cast.ana, cast.iberia, 12)

    assert [hold(now) for now in (MONDAY, "11-16 08:01", "11-16 23:00", "11-17 08:00", "11-18 08:00")] == [
        5,
        0,
        0,
        5,
        2,
    ]
    assert Morning.objects.get(user=cast.ana).next_at == at("11-19 08:00")


def test_a4_no_morning_on_a_closed_day(cast: Cast) -> None:
    hold("11-14 12:00")
    silences(cast.ana, cast.iberia, 2)

    assert hold("11-15 09:00") == 0
    assert hold(MONDAY) == 2


def test_a4_each_person_has_five_of_their_own(cast: Cast) -> None:
    silences(cast.ana, cast.iberia, 7)
    silences(cast.bruno, cast.iberia, 7)

    assert hold(MONDAY) == 10


def test_a4_the_setting_says_how_many(cast: Cast, settings: object) -> None:
    settings.ADMIT_PER_MORNING = 2  # type: ignore[attr-defined]
    silences(cast.ana, cast.iberia, 4)

    assert hold(MONDAY) == 2


def test_a4_each_at_their_own_hour(cast: Cast) -> None:
    silences(cast.ana, cast.iberia, 1)
    silences(cast.diego, cast.andes, 1)

    # Monday is a holiday in Bogotá; Tuesday 8:00 there is 14:00 in Madrid.
    assert [hold(now) for now in (MONDAY, "11-17 13:59", "11-17 14:00")] == [1, 0, 1]


def test_a4_waiting_their_turn_dates_from_the_first_morning_that_passed_them_over(cast: Cast) -> None:
    *_, last = silences(cast.ana, cast.iberia, 12)
    Clock.objects.filter(pk=last.customer_id).update(anchor_at=at("11-11 10:00"), due_at=at("12-30 18:00"))

    hold(MONDAY)
    hold("11-17 08:00")

    last.refresh_from_db()
    assert (last.passed_over_at, kinds(last)) == (at(MONDAY), ["passed_over"])


def test_a4_snoozed_and_dismissed_ones_are_skipped_and_not_passed_over(cast: Cast) -> None:
    snoozed, dismissed, plain = silences(cast.ana, cast.iberia, 3)
    Alert.objects.filter(pk=snoozed.pk).update(snoozed_until=at("11-20 00:00"))
    Alert.objects.filter(pk=dismissed.pk).update(dismissed_until=at("11-20 18:00"))

    hold(MONDAY)

    assert (admitted(), waiting()) == ({plain.pk}, set())


def test_a4_only_silences_are_admitted(cast: Cast) -> None:
    call_back(client(cast.ana, cast.iberia), "11-13 10:00", "11-13 14:00", admitted_at=None, rung=Rung.NOBODY)
    alert(client(cast.ana, cast.iberia), "11-13 18:00", Kind.REVIEW)

    assert hold(MONDAY) == 0


def test_a4_key_clients_come_beyond_the_five(cast: Cast) -> None:
    silences(cast.ana, cast.iberia, 6)
    late = alert(client(cast.ana, cast.iberia, "Key", key=True), "11-12 18:00", anchor="11-11 10:00")

    assert hold(MONDAY) == 6
    assert late.pk in admitted()


def test_a4_key_clients_are_admitted_at_once_when_they_open(cast: Cast) -> None:
    key = alert(client(cast.ana, cast.iberia, "Key", key=True), "11-14 18:00")
    other = alert(client(cast.ana, cast.iberia), "11-14 18:00")

    assert admit_key([key.pk, other.pk], at("11-14 18:00")) == 1
    assert admit_key([key.pk, other.pk], at("11-14 18:01")) == 0

    key.refresh_from_db()
    assert (key.admitted_at, key.rung, admitted()) == (at("11-14 18:00"), Rung.OWNER, {key.pk})


def test_a4_a_snoozed_key_client_waits_for_the_end_of_its_snooze(cast: Cast) -> None:
    key = alert(client(cast.ana, cast.iberia, "Key", key=True), "11-14 18:00", snoozed_until="11-20 00:00")

    assert admit_key([key.pk], at("11-14 18:00")) == 0


def test_the_morning_mail_is_planned_with_what_was_admitted(cast: Cast, planned: Planned) -> None:
    first, second = silences(cast.ana, cast.iberia, 2)

    hold(MONDAY, planned)

    of_ana = next(events for morning, events in planned if morning.user_id == cast.ana.pk)
    assert [event.alert_id for event in of_ana] == [first.pk, second.pk]


def test_the_morning_mail_itself_is_planned_in_the_same_transaction(cast: Cast) -> None:
    alert(client(cast.ana, cast.iberia), "11-12 18:00")

    admit_due(at(MONDAY))

    assert Delivery.objects.filter(to_user=cast.ana, items__event__kind=EventKind.ADMITTED).count() == 1
    assert AlertEvent.objects.get(kind=EventKind.ADMITTED).told_at == at(MONDAY)


def test_a_morning_that_fails_leaves_nothing_behind_and_the_others_go_on(cast: Cast) -> None:
    anas = alert(client(cast.ana, cast.iberia), "11-12 18:00")
    brunos = alert(client(cast.bruno, cast.iberia), "11-12 18:00")

    def plan(morning: Morning, *_about: object) -> None:
        if morning.user_id == cast.ana.pk:
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        admit_due(at(MONDAY), plan=plan)
    assert (admitted(), kinds(anas)) == ({brunos.pk}, [])

    # Put off an hour, then held as on any day.
    assert [hold(now) for now in ("11-16 08:59", "11-16 09:00")] == [0, 1]
    assert Morning.objects.get(user=cast.ana).next_at == at("11-17 08:00")


# --- For whom (A10, A11) ---------------------------------------------------------------------------------------------


def test_a10_the_cover_admits_five_of_both_portfolios(cast: Cast) -> None:
    Absence.objects.create(user=cast.ana, cover=cast.bruno, starts_at=at("11-15 00:00"), ends_at=at("11-20 00:00"))
    silences(cast.ana, cast.iberia, 4)
    silences(cast.bruno, cast.iberia, 4)

    assert hold(MONDAY) == 5
    assert hold("11-17 08:00") == 3


def test_a10_without_cover_the_queue_admits(cast: Cast, planned: Planned) -> None:
    Absence.objects.create(user=cast.ana, starts_at=at("11-15 00:00"), ends_at=at("11-20 00:00"))
    silences(cast.ana, cast.iberia, 2)

    hold(MONDAY, planned)

    assert [morning.team_id for morning, events in planned if events] == [cast.iberia.pk]


def test_a11_clients_without_owner_are_their_teams_queue(cast: Cast, planned: Planned) -> None:
    silences(None, cast.iberia, 7)

    assert hold(MONDAY, planned) == 5
    assert [morning.team_id for morning, events in planned if events] == [cast.iberia.pk]


@pytest.mark.parametrize("gone", [{"first_signed_in_at": None}, {"is_active": False}])
def test_a11_so_are_those_of_an_owner_who_never_signed_in_or_left(
    cast: Cast, planned: Planned, gone: dict[str, object]
) -> None:
    User.objects.filter(pk=cast.ana.pk).update(**gone)
    silences(cast.ana, cast.iberia, 2)

    hold(MONDAY, planned)

    assert [(morning.user_id, morning.team_id) for morning, events in planned if events] == [(None, cast.iberia.pk)]


def test_a11_without_team_the_owners_team_has_them(cast: Cast, planned: Planned) -> None:
    User.objects.filter(pk=cast.ana.pk).update(first_signed_in_at=None)
    silences(cast.ana, None, 2)

    hold(MONDAY, planned)

    assert [morning.team_id for morning, events in planned if events] == [cast.iberia.pk]


def test_a11_without_team_and_owner_the_default_team_has_them(cast: Cast, planned: Planned) -> None:
    silences(None, None, 2)

    hold(MONDAY, planned)

    assert [morning.team_id for morning, events in planned if events] == [cast.default.pk]


def test_who_left_has_no_morning_any_more(cast: Cast) -> None:
    User.objects.filter(pk=cast.ana.pk).update(is_active=False)

    hold(MONDAY)

    assert not Morning.objects.filter(user=cast.ana).exists()


def test_a3_a_rung_with_nobody_to_tell_is_reached_with_the_admission(cast: Cast) -> None:
    User.objects.filter(pk__in=[cast.carla.pk, cast.eva.pk]).update(is_active=False)
    alert(client(None, cast.iberia), "11-12 18:00")

    admit_due(at(MONDAY))

    silence = Alert.objects.get()
    assert (silence.reached_at, silence.wake_at) == (at(MONDAY), at("11-19 09:00"))


# --- Outage (A5) and by hand -----------------------------------------------------------------------------------------


def test_a5_a_morning_missed_this_day_is_held_at_the_next_sweep(cast: Cast) -> None:
    silences(cast.ana, cast.iberia, 7)

    assert hold("11-16 17:30") == 5
    assert Morning.objects.get(user=cast.ana).next_at == at("11-17 08:00")


def test_a5_a_morning_missed_on_an_earlier_day_waits_for_the_next_one(cast: Cast) -> None:
    silences(cast.ana, cast.iberia, 12)

    assert hold("11-18 06:00") == 0
    assert Morning.objects.get(user=cast.ana).next_at == at("11-18 08:00")
    assert hold("11-18 08:00") == 5


def test_a5_three_lost_days_are_one_morning(cast: Cast) -> None:
    silences(cast.ana, cast.iberia, 12)

    assert hold("11-19 12:00") == 5
    assert hold("11-19 12:01") == 0


def early(now: str) -> int:
    return admit_for_tell(at(now), plan=lambda *_about: None)


def test_a4_by_hand_the_days_admission_happens_now_and_once(cast: Cast) -> None:
    silences(cast.ana, cast.iberia, 12)
    silences(None, cast.iberia, 2)

    assert early("11-16 05:00") == 7
    assert early("11-16 05:01") == 0
    assert hold("11-16 08:00") == 0
    assert hold("11-17 08:00") == 5


def test_a4_by_hand_on_a_closed_day_it_is_the_next_working_days(cast: Cast) -> None:
    silences(cast.ana, cast.iberia, 12)

    assert early("11-14 12:00") == 5
    assert early("11-15 12:00") == 0
    assert hold(MONDAY) == 0
    assert Morning.objects.get(user=cast.ana).next_at == at("11-17 08:00")


def test_a4_by_hand_after_the_morning_was_held_nothing_more(cast: Cast) -> None:
    silences(cast.ana, cast.iberia, 12)
    hold(MONDAY)

    assert early("11-16 12:00") == 0


def test_by_hand_the_mails_are_planned_for_now(cast: Cast) -> None:
    alert(client(cast.ana, cast.iberia), "11-12 18:00")

    assert admit_for_tell(at("11-14 12:00")) == 1
    assert Delivery.objects.filter(to_user=cast.ana, items__event__kind=EventKind.ADMITTED).count() == 1


def test_in_a_fresh_firm_the_administrator_hears_of_the_first_five(cast: Cast) -> None:
    silences(None, None, 7)

    assert admit_for_tell(at("11-14 12:00")) == 5
    assert set(Delivery.objects.values_list("to_user", flat=True)) == {cast.eva.pk}


# --- The order (A4) --------------------------------------------------------------------------------------------------


def order_of(now: str) -> list[str]:
    clocks = Clock.objects.select_related("customer").filter(due_at__isnull=False)
    return [place.row.customer.name for place in ranked(clocks, at(now))]


def silent(cast: Cast, name: str, ratio: float, value: int | None = None, currency: str = "EUR") -> Customer:
    """A client whose gap ratio is `ratio` at noon on 16 November."""
    customer = client(
        cast.ana, cast.iberia, name, annual_value=value if value is None else Decimal(value), currency=currency
    )
    promised = dt.timedelta(days=10)
    anchor = at("11-16 12:00") - promised * ratio
    Clock.objects.filter(pk=customer.pk).update(anchor_at=anchor, soon_at=anchor, due_at=anchor + promised)
    return customer


def test_a4_who_waits_longest_for_their_promise_comes_first(cast: Cast) -> None:
    silent(cast, "one and a bit", 1.1)
    silent(cast, "twice", 2)

    assert order_of("11-16 12:00") == ["twice", "one and a bit"]


def test_a4_beyond_three_times_the_promise_value_decides(cast: Cast) -> None:
    silent(cast, "small, for ever", 9, 100)
    silent(cast, "large, three times", 3, 900)

    # 3 × (1 + 0) against 3 × (1 + 1/2).
    assert order_of("11-16 12:00") == ["large, three times", "small, for ever"]


def test_a4_value_counts_by_its_share_within_its_currency(cast: Cast) -> None:
    for n, value in enumerate((100, 200, 300, 400)):
        silent(cast, f"{value} EUR", 1.5 + n / 1000, value)
    silent(cast, "9 PEN", 1.5, 9, "PEN")
    silent(cast, "no value", 1.5)
    places = {
        place.row.customer.name: place for place in ranked(Clock.objects.select_related("customer"), at("11-16 12:00"))
    }

    assert [places[name].share for name in ("100 EUR", "200 EUR", "400 EUR", "9 PEN", "no value")] == [
        0,
        0.25,
        0.75,
        0,
        0.5,
    ]
    assert (places["400 EUR"].smaller, places["400 EUR"].valued) == (3, 4)
    assert (places["no value"].smaller, places["no value"].valued) == (None, None)


def test_a4_equal_values_have_equal_shares(cast: Cast) -> None:
    for name in "ab":
        silent(cast, name, 1.5, 700)

    assert [place.share for place in ranked(Clock.objects.all(), at("11-16 12:00"))] == [0, 0]


def test_a4_a_tie_goes_by_client_id(cast: Cast) -> None:
    for name in ("first", "second", "third"):
        silent(cast, name, 1.5)

    assert order_of("11-16 12:00") == ["first", "second", "third"]


def test_a4_the_order_decides_who_is_admitted(cast: Cast) -> None:
    made = silences(cast.ana, cast.iberia, 6)

    hold(MONDAY)

    assert admitted() == {silence.pk for silence in made[:5]}


def test_a4_admitted_ones_count_in_the_share(cast: Cast) -> None:
    low = alert(
        client(cast.ana, cast.iberia, "low", annual_value=100, currency="EUR"), "11-12 18:00", admitted_at="11-13 08:00"
    )
    none = alert(client(cast.ana, cast.iberia, "none"), "11-12 18:00")
    high = alert(
        client(cast.ana, cast.iberia, "high", annual_value=900, currency="EUR"), "11-12 18:00", anchor="01-09 10:00"
    )
    events: Planned = []
    hold(MONDAY, events)

    # 900 stands before half of two, as "no value" does; its promise was the shorter one.
    told = [event.alert_id for _morning, admitted in events for event in admitted]
    assert told == [high.pk, none.pk]
    assert low.pk not in told


# --- Cost ------------------------------------------------------------------------------------------------------------


def test_the_cost_of_a_morning_does_not_grow_with_the_silences(cast: Cast) -> None:
    silences(cast.ana, cast.iberia, 6)
    silences(cast.bruno, cast.iberia, 20)
    Morning.objects.exclude(user__in=[cast.ana, cast.bruno]).delete()
    Morning.objects.filter(user=cast.bruno).update(next_at=at("11-16 09:00"))
    with CaptureQueriesContext(connection) as few:
        assert hold(MONDAY) == 5
    Morning.objects.exclude(user__in=[cast.ana, cast.bruno]).update(next_at=at("12-16 09:00"))
    with CaptureQueriesContext(connection) as many:
        assert hold("11-16 09:00") == 5

    assert len(many) <= len(few), [query["sql"] for query in many]
