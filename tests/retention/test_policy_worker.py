"""A changed promise reaches the worker by the pump and the broker, and its dates follow."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.utils import timezone

from alerts.pump import publish_due
from crm.models import Clock
from retention import policy_changes
from retention.models import PolicyChange
from retention.policies import Scope
from tests.cast import Cast
from tests.portfolio import client_of, logged
from tests.support.processes import AppProcess

pytestmark = pytest.mark.worker


def test_the_worker_dates_anew(transactional_db: None, cast: Cast, start_worker: Callable[..., AppProcess]) -> None:
    logged(client_of(cast.ana, "Taller", cast.iberia), cast.ana, "11-20 11:00")
    start_worker()
    current, now = Scope().current(), timezone.now()
    assert current is not None
    change = policy_changes.ask(
        Scope(), {"attention_amount": 12}, base=current.pk, actor=cast.eva, reason="Tried", now=now
    )

    assert "retention.tasks.change_promises" in publish_due(timezone.now())

    until = time.monotonic() + 30
    while PolicyChange.objects.filter(pk=change.pk, finished_at=None).exists():
        assert time.monotonic() < until, "The worker never dated anew"
        time.sleep(0.1)
    assert Clock.objects.get().due_amount == 12
