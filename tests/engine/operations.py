"""What people do, drawn at random: each operation is the product's own; it is counted when it did something."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from django.core.exceptions import ValidationError

from accounts.calendar_plan import Edit, applied, mark_of, plan_of
from accounts.models import Absence, Calendar, User
from alerts.sweep import run_sweep
from crm.agreements import agree_on_date, resume_follow_up, stop_follow_up, withdraw_date
from crm.archive import archive, change_stage, unarchive
from crm.events import Change, facts_changed
from crm.log import Entry, NextStep, delete_interaction, edit_interaction, log_interaction, undo_interaction
from crm.models import AgreedDate, Customer, Interaction, Segment, Task
from crm.ownership import reassign
from crm.profile import Extras, save_customer
from crm.tasks import mark_done, mark_open, plan_task
from retention import calendar_changes
from retention.policies import Scope, change_policy, end_policy
from tests.cast import Cast
from tests.engine.oracle import WRITTEN, Oracle
from tests.engine.rows import said
from tests.engine.script import DAY, HOUR, MINUTE, SWEEP_AFTER, TERMS, Step


@dataclass
class Stage:
    """The world in which steps are played, with the oracle that follows."""

    cast: Cast
    calendars: list[Calendar]
    now: dt.datetime
    oracle: Oracle
    done: Counter[str] = field(default_factory=Counter)
    follows: bool = True

    def customers(self) -> list[Customer]:
        return list(Customer.objects.order_by("pk"))

    def a_customer(self, step: Step) -> Customer:
        found = self.customers()
        return found[step.pick % len(found)]

    def a_served_one(self, step: Step) -> Customer:
        """A client to whom attention is owed, if there is one."""
        served = Customer.objects.active().exclude(no_follow_ups__isnull=False, no_follow_ups__until_at=None)
        found = list(served.order_by("pk"))
        return found[step.pick % len(found)] if found else self.a_customer(step)

    def follow(self, *, gentle: bool = False, removal: bool = False) -> None:
        if self.follows:
            self.oracle.follow(self.now, gentle=gentle, removal=removal)

    def play(self, step: Step) -> None:
        """Let time pass, do it and follow; what the product refuses does nothing."""
        self.now += step.wait
        try:
            self.done[step.name] += OPERATIONS[step.name](self, step)
        except ValidationError:
            self.done["refused"] += 1


Operation = Callable[[Stage, Step], bool]
OPERATIONS: dict[str, Operation] = {}
#: How often each is drawn beside the others.
WEIGHTS: dict[str, int] = {}


def operation(weight: int) -> Callable[[Operation], Operation]:
    def register(act: Operation) -> Operation:
        OPERATIONS[act.__name__] = act
        WEIGHTS[act.__name__] = weight
        return act

    return register


def names() -> list[str]:
    """All operations, each as often as it weighs."""
    return [name for name, weight in WEIGHTS.items() for _ in range(weight)]


# --- Contacts --------------------------------------------------------------------------------------------------------


def _entry(stage: Stage, step: Step, customer: Customer) -> Entry:
    direction, outcome = step.outcome
    at = stage.now - step.ago
    others = list(Interaction.objects.filter(customer=customer, deleted_at=None).order_by("pk"))
    if others and step.more % 7 == 0:
        # At the very second of another one.
        at = others[step.pick % len(others)].counts_at
    agreed = AgreedDate.objects.filter(customer=customer, withdrawn_at=None).first()
    if agreed and step.more % 4 == 2:
        # On the very day, or as near as it can be.
        at = min(dt.datetime.combine(agreed.day, dt.time(12), tzinfo=dt.UTC), stage.now)
    answered = step.channel in WRITTEN and outcome == "reached" and step.flag
    return Entry(
        customer=customer,
        channel=step.channel,
        direction=direction,
        outcome=outcome,
        at=at,
        answered_at=min(at + 5 * HOUR, max(at, stage.now)) if answered else None,
        mass=step.more == 1,
        fulfils=agreed if step.more % 3 == 0 else None,
    )


def _log(stage: Stage, step: Step) -> Interaction:
    customer = stage.a_customer(step)
    promised = NextStep("Call", stage.now.date() + 3 * DAY, promised=True) if step.more % 11 == 1 else None
    ticked = list(Task.objects.open().filter(customer=customer, promised=True)) if step.more % 5 == 2 else []
    entry = replace(_entry(stage, step, customer), next_step=promised, done_tasks=ticked)
    return log_interaction(entry, actor=stage.cast.ana, now=stage.now).interaction


@operation(9)
def log(stage: Stage, step: Step) -> bool:
    _log(stage, step)
    stage.follow()
    return True


def _kept(step: Step) -> Interaction | None:
    kept = Interaction.objects.filter(deleted_at=None).order_by("-pk")
    return kept[step.more % len(kept)] if kept else None


@operation(3)
def edit(stage: Stage, step: Step) -> bool:
    if (kept := _kept(step)) is None:
        return log(stage, step)
    customer = stage.a_customer(step) if step.flag else kept.customer
    edit_interaction(kept, _entry(stage, step, customer), actor=stage.cast.ana, now=stage.now)
    stage.follow(removal=True)
    return True


@operation(3)
def delete(stage: Stage, step: Step) -> bool:
    if (kept := _kept(step)) is None:
        return log(stage, step)
    delete_interaction(kept, actor=stage.cast.bruno, now=stage.now)
    stage.follow(removal=True)
    return True


@operation(4)
def undo(stage: Stage, step: Step) -> bool:
    """Undo what was just logged: all that speaks of it is as it was before."""
    before = said()
    interaction = _log(stage, step)
    stage.follow()
    stage.now += 5 * MINUTE
    assert undo_interaction(interaction, actor=stage.cast.ana, now=stage.now)
    stage.follow(removal=True)
    after = said()
    assert after == before, [(name, before[name], after[name]) for name in after if after[name] != before[name]]
    return True


# --- Promises and whom they are made to ------------------------------------------------------------------------------


@operation(4)
def policy(stage: Stage, step: Step) -> bool:
    customer = stage.a_customer(step)
    segments = list(Segment.objects.order_by("pk"))
    scopes = [Scope(), Scope(segment=segments[step.pick % len(segments)]), Scope(customer=customer)]
    scope, terms = scopes[step.more % 3], TERMS[step.more // 3 % len(TERMS)]
    if step.flag and step.more % 3 and scope.current():
        end_policy(scope, actor=stage.cast.eva, now=stage.now)
    else:
        change_policy(scope, terms, actor=stage.cast.eva, reason="", now=stage.now)
    stage.follow(gentle=True)
    return True


@operation(3)
def segment(stage: Stage, step: Step) -> bool:
    customer = stage.a_customer(step)
    choices: list[Segment | None] = [None, *Segment.objects.order_by("pk")]
    choices.remove(customer.segment)
    customer.segment = choices[step.more % len(choices)]
    save_customer(customer, Extras(), ["segment"], version=customer.version, actor=stage.cast.ana, now=stage.now)
    stage.follow(gentle=True)
    return True


@operation(3)
def owner(stage: Stage, step: Step) -> bool:
    customer = stage.a_customer(step)
    people: list[User | None] = [stage.cast.ana, stage.cast.bruno, stage.cast.diego, None]
    people.remove(customer.owner)
    reassign(
        Customer.objects.filter(pk=customer.pk),
        owner=people[step.more % 3],
        actor=stage.cast.eva,
        now=stage.now,
        move_team=step.flag,
    )
    stage.follow(gentle=True)
    return True


@operation(3)
def calendar(stage: Stage, step: Step) -> bool:
    """A local fiesta or a half day, told as a change of the promise (A8)."""
    changed = stage.calendars[step.flag]
    date = stage.now.date() + (step.more - 10) * DAY
    half = ["10:00", "13:00"] if step.more % 2 else [None, None]
    edit, plan = Edit(days=[[date.isoformat(), "", *half]]), plan_of(changed)
    if applied(plan, edit) == plan:
        return False
    calendar_changes.ask(changed, edit, base=mark_of(plan), actor=stage.cast.eva, reason="Feria", now=stage.now)
    calendar_changes.work(stage.now)
    stage.follow(gentle=True)
    return True


@operation(3)
def absence(stage: Stage, step: Step) -> bool:
    """It changes who acts, and no deadline."""
    pairs = [(stage.cast.ana, stage.cast.bruno), (stage.cast.bruno, stage.cast.diego), (stage.cast.diego, None)]
    user, cover = pairs[step.pick % 3]
    away = Absence(user=user, cover=cover, starts_at=stage.now, ends_at=stage.now + (1 + step.more) * DAY)
    away.full_clean()
    away.save()
    stage.follow()
    return True


# --- Agreements, stages, next steps ----------------------------------------------------------------------------------


@operation(3)
def agree(stage: Stage, step: Step) -> bool:
    day = stage.now.date() + (1 + step.more % 20) * DAY
    agree_on_date(stage.a_served_one(step), day, reason="They asked", actor=stage.cast.eva, now=stage.now)
    stage.follow()
    return True


@operation(3)
def withdraw(stage: Stage, step: Step) -> bool:
    agreed = AgreedDate.objects.filter(withdrawn_at=None, customer__archived_at=None).first()
    if agreed is None:
        agree(stage, step)
        stage.now += HOUR
        agreed = AgreedDate.objects.filter(withdrawn_at=None).latest("pk")
    withdraw_date(agreed.customer, actor=stage.cast.ana, now=stage.now)
    stage.follow()
    return True


@operation(3)
def keep_date(stage: Stage, step: Step) -> bool:
    """Call on the very day that was agreed."""
    agreed = AgreedDate.objects.filter(withdrawn_at=None).order_by("-pk").first()
    if agreed is None:
        return agree(stage, step)
    stage.now = max(stage.now, dt.datetime.combine(agreed.day, dt.time(12), tzinfo=dt.UTC))
    entry = Entry(customer=agreed.customer, outcome="reached", at=stage.now)
    log_interaction(entry, actor=stage.cast.ana, now=stage.now)
    stage.follow()
    return True


@operation(3)
def no_follow_up(stage: Stage, step: Step) -> bool:
    day = stage.now.date() + (1 + step.more) * DAY
    stop_follow_up(stage.a_served_one(step), reason="Asked", review_on=day, actor=stage.cast.ana, now=stage.now)
    stage.follow()
    return True


@operation(3)
def follow_up(stage: Stage, step: Step) -> bool:
    waived = Customer.objects.filter(no_follow_ups__isnull=False, no_follow_ups__until_at=None).first()
    if waived is None:
        no_follow_up(stage, step)
        stage.now += DAY
        waived = Customer.objects.filter(no_follow_ups__isnull=False, no_follow_ups__until_at=None).latest("pk")
    resume_follow_up(waived, actor=stage.cast.ana, now=stage.now)
    stage.follow(gentle=True)
    return True


@operation(3)
def shelf(stage: Stage, step: Step) -> bool:
    """Archive a client, or take them back."""
    customer = stage.a_customer(step)
    turn = archive if customer.archived_at is None else unarchive
    turn(customer, actor=stage.cast.ana, now=stage.now)
    stage.follow()
    return True


@operation(6)
def stage_of_client(stage: Stage, step: Step) -> bool:
    """Leaving, staying, departing, coming back."""
    customer = stage.a_customer(step)
    following = {"leaving": ["retain", "departed"], "departed": ["recovered"]}
    choices = following.get(customer.stage, ["leaving", "leaving", "departed"])
    change_stage(customer, choices[step.more % len(choices)], actor=stage.cast.ana, now=stage.now)
    stage.follow()
    return True


@operation(3)
def promise(stage: Stage, step: Step) -> bool:
    plan_task(
        stage.a_customer(step),
        title="Send the list",
        due_on=stage.now.date() + (step.more % 9) * DAY,
        promised=True,
        channel="",
        actor=stage.cast.ana,
        now=stage.now,
    )
    stage.follow()
    return True


@operation(4)
def promise_again(stage: Stage, step: Step) -> bool:
    """Tick a promise, take the tick back, or move it to another day."""
    tasks = list(Task.objects.filter(promised=True, cancelled_at=None).order_by("-pk"))
    if not tasks:
        return promise(stage, step)
    task = tasks[step.pick % len(tasks)]
    untick = task.done_at is not None
    if untick:
        mark_open(task, actor=stage.cast.ana, now=stage.now)
    elif step.flag:
        mark_done(task, actor=stage.cast.ana, now=stage.now)
    else:
        Task.objects.filter(pk=task.pk).update(due_on=stage.now.date() + (step.more % 9) * DAY)
        change = Change("person", stage.cast.ana.pk, stage.cast.ana)
        facts_changed(Customer.objects.one(task.customer_id), change=change, now=stage.now, scope=False)
    stage.follow(removal=untick)
    return True


# --- Time ------------------------------------------------------------------------------------------------------------


@operation(10)
def sweep(stage: Stage, step: Step) -> bool:
    later = stage.now + SWEEP_AFTER[step.more % len(SWEEP_AFTER)]
    instants = [at for owed in stage.oracle.open.values() for at in (owed.due, owed.soon, owed.alert_from)]
    # Half of the time at the very instant at which something begins.
    ahead = [at for at in instants if stage.now < at < later] if step.pick % 2 else []
    stage.now = max(ahead, default=later)
    run_sweep(stage.now)
    stage.oracle.swept(stage.now)
    return True
