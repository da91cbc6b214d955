"""One import from the first row to the recompute at its end."""

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from typing import Protocol

from django.db import DataError, IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crm.events import Change, facts_changed
from crm.importing.context import Context
from crm.importing.finish import date_never_contacted, mark_wrong_addresses, recompute_people, refresh_statistics
from crm.importing.reading import Row
from crm.importing.records import Record, RecordReader
from crm.importing.tally import Rejects, Tally
from crm.importing.touches import TouchWriter
from crm.models import Customer
from crm.search import reindex

CHUNK = 2000
FEW = 500
#: Customers whose deadlines are reckoned in one statement, at the end.
SET = 5000

Progress = Callable[[str, int], None]


class Writer(Protocol):
    """Writes a batch of records into the database, within the transaction of its caller."""

    def write(self, records: list[Record]) -> None:
        """Write them and count each one in the context's tally."""

    def forget(self) -> None:
        """Drop what was remembered of a batch that was rolled back."""


class _Dry(Exception):
    """Rolls a dry run back."""


def import_rows(
    rows: Iterable[Row], reader: RecordReader, writer: Writer, context: Context, rejects: Rejects, progress: Progress
) -> Tally:
    """Write all rows, a chunk to a transaction; running it again after a break continues where it stopped."""
    total = Tally()
    for chunk in _chunks(rows):
        context.chunk += 1
        _write_chunk(chunk, reader, writer, context)
        for line, reason, cells in context.tally.rejections:
            rejects.add(line, reason, cells)
        total.add(context.tally)
        progress("rows", total.rows)
    return total


def rehearse_rows(
    rows: Iterable[Row], reader: RecordReader, writer: Writer, context: Context, rejects: Rejects, progress: Progress
) -> Tally:
    """The same writing, rolled back: what an import would do."""
    total = Tally()
    try:
        with transaction.atomic():
            total = import_rows(rows, reader, writer, context, rejects, progress)
            raise _Dry
    except _Dry:
        return total


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _write_chunk(rows: list[Row], reader: RecordReader, writer: Writer, context: Context) -> None:
    """All rows in one transaction; where the database refuses one, each by itself, so that only that one is lost."""
    try:
        with transaction.atomic():
            _write(rows, reader, writer, context)
        return
    except (DataError, IntegrityError):
        if len(rows) == 1:
            _refuse(rows[0], context)
            return
        writer.forget()
        context.owners.forget()
    whole = Tally()
    for row in rows:
        context.chunk += 1
        _write_chunk([row], reader, writer, context)
        whole.add(context.tally)
        whole.rejections += context.tally.rejections
    context.tally = whole


def _write(rows: list[Row], reader: RecordReader, writer: Writer, context: Context) -> None:
    context.tally = Tally(rows=len(rows))
    records = []
    for row in rows:
        record = reader.read(row)
        if reader.overflows(row):
            context.tally.reject(record, _("It has more cells than there are columns."))
        else:
            records.append(record)
    writer.write(records)


def _refuse(row: Row, context: Context) -> None:
    context.tally = Tally(rows=1)
    context.tally.reject(Record(row.line, row.cells, {}), _("The database can't keep what it holds."))


def finish(tally: Tally, writer: Writer, context: Context, progress: Progress) -> None:
    """The recompute in sets, once all rows are there: places of the never contacted, search texts, facts, deadlines."""
    date_never_contacted()
    if tally.created > FEW:
        refresh_statistics()
    if isinstance(writer, TouchWriter):
        recompute_people(writer.people)
        mark_wrong_addresses(writer.wrong, context)
    for ids in _sets(tally.reindex, CHUNK):
        reindex(ids)
    done = 0
    for ids in _sets(tally.customers, SET):
        facts_changed(_those(ids), change=Change(cause="import"), now=context.now)
        done += len(ids)
        progress("customers", done)


def _sets(ids: Collection[int], size: int) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def _those(ids: list[int]) -> QuerySet[Customer]:
    """A range where the ids have no gaps, as those of an import do: the databases plan that best."""
    if ids[-1] - ids[0] + 1 == len(ids):
        return Customer.objects.filter(pk__gte=ids[0], pk__lte=ids[-1])
    return Customer.objects.filter(pk__in=ids)
