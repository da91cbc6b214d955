"""The demo comes out of the engine: lived through, dated, never mailed, deletable in one step."""

from __future__ import annotations

import ast
import datetime as dt
from pathlib import Path

import pytest
from django.utils import timezone

import retention.demo
from accounts.models import Calendar, Team, User
from alerts.heartbeat import beat
from alerts.models import Alert, AlertEvent, Deadline, Delivery
from crm.models import Customer, Interaction
from retention.audit import audit
from retention.demo import run
from retention.demo.founding import SHARES

FOLDER = Path(retention.demo.__file__).parent


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small firm for two months: the whole one takes two minutes."""
    monkeypatch.setitem(SHARES, "Iberia", 14)
    monkeypatch.setitem(SHARES, "Andes", 8)


def test_its_code_writes_no_alert_deadline_or_delivery() -> None:
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                made = ast.unparse(node.func)
                forbidden = ("Alert(", "Deadline(", "Delivery(", "AlertEvent(")
                assert not any(f"{made}(".startswith(word) for word in forbidden), f"{file.name}: {made}"
                writes = made.endswith((".create", ".bulk_create", ".update", ".bulk_update"))
                assert not (writes and made.startswith(("Alert", "Deadline", "Delivery"))), f"{file.name}: {made}"


@pytest.mark.django_db
def test_it_lives_through_its_days_and_goes_in_one_step(few: None) -> None:
    people = User.objects.count()
    now = timezone.now()
    built = run.build(now, days=75)

    assert built.customers == 22
    assert built.interactions > 30
    assert Interaction.objects.latest("at").at > now - dt.timedelta(days=5)
    assert Alert.objects.exists()
    assert AlertEvent.objects.filter(kind="admitted").exists()
    assert not Delivery.objects.filter(state__in=("sent", "perhaps_sent", "refused")).exists()
    assert Delivery.objects.filter(state="withheld", reason__icontains="demo").exists()
    assert audit(now) == []
    # Whoever works here hears nothing of a past that never was.
    assert not Delivery.objects.filter(to_user__is_demo=False).exists()

    assert run.delete() == 22
    assert not Customer.objects.exists()
    assert not Deadline.objects.exists()
    assert not Delivery.objects.exists()
    assert not Team.objects.filter(is_demo=True).exists()
    assert not Calendar.objects.filter(name__contains="demo").exists()
    assert User.objects.count() == people


@pytest.mark.django_db
def test_it_is_made_once(few: None) -> None:
    beat(run.BUILT, timezone.now())

    with pytest.raises(ValueError, match="already"):
        run.build(timezone.now(), days=10)


@pytest.mark.django_db
def test_what_a_cut_off_build_left_is_removed_first(few: None) -> None:
    calendar = Calendar.objects.create(name="Iberia (demo)")
    Team.objects.create(name="Iberia (demo)", calendar=calendar, is_demo=True)

    assert run.build(timezone.now(), days=5).staff.teams["Iberia"].name == "Iberia (demo)"
