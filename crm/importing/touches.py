"""Rows of activities written in bulk as interactions, notes and tasks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from crm.choices import Channel, CountsAs
from crm.counting import class_of, table
from crm.importing.bulk import Blank, insert_rows
from crm.importing.context import Context
from crm.importing.deeds import Choices, Deed, DeedReader
from crm.importing.history import keep_history
from crm.importing.outcomes import Becomes
from crm.importing.records import Record, RejectedRow
from crm.importing.whom import Found, Whom
from crm.models import Customer, Interaction, Note, Task

_KINDS: dict[Becomes, type[Interaction] | type[Note] | type[Task]] = {
    Becomes.INTERACTION: Interaction,
    Becomes.NOTE: Note,
    Becomes.TASK: Task,
}

_BLANKS: dict[Becomes, Blank[Any]] = {kind: Blank(model) for kind, model in _KINDS.items()}


@dataclass
class Batch:
    """What one batch will write, by model."""

    new: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Home:
    """What is needed of the customer: the owner's id and the zone of their calendar."""

    owner: int | None
    zone: ZoneInfo


class TouchWriter:
    """Writes batches of activity records; each ``write`` is one transaction of its caller."""

    def __init__(self, context: Context, choices: Choices) -> None:
        self._context = context
        self._reader = DeedReader(context, choices)
        self._whom = Whom(context)
        self._rules = table()
        self.people: set[int] = set()
        #: Addresses that turned out to be wrong: (customer, person, kind) → when last.
        self.wrong: dict[tuple[int, int | None, str], datetime] = {}

    def write(self, records: Sequence[Record]) -> None:
        """Write one batch: every record becomes an interaction, a note or a task, or is rejected."""
        deeds: list[tuple[Deed, Found]] = []
        self._whom.load(records)
        for record in records:
            try:
                deeds.append(self._understand(record))
            except RejectedRow as reason:
                self._context.tally.reject(record, str(reason))
        self._context.owners.prepare({deed.who for deed, _found in deeds if deed.who})
        self._homes = self._load_homes({customer for _deed, (customer, _person) in deeds})
        self._save(deeds)

    def forget(self) -> None:
        """Drop what was remembered of a batch that was rolled back."""
        self._whom = Whom(self._context)

    def _understand(self, record: Record) -> tuple[Deed, Found]:
        deed = self._reader.read(record)
        found = self._whom.find(record)
        if found is None:
            raise RejectedRow(_("Nobody here has this name, address or number. Import customers and contacts first."))
        return deed, found

    def _load_homes(self, ids: set[int]) -> dict[int, Home]:
        rows = Customer.objects.filter(pk__in=ids).values_list("pk", "owner_id", "clock__calendar__zone")
        home = self._context.owners.home_zone
        return {pk: Home(owner, ZoneInfo(zone or home)) for pk, owner, zone in rows}

    def _save(self, deeds: Sequence[tuple[Deed, Found]]) -> None:
        keys = [deed.key for deed, _found in deeds]
        here = {
            kind: {row.external_id: row for row in model._default_manager.filter(
                import_source=self._context.source, external_id__in=keys)}
            for kind, model in _KINDS.items()
        }  # fmt: skip
        touched_by_people = self._edited(here[Becomes.INTERACTION])
        batch = Batch()
        for deed, found in deeds:
            self._context.tally.count(self._place(deed, found, here, batch, touched_by_people))
            self._context.tally.customers.add(found[0])
            if found[1] is not None:
                self.people.add(found[1])
        self._write_rows(batch)

    def _edited(self, interactions: dict[str, Any]) -> set[int]:
        """Interactions that a person has edited or deleted since: what they say stands."""
        ids = [row.pk for row in interactions.values()]
        tracker = Interaction.history.model
        edited = tracker.objects.filter(id__in=ids, history_user__isnull=False).values_list("id", flat=True)
        return set(edited) | {row.pk for row in interactions.values() if row.deleted_by_id or row.undone}

    def _place(
        self,
        deed: Deed,
        found: Found,
        here: dict[Becomes, dict[str, Any]],
        batch: Batch,
        touched_by_people: set[int],
    ) -> str:
        """Put one deed into the batch and say whether it creates, updates or leaves a row."""
        kind = deed.meaning.becomes
        fields = self._fields(deed, found)
        self._note_wrong_address(fields, found)
        row = here[kind].get(deed.key)
        others = [other for one, rows in here.items() if one is not kind and (other := rows.get(deed.key))]
        if any(isinstance(other, Interaction) and other.pk in touched_by_people for other in others):
            return "unchanged"
        if row is None:
            self._withdraw(others, batch)
            row = _BLANKS[kind].new(import_source=self._context.source, external_id=deed.key, **fields)
            here[kind][deed.key] = batch.new[deed.key] = row
            self._tell(row, batch, deed, found)
            return "updated" if others else "created"
        if row.pk in touched_by_people and kind is Becomes.INTERACTION:
            return "unchanged"
        if deed.key in batch.new or not self._change(row, fields):
            return "unchanged"
        batch.changed[deed.key] = row
        self._tell(row, batch, deed, found)
        return "updated"

    def _tell(self, row: Any, batch: Batch, deed: Deed, found: Found) -> None:
        kind = row.counts_as if isinstance(row, Interaction) else deed.meaning.becomes.value
        self._context.tally.became[str(kind)] += 1
        if found[1] is not None and isinstance(row, Interaction):
            batch.people[deed.key] = found[1]

    def _fields(self, deed: Deed, found: Found) -> dict[str, Any]:
        customer, home = found[0], self._homes[found[0]]
        by = self._context.owners.find(deed.who)
        words = "\n".join(filter(None, (deed.title, deed.text)))
        if deed.meaning.becomes is Becomes.NOTE:
            return {
                "customer_id": customer,
                "text": _note_text(deed, words),
                "at": deed.at,
                "by_id": by.pk if by else None,
            }
        if deed.meaning.becomes is Becomes.TASK:
            return self._task_fields(deed, customer, home, by, words)
        meaning = deed.meaning
        return {
            "customer_id": customer,
            "channel": meaning.channel,
            "direction": meaning.direction,
            "outcome": meaning.outcome,
            "at": deed.at,
            "counts_as": class_of(meaning.channel, meaning.direction, meaning.outcome, mass=False, rules=self._rules),
            "counts_at": deed.at,
            "local_date": deed.at.astimezone(home.zone).date(),
            "minutes": deed.minutes,
            "summary": words,
            "by_id": by.pk if by else None,
            "entered_at": self._context.now,
        }

    def _task_fields(self, deed: Deed, customer: int, home: Home, by: Any, words: str) -> dict[str, Any]:
        done = deed.meaning.done
        return {
            "customer_id": customer,
            "title": " · ".join(filter(None, (deed.title, deed.text)))[:200] or deed.record.text("act")[:200] or "…",
            "due_on": deed.due or deed.at.astimezone(home.zone).date(),
            "channel": deed.meaning.channel,
            "owner_id": by.pk if by else home.owner,
            "created_at": min(deed.at, self._context.now),
            "done_at": min(deed.at, self._context.now) if done else None,
        }

    def _change(self, row: Any, fields: dict[str, Any]) -> bool:
        """Take over what differs; who and when it was entered stays, and an empty cell says nothing."""
        keep = {"entered_at", "customer_id", "created_at", "local_date"}
        if isinstance(row, Task) and row.done_at:
            keep.add("done_at")
        changed = [
            name
            for name, value in fields.items()
            if name not in keep and value not in ("", None) and getattr(row, name) != value
        ]
        for name in changed:
            setattr(row, name, fields[name])
        if isinstance(row, Interaction) and row.deleted_at is not None:
            row.deleted_at = None
            changed.append("deleted_at")
        if isinstance(row, Interaction) and changed:
            row.local_date = fields["local_date"]
        return bool(changed)

    def _withdraw(self, others: Sequence[Any], batch: Batch) -> None:
        """The same activity under another kind, since it is understood otherwise now: the old row gives way."""
        for other in others:
            if isinstance(other, Note):
                other.delete()
            elif isinstance(other, Task):
                other.cancelled_at = self._context.now
                other.save(update_fields=["cancelled_at"])
            else:
                other.deleted_at = self._context.now
                other.save(update_fields=["deleted_at"])

    def _note_wrong_address(self, fields: dict[str, Any], found: Found) -> None:
        if fields.get("counts_as") != CountsAs.MARKS_ADDRESS:
            return
        kind = "phone" if fields["channel"] in (Channel.CALL, Channel.VIDEO, Channel.CHAT) else "email"
        key = (*found, kind)
        self.wrong[key] = max(fields["at"], self.wrong.get(key, fields["at"]))

    def _write_rows(self, batch: Batch) -> None:
        for model in _KINDS.values():
            new = [row for row in batch.new.values() if isinstance(row, model)]
            changed = [row for row in batch.changed.values() if isinstance(row, model)]
            insert_rows(model, new)
            if changed:
                self._write_changed(model, changed)
            if model is Interaction:
                self._tie_people(batch, [row.external_id for row in (*new, *changed)])
            if model is not Note:
                for rows, sign in ((new, "+"), (changed, "~")):
                    ids = [row.pk for row in rows]
                    keep_history(model, ids, sign=sign, now=self._context.stamp, why=self._context.why)

    def _write_changed(self, model: Any, rows: Sequence[Any]) -> None:
        names = {
            Interaction: "channel direction outcome at counts_as counts_at local_date minutes summary by deleted_at version",
            Note: "text at by",
            Task: "title due_on channel owner done_at version",
        }[model]
        for row in rows:
            if hasattr(row, "version"):
                row.version += 1
        model._default_manager.bulk_update(rows, names.split(), batch_size=500)

    def _tie_people(self, batch: Batch, keys: Sequence[str]) -> None:
        through = Interaction.participants.through
        rows = batch.new | batch.changed
        pairs = [(rows[key].pk, batch.people[key]) for key in keys if key in batch.people]
        have = set(
            through.objects.filter(interaction__in=[one for one, _person in pairs]).values_list(
                "interaction_id", "contact_id"
            )
        )
        insert_rows(
            through,
            [through(interaction_id=one, contact_id=person) for one, person in pairs if (one, person) not in have],
        )


def _note_text(deed: Deed, words: str) -> str:
    """A note keeps what kind of activity it was and how it ended, in the file's own words."""
    if not deed.meaning.why:
        return words or "…"
    kind = [text for name in ("act", "outcome") for _column, text in deed.record.all(name)]
    return "\n".join(filter(None, (" · ".join(kind), words))) or "…"
