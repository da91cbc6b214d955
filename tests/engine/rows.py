"""The rows that the engine writes, read so that two states of them can be compared."""

from __future__ import annotations

from typing import Any

from alerts.models import Alert, AlertEvent, Deadline, Delivery, DeliveryItem, Hold, Morning
from crm.models import Clock, Task


def snapshot() -> dict[str, Any]:
    """Every row that reconcile and sweep write."""
    models = (Clock, Deadline, Alert, AlertEvent, Hold, Morning, Delivery, DeliveryItem)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def said() -> dict[str, Any]:
    """Open deadlines, alerts with their events and holds, open tasks: what an undo leaves as it was."""
    columns = "kind subject_key anchor_at due_at opens_at not_before opened_at alert first_response_at".split()
    return {
        "deadlines": sorted(map(str, Deadline.objects.open().values_list(*columns))),
        "alerts": sorted(map(str, Alert.objects.values_list())),
        "events": list(AlertEvent.objects.order_by("pk").values_list()),
        "holds": sorted(map(str, Hold.objects.values_list("alert", "why", "until_at", "interaction"))),
        "tasks": sorted(map(str, Task.objects.open().values_list("pk", "due_on"))),
    }


def differ(got: Any, want: Any) -> str:
    """What two dictionaries, or sets, do not share, in few words."""
    if isinstance(got, dict):
        got, want = set(map(str, got.items())), set(map(str, want.items()))
    return f"only in the rows: {sorted(map(str, got - want))}; only in the walk: {sorted(map(str, want - got))}"
