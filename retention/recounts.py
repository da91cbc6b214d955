"""What counts, applied to what was logged before: previewed, done by a job by owners, undone as a whole (A8)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, CharField, Count, DateTimeField, Exists, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import gettext, pgettext

from accounts.models import User
from accounts.setting_history import said_why
from alerts.choices import Cause, Kind
from alerts.insert_select import insert_select
from alerts.models import Alert, Deadline
from crm.choices import FELT, CountsAs
from crm.counting import table
from crm.events import Change, facts_changed, lock_clocks
from crm.importing.finish import recompute_people
from crm.models import Clock, Contact, Customer, Interaction
from crm.scope import reckon_dates
from retention import jobs
from retention.models import Recount, Recounted
from retention.policies import shares_of

#: Clients that a preview goes through at most: about the work of five seconds.
MOST = 5000
#: The reason in a contact's history.
WHY = "what counts changed"


@dataclass(frozen=True)
class Foreseen:
    """What a recount would do: how many contacts change their class, and what that does to `looked_at` clients."""

    contacts: int
    clients: int
    looked_at: int
    earlier: int
    later: int
    overdue: int
    no_more: int
    closing: int
    opening: int
    call_backs: int


def rules_now() -> dict[str, str]:
    """The table as it is now, each cell as one word."""
    return {"/".join(cell): counts_as for cell, counts_as in sorted(table().items())}


def signature(rules: dict[str, str]) -> str:
    """The table as one word, to know whether what it does was looked at."""
    return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()[:20]


def changing(rules: dict[str, str]) -> QuerySet[Interaction]:
    """The contacts that count otherwise by `rules`, each with what it `becomes`."""
    cells: dict[str, list[str]] = {}
    for word, counts_as in rules.items():
        cells.setdefault(counts_as, []).append(word)
    cell = Concat("channel", Value("/"), "direction", Value("/"), "outcome", output_field=CharField())
    becomes = Case(
        When(mass=True, then=Value(CountsAs.NOTHING.value)),
        *(When(cell__in=words, then=Value(counts_as)) for counts_as, words in cells.items()),
        default=Value(CountsAs.NOTHING.value),
        output_field=CharField(),
    )
    kept = Interaction.objects.filter(deleted_at__isnull=True)
    return kept.annotate(cell=cell).annotate(becomes=becomes).exclude(counts_as=F("becomes"))


def _undoing(run: Recount) -> QuerySet[Interaction]:
    """The contacts that a recount changed and that stand as it left them, each with what it was."""
    rows = Recounted.objects.filter(recount=run, interaction=OuterRef("pk"))
    kept = Interaction.objects.filter(Exists(rows.filter(became=OuterRef("counts_as"))), deleted_at__isnull=True)
    return kept.annotate(becomes=Subquery(rows.values("was")[:1]))


def _wanted(run: Recount) -> QuerySet[Interaction]:
    if run.undoes_id is not None:
        return _undoing(Recount.objects.get(pk=run.undoes_id))
    return changing(run.rules)


def preview(*, now: dt.datetime) -> Foreseen:
    """What `ask` would do, by doing it for the first MOST clients in a transaction that is rolled back."""
    rules = rules_now()
    found = changing(rules).aggregate(contacts=Count("pk"), clients=Count("customer", distinct=True))
    theirs = changing(rules).order_by("customer").values_list("customer", flat=True).distinct()[:MOST]
    customers = Customer.objects.filter(pk__in=list(theirs))
    before = _reading(customers, now)
    with transaction.atomic():
        _apply(_planned(rules, None, "preview", now, total=0), customers, now)
        after = _reading(customers, now)
        transaction.set_rollback(True)
    return _compared(before, after, found["contacts"], found["clients"])


@dataclass(frozen=True)
class _Reading:
    """Clients' last attention, who is overdue, the open alerts of silences and of call backs."""

    last: dict[int, dt.datetime | None]
    overdue: frozenset[int]
    alerts: frozenset[int]
    call_backs: frozenset[int]


def _reading(customers: QuerySet[Customer], now: dt.datetime) -> _Reading:
    clocks = Clock.objects.filter(pk__in=customers.values("pk"))
    calls = Deadline.objects.open().filter(customer__in=customers.values("pk"), kind=Kind.CALL_BACK)
    alerts = Alert.objects.open().filter(customer__in=customers.values("pk"))
    return _Reading(
        dict(clocks.values_list("pk", "last_attention_at")),
        frozenset(clocks.filter(active=True, due_at__lte=now).values_list("pk", flat=True)),
        frozenset(alerts.values_list("pk", flat=True)),
        frozenset(calls.values_list("customer_id", flat=True)),
    )


def _compared(before: _Reading, after: _Reading, contacts: int, clients: int) -> Foreseen:
    never = dt.datetime.min.replace(tzinfo=dt.UTC)
    moves = [(old or never, after.last[pk] or never) for pk, old in before.last.items()]
    return Foreseen(
        contacts=contacts,
        clients=clients,
        looked_at=len(before.last),
        earlier=sum(new < old for old, new in moves),
        later=sum(new > old for old, new in moves),
        overdue=len(after.overdue - before.overdue),
        no_more=len(before.overdue - after.overdue),
        closing=len(before.alerts - after.alerts),
        opening=len(after.overdue - before.overdue),
        call_backs=len(after.call_backs - before.call_backs),
    )


@transaction.atomic
def ask(*, seen: str, actor: User, reason: str, now: dt.datetime) -> Recount:
    """Have the table as it stands applied to what was logged before.

    Raises ValidationError: not what was looked at (`seen`), no reason, nothing to do, one under way already.
    """
    rules = rules_now()
    if seen != signature(rules):
        raise ValidationError(gettext("Something was changed since you looked: see what it does now."))
    reason = said_why(reason)
    _refuse_beside_another()
    total = changing(rules).count()
    if not total:
        raise ValidationError(gettext("Everything that was logged counts so already."))
    return _planned(rules, actor, reason, now, total=total)


@transaction.atomic
def undo(run: Recount, *, actor: User, now: dt.datetime) -> Recount:
    """Let every contact that a recount changed count as before it; a job like any other.

    What somebody edited since stays as they left it. Raises ValidationError where it was undone, or another is later.
    """
    run = Recount.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if run.undone_at is not None or Recount.objects.filter(pk__gt=run.pk).exists():
        raise ValidationError(gettext("This was changed again since then; change it as it stands now."))
    _refuse_beside_another()
    Recount.objects.filter(pk=run.pk).update(undone_at=now)
    return _planned(run.rules, actor, pgettext("reason", "undone"), now, total=_undoing(run).count(), undoes=run)


def _refuse_beside_another() -> None:
    if Recount.objects.filter(finished_at=None).exists():
        raise ValidationError(gettext("One change of the history is under way; wait until it is done."))


def _planned(
    rules: dict[str, str],
    actor: User | None,
    reason: str,
    now: dt.datetime,
    *,
    total: int,
    undoes: Recount | None = None,
) -> Recount:
    return Recount.objects.create(
        rules=rules, reason=reason, asked_at=now, asked_by=actor, total=total, held_until=now, undoes=undoes
    )


def waits(now: dt.datetime) -> bool:
    """Whether one is to be worked on by whoever comes."""
    return jobs.waits(Recount, now)


def work(now: dt.datetime, clock: Callable[[], dt.datetime] = timezone.now) -> bool:
    """Do the oldest recount that nobody holds; False where there is none."""

    def do(run: Recount, tell: jobs.Tell) -> None:
        Recount.objects.filter(pk=run.pk).update(done=run.rows.count())
        theirs = Customer.objects.filter(pk__in=_wanted(run).order_by().values("customer"))
        for share in shares_of(theirs, now):
            # The clients of one transaction are named: once recounted, nothing finds them any more.
            chosen = Customer.objects.filter(pk__in=list(share.values_list("pk", flat=True)))
            tell(_apply(run, chosen, now))

    return jobs.work(Recount, do, now, clock)


@transaction.atomic
def _apply(run: Recount, customers: QuerySet[Customer], now: dt.datetime) -> int:
    """Recount what `customers` were given, and all that follows from it; returns the number of contacts changed."""
    lock_clocks(customers)
    rows = Recounted.objects.filter(recount=run, interaction__customer__in=customers.values("pk"))
    fresh = _wanted(run).filter(customer__in=customers.values("pk"))
    fresh = fresh.exclude(pk__in=rows.values("interaction")).order_by()
    columns = {"recount_id": Value(run.pk), "interaction_id": F("pk"), "was": F("counts_as"), "became": F("becomes")}
    number = insert_select(Recounted, columns, fresh)
    mine = rows.filter(interaction=OuterRef("pk"), was=OuterRef("counts_as"))
    changed = Interaction.objects.filter(Exists(mine), customer__in=customers.values("pk"))
    replied = {"answered_at__isnull": False}
    changed.annotate(becomes=Subquery(mine.values("became")[:1])).update(
        counts_at=Case(When(becomes__in=FELT, **replied, then=F("answered_at")), default=F("at")),
        counts_as=Subquery(mine.values("became")[:1]),
    )
    reckon_dates(customers)
    _keep_history(Interaction.objects.filter(pk__in=rows.values("interaction")), run, now)
    people = Contact.objects.filter(interactions__in=rows.values("interaction"))
    recompute_people(set(people.values_list("pk", flat=True)))
    change = Change(Cause.COUNTING, run.pk, run.asked_by, undo=run.undoes_id is not None, gentle=True)
    facts_changed(customers, change=change, now=now, scope=False, locked=True)
    return number


def _keep_history(rows: QuerySet[Interaction], run: Recount, now: dt.datetime) -> None:
    tracker = Interaction.history.model
    own = {
        "history_date": Value(now, DateTimeField()),
        "history_type": Value("~"),
        "history_change_reason": Value(WHY),
        "history_user_id": Value(run.asked_by_id, Interaction._meta.get_field("entered_by")),
    }
    fields = [field.attname for field in tracker._meta.concrete_fields if not field.name.startswith("history_")]
    insert_select(tracker, {name: F(name) for name in fields} | own, rows.order_by())
