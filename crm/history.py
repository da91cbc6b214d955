"""Who changed what, when, from what to what: of a customer and all that belongs to them."""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.formats import date_format, number_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import Team, User
from crm.keyset import instant
from crm.models import Attachment, Contact, ContactPoint, Customer, Interaction, Segment, Tag, Task

PAGE = 50
TRACKED: tuple[type[models.Model], ...] = (Customer, Contact, ContactPoint, Interaction, Task, Attachment)
#: Follows from other fields, or is nobody's doing.
UNTOLD = frozenset(
    "id counts_at local_date idempotency_key added_on returned_on is_demo entered_at version".split()
    # Of a file its name says enough.
    + "kind size interaction added_at added_by".split()
)


@dataclass(frozen=True)
class Difference:
    """One field; `before` and `after` in words, empty for nothing."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One save: `what` it was about ("person of contact: Clara"), `act` one of "+", "~", "-", `at` in UTC."""

    at: dt.datetime
    who: User | None
    what: str
    act: str
    differences: list[Difference]


@dataclass(frozen=True)
class Edge:
    """Where a page ends: older than this instant, and of that instant what comes after (table, history id)."""

    at: dt.datetime
    table: int
    pk: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.table}~{self.pk}"


def read_edge(text: str) -> Edge | None:
    """Read an edge from the address; None when it is none."""
    try:
        at, table, pk = text.replace(" ", "+").split("~")
        edge = Edge(instant(at), int(table), int(pk))
    except (ValueError, OverflowError):
        return None
    return edge


@dataclass(frozen=True)
class Page:
    changes: list[Change]
    older: str


def changes_of(customer: Customer, *, edge: Edge | None = None, size: int = PAGE) -> Page:
    """Return one page of changes, newest first. The number of queries does not grow with the rows."""
    lists = [_rows(table, customer, edge, size + 1) for table in range(len(TRACKED))]
    merged = heapq.merge(*lists, key=lambda entry: (-entry[1].history_date.timestamp(), entry[0], -entry[1].history_id))
    found = list(itertools.islice(merged, size + 1))
    page = found[:size]
    older = str(Edge(page[-1][1].history_date, page[-1][0], page[-1][1].history_id)) if len(found) > size else ""
    told = _Telling(page)
    changes = [told.change(table, row) for table, row in page]
    return Page([change for change in changes if change.differences or change.act != "~"], older)


def _rows(table: int, customer: Customer, edge: Edge | None, limit: int) -> list[tuple[int, Any]]:
    history = _history(table)
    mine = Q(id=customer.pk) if TRACKED[table] is Customer else Q(customer_id=customer.pk)
    rows = history.objects.filter(mine)
    if edge:
        older = Q(history_date__lt=edge.at)
        if table > edge.table:
            older |= Q(history_date=edge.at)
        elif table == edge.table:
            older |= Q(history_date=edge.at, history_id__lt=edge.pk)
        rows = rows.filter(older)
    before = history.objects.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id")).order_by("-history_id")
    rows = rows.annotate(before_id=Subquery(before.values("history_id")[:1]))
    rows = rows.select_related("history_user").order_by("-history_date", "-history_id")
    return [(table, row) for row in rows[:limit]]


def _history(table: int) -> Any:
    return TRACKED[table].history.model  # type: ignore[attr-defined]


class _Telling:
    """Puts one page of rows into words, with all that the words need read at once."""

    def __init__(self, page: list[tuple[int, Any]]) -> None:
        self.before = self._read_before(page)
        self.tags = self._read_tags(page)
        self.names = self._read_names([*(row for _table, row in page), *self.before.values()])

    def _read_before(self, page: list[tuple[int, Any]]) -> dict[tuple[int, int], Any]:
        wanted: dict[int, set[int]] = defaultdict(set)
        for table, row in page:
            if row.history_type == "~" and row.before_id:
                wanted[table].add(row.before_id)
        return {
            (table, row.history_id): row
            for table, ids in wanted.items()
            for row in _history(table).objects.filter(history_id__in=ids)
        }

    def _read_tags(self, page: list[tuple[int, Any]]) -> dict[int, list[int]]:
        """Tags by history row of customers."""
        tags: dict[int, list[int]] = defaultdict(list)
        table = TRACKED.index(Customer)
        ids = {row.history_id for one, row in page if one == table} | {pk for one, pk in self.before if one == table}
        if ids:
            rows = apps.get_model("crm", "HistoricalCustomer_tags")._default_manager.filter(history_id__in=ids)
            for history_id, pk in rows.values_list("history_id", "tag_id"):
                tags[history_id].append(pk)
        return tags

    def _read_names(self, rows: Iterable[Any]) -> dict[tuple[type[models.Model], int], str]:
        wanted: dict[type[models.Model], set[int]] = defaultdict(set)
        for row in rows:
            for field in _fields(row):
                pk = getattr(row, field.attname)
                if isinstance(field, models.ForeignKey) and pk is not None:
                    wanted[field.related_model].add(pk)
        for ids in self.tags.values():
            wanted[Tag].update(ids)
        return {
            (model, one.pk): str(one)
            for model in (User, Team, Segment, Tag, Contact, Customer)
            if wanted[model]
            for one in model._default_manager.filter(pk__in=wanted[model])
        }

    def change(self, table: int, row: Any) -> Change:
        before = self.before.get((table, row.before_id)) if row.before_id else None
        differences = [] if row.history_type == "-" else self._differences(table, row, before)
        return Change(row.history_date, row.history_user, self._what(table, row), row.history_type, differences)

    def _what(self, table: int, row: Any) -> str:
        model = TRACKED[table]
        if model is Customer:
            return ""
        if model is Contact:
            return str(row.name)
        if model is ContactPoint:
            person = self.names.get((Contact, row.contact_id), "")
            return f"{row.get_kind_display()} · {person}" if person else str(row.get_kind_display())
        if model is Interaction:
            day = date_format(localtime(row.at), _("j M Y"))
            return f"{row.get_channel_display()} · {day}"
        if model is Attachment:
            return _("File: %(title)s") % {"title": row.title}
        return _("Next step: %(title)s") % {"title": row.title}

    def _differences(self, table: int, row: Any, before: Any) -> list[Difference]:
        found = []
        for field in _fields(row):
            new = getattr(row, field.attname)
            old = getattr(before, field.attname) if before is not None else None
            if old == new or (before is None and new in (None, "", False, {})):
                continue
            told = Difference(_label(field), self._words(field, old, before), self._words(field, new, row))
            if told.before != told.after:
                found.append(told)
        if TRACKED[table] is Customer:
            found += self._tag_difference(row, before)
        return found

    def _tag_difference(self, row: Any, before: Any) -> list[Difference]:
        new = sorted(self.tags.get(row.history_id, []))
        old = sorted(self.tags.get(before.history_id, [])) if before is not None else []
        if old == new:
            return []

        def words(ids: list[int]) -> str:
            return ", ".join(self.names.get((Tag, pk), "?") for pk in ids)

        return [Difference(capfirst(_("tags")), words(old), words(new))]

    def _words(self, field: Any, value: Any, row: Any) -> str:
        if value is None or value == "" or value == {}:
            return ""
        if isinstance(field, models.ForeignKey):
            return self.names.get((field.related_model, value), "#" + str(value))
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        return _plain_words(value)


def _plain_words(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dt.datetime):
        return date_format(localtime(value), _("j M Y H:i"))
    if isinstance(value, dt.date):
        return date_format(value, _("j M Y"))
    if isinstance(value, dict):
        return ", ".join(f"{key}: {text}" for key, text in value.items())
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (int, float)) or hasattr(value, "quantize"):
        return number_format(value, use_l10n=True, force_grouping=True)
    return str(value)


def _fields(row: Any) -> list[Any]:
    """The columns of a history row that are of the thing itself."""
    return [
        field
        for field in row._meta.concrete_fields
        if not field.name.startswith("history_") and field.name not in UNTOLD and field.name != "customer"
    ]


def _label(field: Any) -> str:
    names = {
        "archived_at": _("archived"),
        "departed_at": _("departed"),
        "returned_at": _("came back"),
        "done_at": _("done"),
        "done_by": _("done by"),
        "deleted_at": _("removed"),
        "deleted_by": _("removed by"),
        "removed_at": _("removed"),
        "removed_by": _("removed by"),
        "purged_at": _("its content deleted"),
        "entered_by": _("written down by"),
        "created_by": _("planned by"),
        "created_at": _("planned"),
        "cancelled_at": _("dropped"),
        "bad_since": _("does not work since"),
        "counts_as": _("counts as"),
        "undone": _("undone"),
        "fulfils": _("agreed date"),
        "with_whom": _("with whom"),
        "from_interaction": _("from the contact"),
        "import_source": _("imported from"),
        "external_id": _("number there"),
        "import_k": _("place in the import"),
        "import_n": _("places in the import"),
        "position": _("place"),
        "contact": _("person of contact"),
    }
    return capfirst(str(names.get(field.name, field.verbose_name)))
