"""Each client's own rhythm, against a count of its own; and the silence that breaks it while the promise holds."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import random

import pytest
import time_machine
from django.test import Client

from crm import rhythm
from crm.events import Change, facts_changed
from crm.listing import Listing, View
from crm.log import undo_interaction
from crm.models import Clock, Customer, Interaction
from tests.cast import Cast
from tests.portfolio import NOW, client_of, clock_of, logged

pytestmark = pytest.mark.django_db


def touched(customer: Customer, cast: Cast, days: list[int], *, counts_as: str = "attention") -> None:
    """Contacts so many days before now, written behind the engine's back."""
    for ago in days:
        at = NOW - dt.timedelta(days=ago)
        Interaction.objects.create(
            customer=customer, outcome="reached", at=at, counts_at=at, local_date=at.date(), by=cast.ana,
            counts_as=counts_as,
        )  # fmt: skip
    facts_changed(Customer.objects.filter(pk=customer.pk), change=Change("import"), now=NOW)


def nearest(gaps: list[int], share: float) -> int:
    """The least gap that at least this share of them does not exceed, counted one by one."""
    return next(gap for gap in sorted(gaps) if sum(one <= gap for one in gaps) >= math.ceil(share * len(gaps) - 1e-9))


def test_it_is_what_a_count_by_hand_says(cast: Cast) -> None:
    rng = random.Random(11)
    days: dict[int, list[int]] = {}
    for number in range(25):
        customer = client_of(cast.ana, f"Taller {number}", cast.iberia)
        days[customer.pk] = [rng.randrange(400) for _n in range(rng.randrange(45))]
        touched(customer, cast, days[customer.pk])
        touched(customer, cast, [rng.randrange(400) for _n in range(3)], counts_as="attempt")
    assert rhythm.refresh_stale(NOW) == Clock.objects.count()
    assert rhythm.refresh_stale(NOW) == 0
    for pk, ago in days.items():
        clock = Clock.objects.get(pk=pk)
        kept = sorted(set(ago))
        gaps = [later - sooner for sooner, later in itertools.pairwise(kept)][:24]
        assert clock.usual_gaps == len(gaps)
        found = (clock.usual_low, clock.usual_median, clock.usual_high, clock.usual_long)
        if len(gaps) < 5:
            assert found == (None, None, None, None)
            assert clock.rhythm_breaks_at is None
            continue
        assert found == tuple(nearest(gaps, share) for share in (0.25, 0.5, 0.75, 0.9))
        assert clock.rhythm_breaks_at is not None
        assert clock.last_attention_at is not None
        assert clock.rhythm_breaks_at == clock.last_attention_at + dt.timedelta(days=clock.usual_long or 0)


def test_it_is_broken_while_the_promise_holds(cast: Cast) -> None:
    often = client_of(cast.ana, "Ferretería Solís", cast.iberia)
    touched(often, cast, [12, 15, 18, 21, 24, 27, 30])
    seldom = client_of(cast.ana, "Hotel Rías", cast.iberia)
    touched(seldom, cast, [12, 32, 52, 72, 92, 112])
    late = client_of(cast.ana, "Óptica Prisma", cast.iberia)
    touched(late, cast, [90, 93, 96, 99, 102, 105])
    rhythm.refresh_stale(NOW)
    broken = Listing(View(marks=("rhythm",)), cast.ana, NOW)
    assert [row.customer.name for row in broken.rows.select_related("customer")] == ["Ferretería Solís"]
    client = Client()
    client.force_login(cast.ana)
    with time_machine.travel(NOW, tick=False):
        page = client.get(f"/customers/{often.pk}/").content.decode()
        assert "Usually every 3 days; promised after 30 days" in page
        assert "Broken rhythm" in page
        assert "Broken rhythm" not in client.get(f"/customers/{seldom.pk}/").content.decode()

        call = logged(often, cast.ana, "11-24 09:05")
        assert not broken.rows.exists()
        assert undo_interaction(call, actor=cast.ana, now=NOW)
        assert broken.rows.exists()


def test_few_contacts_say_nothing(cast: Cast) -> None:
    customer = client_of(cast.ana, "Ferretería Solís", cast.iberia)
    touched(customer, cast, [1, 4, 7, 10, 13])
    rhythm.refresh_stale(NOW)
    assert clock_of(customer).usual_gaps == 4
    client = Client()
    client.force_login(cast.ana)
    with time_machine.travel(NOW, tick=False):
        assert "Too few contacts to say" in client.get(f"/customers/{customer.pk}/").content.decode()
