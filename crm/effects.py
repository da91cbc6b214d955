"""What saving an interaction does, as data for the drawer's line and the toast.

The reading comes from the rows after the save; apps above add their lines (alerts: "one alert
closes") by `contribute` in their `AppConfig.ready()`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from crm.models import Clock, Customer, Interaction

#: What apps above add: open alerts (int), when a call back is due and when the next rung is told (instants).
OPEN_ALERTS = "open_alerts"
CALL_BACK_DUE = "call_back_due"
TELLS_AT = "tells_at"


@dataclass(frozen=True)
class Reading:
    """The clock of a customer before or after: due instant (UTC) and kind, with what apps above add."""

    due_at: dt.datetime | None
    due_kind: str
    extra: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Effect:
    """`counts_as` of the interaction; the reading before and after; `clock` after the save."""

    counts_as: str
    before: Reading
    after: Reading
    clock: Clock


Contribution = Callable[[Customer], dict[str, object]]
_contributions: list[Contribution] = []


def contribute(contribution: Contribution) -> None:
    """Add numbers that are read before and after a save, such as the count of open alerts."""
    _contributions.append(contribution)


def reading_before(customer: Customer, clock: Clock, *, whole: bool) -> Reading:
    """Read before a save; `whole` asks the apps above too, by one query each."""
    return _read(customer, clock, whole)


def effect_of(before: Reading, interaction: Interaction, *, whole: bool) -> Effect:
    """Read the rows after a save of `interaction`; one query, with `whole` those of the apps above too."""
    clock = Clock.objects.select_related("calendar").get(pk=interaction.customer_id)
    return Effect(interaction.counts_as, before, _read(interaction.customer, clock, whole), clock)


def _read(customer: Customer, clock: Clock, whole: bool) -> Reading:
    extra: dict[str, object] = {}
    for contribution in _contributions if whole else ():
        extra |= contribution(customer)
    return Reading(clock.due_at, clock.due_kind, extra)
