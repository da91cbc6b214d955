"""An agreed date (S3) and no follow-up wanted (S1), by their rules."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from crm.agreements import agree_on_date, resume_follow_up, standing_date, stop_follow_up, withdraw_date
from crm.models import AgreedDate, Customer, NoFollowUp
from tests.cast import Cast
from tests.portfolio import MADRID, NOW, client_of, clock_of, logged

DAY = dt.timedelta(days=1)


@pytest.fixture
def solis(cast: Cast) -> Customer:
    """Attended yesterday."""
    customer = client_of(cast.ana, "Ferretería Solís", cast.iberia)
    logged(customer, cast.ana, "11-23 10:00")
    return customer


def on(month: int, day: int) -> dt.date:
    return dt.date(2026, month, day)


def test_it_replaces_the_due_by_the_closing_of_that_day(cast: Cast, solis: Customer) -> None:
    agree_on_date(solis, on(12, 9), reason="", actor=cast.ana, now=NOW)
    clock = clock_of(solis)
    assert clock.due_source == "agreed"
    assert clock.due_at is not None
    assert clock.due_at.astimezone(MADRID).date() == on(12, 9)
    before = clock.due_at
    withdraw_date(solis, actor=cast.ana, now=NOW)
    assert clock_of(solis).due_at != before


@pytest.mark.parametrize("day", [NOW.date(), NOW.date() - DAY, dt.date(2099, 1, 1)])
def test_today_the_past_and_beyond_the_calendar_are_refused(cast: Cast, solis: Customer, day: dt.date) -> None:
    with pytest.raises(ValidationError) as refused:
        agree_on_date(solis, day, reason="They want it.", actor=cast.ana, now=NOW)
    assert "day" in refused.value.message_dict
    assert not AgreedDate.objects.exists()


def test_beyond_twice_the_interval_it_needs_a_reason(cast: Cast, solis: Customer) -> None:
    """The default promises 30 days: 60 are free, 61 need words."""
    agree_on_date(solis, NOW.date() + 60 * DAY, reason="", actor=cast.ana, now=NOW)
    with pytest.raises(ValidationError) as refused:
        agree_on_date(solis, NOW.date() + 61 * DAY, reason="", actor=cast.ana, now=NOW)
    assert "reason" in refused.value.message_dict
    agree_on_date(solis, NOW.date() + 61 * DAY, reason="At sea until then.", actor=cast.ana, now=NOW)
    assert AgreedDate.objects.filter(withdrawn_at=None).get().day == NOW.date() + 61 * DAY


def test_while_overdue_it_needs_a_reason_and_the_next_one_the_supervisor(cast: Cast) -> None:
    late = client_of(cast.ana, "Late", cast.iberia)
    logged(late, cast.ana, "10-02 10:00")
    with pytest.raises(ValidationError) as refused:
        agree_on_date(late, on(12, 9), reason="", actor=cast.ana, now=NOW)
    assert "reason" in refused.value.message_dict
    agreed = agree_on_date(late, on(12, 9), reason="On holiday.", actor=cast.ana, now=NOW)
    assert agreed.set_while_overdue
    with pytest.raises(ValidationError, match="supervisor"):
        agree_on_date(late, on(12, 10), reason="Later.", actor=cast.ana, now=NOW + DAY)
    agree_on_date(late, on(12, 10), reason="Later.", actor=cast.carla, now=NOW + DAY)
    # Once attended, it is the owner's again.
    logged(late, cast.ana, "11-26 10:00")
    agree_on_date(late, on(12, 11), reason="", actor=cast.ana, now=NOW + 3 * DAY)


def test_attention_on_its_day_ends_it_and_an_undo_brings_it_back(cast: Cast, solis: Customer) -> None:
    from crm.log import undo_interaction

    agreed = agree_on_date(solis, on(12, 9), reason="", actor=cast.ana, now=NOW)
    logged(solis, cast.ana, "12-01 10:00")
    assert standing_date(solis) == agreed
    met = logged(solis, cast.ana, "12-09 10:00")
    assert standing_date(solis) is None
    assert clock_of(solis).due_source != "agreed"
    assert undo_interaction(met, actor=cast.ana, now=met.entered_at)
    assert standing_date(solis) == agreed
    assert clock_of(solis).due_source == "agreed"


def test_no_follow_up_leaves_no_cadence_until_it_is_ended_by_hand(cast: Cast, solis: Customer) -> None:
    stop_follow_up(solis, reason="Retired", review_on=on(12, 31), actor=cast.ana, now=NOW)
    assert clock_of(solis).due_at is None
    with pytest.raises(ValidationError, match="No follow-up is wanted"):
        agree_on_date(solis, on(12, 9), reason="", actor=cast.ana, now=NOW)
    logged(solis, cast.ana, "11-24 09:30")
    assert clock_of(solis).due_at is None
    assert resume_follow_up(solis, actor=cast.ana, now=NOW + DAY)
    assert clock_of(solis).due_at is not None
    assert not resume_follow_up(solis, actor=cast.ana, now=NOW + DAY)


@pytest.mark.parametrize(
    ("reason", "review_on", "field"),
    [
        (" ", on(12, 31), "reason"),
        ("Retired", NOW.date(), "review_on"),
        ("Retired", NOW.date() + 367 * DAY, "review_on"),
    ],
)
def test_no_follow_up_needs_a_reason_and_a_review_within_a_year(
    cast: Cast, solis: Customer, reason: str, review_on: dt.date, field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        stop_follow_up(solis, reason=reason, review_on=review_on, actor=cast.ana, now=NOW)
    assert field in refused.value.message_dict
    assert not NoFollowUp.objects.exists()
