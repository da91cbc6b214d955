"""The watch list of the dissatisfied: who is on it since when, by what, and until when.

A rule for each reason says which stretches a client's rows make; the entries are brought in step with them, whatever
was logged, edited, taken back or said. So an entry whose cause is gone was never there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from crm.choices import Solved
from crm.events import Change, lock_clocks
from crm.log import UNDO_WINDOW
from crm.models import Clock, Customer, Interaction
from retention.models import SaidContent, WatchEntry, WatchReason

#: How they felt (1 angry … 5 delighted): from so low they are on the list, from so high and solved they are off it.
SOUR, CONTENT = 2, 4
#: Customers whose entries one round of an import brings in step.
BATCH = 1000


@dataclass(frozen=True)
class Stretch:
    """Time on the list: put there by an interaction, taken off by an interaction or somebody's word; UTC."""

    customer: int
    opened_at: dt.datetime
    opened_by: int
    closed_at: dt.datetime | None = None
    closed_by: int | None = None
    closed_word: int | None = None


#: For a reason: the stretches of these customers, from the rows as they are.
Rule = Callable[[Sequence[int]], Iterable[Stretch]]
_rules: dict[str, Rule] = {}


def register(reason: str, rule: Rule) -> None:
    """Let a reason put clients on the list; called when the app starts."""
    _rules[reason] = rule


@dataclass(frozen=True)
class Word:
    """One thing that was felt or said, in order of time; `sour` puts on the list, anything else takes off it."""

    customer: int
    at: dt.datetime
    sour: bool
    interaction: int | None = None
    said: int | None = None


def stretches_of(words: Iterable[Word]) -> list[Stretch]:
    """Walk the words of customers, each one's in order of time: the first sour one opens, the next content one ends."""
    found: list[Stretch] = []
    standing: dict[int, Stretch] = {}
    for word in words:
        since = standing.get(word.customer)
        if word.sour and since is None and word.interaction is not None:
            standing[word.customer] = Stretch(word.customer, word.at, word.interaction)
        elif not word.sour and since is not None:
            del standing[word.customer]
            ended = (word.at, word.interaction, word.said)
            found.append(Stretch(since.customer, since.opened_at, since.opened_by, *ended))
    return [*found, *standing.values()]


def felt(customers: Sequence[int]) -> list[Stretch]:
    """The rule of how they felt: an interaction with 1 or 2 until one with 4 or 5 that solved it, or a word."""
    rows = (
        Interaction.objects.kept()
        .filter(Q(sentiment__lte=SOUR) | Q(sentiment__gte=CONTENT, solved=Solved.YES), customer__in=customers)
        .annotate(felt_at=Coalesce("answered_at", "at"))
        .values_list("customer_id", "felt_at", "pk", "sentiment")
    )
    words = [Word(customer, at, (feeling or 0) <= SOUR, pk) for customer, at, pk, feeling in rows]
    said = SaidContent.objects.filter(customer__in=customers, taken_back_at=None)
    words += [Word(customer, at, False, None, pk) for customer, at, pk in said.values_list("customer_id", "at", "pk")]
    # Of one instant: what was felt stands before what somebody says about it.
    return stretches_of(sorted(words, key=lambda word: (word.at, word.said or 0, word.interaction or 0)))


def keep(customers: QuerySet[Customer], change: Change, now: dt.datetime) -> None:
    """Bring the list in step after facts changed (crm.events). Nothing is asked where nobody said how they feel."""
    if change.cause == "interaction" and change.felt:
        bring_in_step(list(customers.values_list("pk", flat=True)))
    elif change.cause == "import":
        sour = Interaction.objects.kept().filter(customer=OuterRef("pk"), sentiment__lte=SOUR)
        entries = WatchEntry.objects.filter(customer=OuterRef("pk"))
        ids = list(customers.filter(Exists(sour) | Exists(entries)).order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(ids), BATCH):
            bring_in_step(ids[start : start + BATCH])


def bring_in_step(customers: Sequence[int]) -> None:
    """Make the entries of these customers what their rows say, and the clocks with them (locked already)."""
    entries = WatchEntry.objects.filter(customer__in=customers)
    kept = {(entry.reason, entry.customer_id, entry.opened_by_id): entry for entry in entries}
    wanted = {(reason, one.customer, one.opened_by): one for reason, rule in _rules.items() for one in rule(customers)}
    gone = [entry.pk for key, entry in kept.items() if key not in wanted]
    fresh = [_entry(reason, one) for (reason, *_rest), one in wanted.items() if (reason, *_rest) not in kept]
    changed = [kept[key] for key, one in wanted.items() if key in kept and _take(kept[key], one)]
    if not (gone or fresh or changed):
        return
    WatchEntry.objects.filter(pk__in=gone).delete()
    # What ends first, so that two are never open at once.
    changed.sort(key=lambda entry: entry.closed_at is None)
    WatchEntry.objects.bulk_update(changed, ["opened_at", "closed_at", "closed_by", "closed_word"])
    WatchEntry.objects.bulk_create(fresh)
    standing = WatchEntry.objects.filter(customer=OuterRef("pk"), closed_at=None).order_by().values("customer")
    since = standing.annotate(first=Min("opened_at")).values("first")
    Clock.objects.filter(pk__in=customers).update(watched_since=Subquery(since))


def _entry(reason: str, one: Stretch) -> WatchEntry:
    entry = WatchEntry(customer_id=one.customer, reason=reason, opened_by_id=one.opened_by)
    _take(entry, one)
    return entry


def _take(entry: WatchEntry, one: Stretch) -> bool:
    """Write the stretch into its entry; False where it stood there already."""
    values = {
        "opened_at": one.opened_at,
        "closed_at": one.closed_at,
        "closed_by_id": one.closed_by,
        "closed_word_id": one.closed_word,
    }
    differs = any(getattr(entry, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(entry, name, value)
    return differs


@transaction.atomic
def say_content(customer: Customer, *, why: str, actor: User, now: dt.datetime) -> SaidContent:
    """Take a client off the list on somebody's word, with how they know."""
    lock_clocks(Customer.objects.one(customer.pk))
    said = SaidContent.objects.create(customer=customer, at=now.replace(microsecond=0), by=actor, why=why)
    bring_in_step([customer.pk])
    return said


@transaction.atomic
def take_back(said: SaidContent, *, actor: User, now: dt.datetime) -> bool:
    """Take the word back within ten minutes, as if never said; False when they are over or it was another's."""
    lock_clocks(Customer.objects.one(said.customer_id))
    mine = SaidContent.objects.filter(pk=said.pk, by=actor, taken_back_at=None, at__gte=now - UNDO_WINDOW)
    if not mine.update(taken_back_at=now):
        return False
    bring_in_step([said.customer_id])
    return True


register(WatchReason.FELT, felt)
