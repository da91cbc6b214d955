"""The registry of deadline providers: each app says what its kinds of promise want and what meets them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, QuerySet, Subquery, Value
from django.db.models.functions import Cast

from alerts.models import Wanted as WantedRow
from crm.models import Customer

#: What a promise is, in the order of every `wanted` SELECT (fields of alerts.models.Promise).
PROMISE = (
    "kind",
    "subject_key",
    "subject_id",
    "customer_id",
    "calendar_id",
    "amount",
    "unit",
    "source",
    "version",
    "anchor_at",
    "anchor_date",
    "anchor_interaction_id",
    "meets_from",
)
#: How its instants are reckoned (fields of alerts.models.Wanted); they follow in the SELECT.
RECKONING = ("days", "day", "first_days", "not_before_day", "tried_on", "grace_days", "at_once")
COLUMNS = PROMISE + RECKONING


@dataclass(frozen=True)
class Meeting:
    """What meets a deadline, as subqueries over a Deadline (OuterRef to its columns).

    `at`: the instant of the event, NULL while unmet; `by`: the interaction, if one; `still`: whether
    what met a settled deadline (its met_at, met_by) holds still.
    """

    at: Subquery
    by: Subquery | None
    still: Exists


def columns(rows: QuerySet[Any], promise_kind: str, /, **given: Any) -> QuerySet[Any]:
    """The SELECT of COLUMNS over `rows`: `given` names each by a field, an annotation or an expression.

    What is not given is null (`grace_days` 0, `at_once` false).
    """
    types = {field.attname: field for field in WantedRow._meta.concrete_fields}
    # Typed nulls: PostgreSQL would take them for text in a union.
    null: dict[str, Any] = {name: Cast(Value(None), types[name]) for name in COLUMNS}
    null |= {"grace_days": Value(0, types["grace_days"]), "at_once": Value(False, types["at_once"])}
    expressions = null | {"kind": Value(promise_kind, types["kind"])} | given
    selected: QuerySet[Any] = rows.annotate(**{f"w_{name}": expressions[name] for name in COLUMNS}).values_list(
        *(f"w_{name}" for name in COLUMNS)
    )
    return selected


Wanted = Callable[[QuerySet[Customer], dt.datetime], Iterable[QuerySet[Any]]]


@dataclass(frozen=True)
class Provider:
    """One app's word on its kinds: `wanted` gives SELECTs of COLUMNS for the given customers."""

    kinds: tuple[str, ...]
    wanted: Wanted
    meeting: Callable[[], Meeting]
    after: Callable[[QuerySet[Customer], dt.datetime], None] | None = None


_providers: list[Provider] = []


def register_provider(provider: Provider) -> None:
    _providers.append(provider)


def providers() -> Iterator[Provider]:
    yield from _providers


def meetings() -> Iterable[tuple[tuple[str, ...], Callable[[], Meeting]]]:
    """Each distinct way of meeting with the kinds that it is for, so that each is one statement."""
    grouped: dict[Any, list[str]] = {}
    for provider in providers():
        grouped.setdefault(provider.meeting, []).extend(provider.kinds)
    for meeting, kinds in grouped.items():
        yield tuple(kinds), meeting
