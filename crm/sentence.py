"""The sentence that says why (S4): a list of facts, each with its date and a link, said in the reader's language.

Used by rows, the customer page, alerts and mails alike. A fact is kept as data; it becomes words when it is said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Model, Prefetch, QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from crm.choices import Channel
from crm.day_words import by_day, local_day, moment, number, on_day
from crm.models import Clock, Interaction, NoFollowUp
from crm.models.clock import State
from crm.waits import Wait, wait_of

#: A renewal is named this long before.
RENEWAL_NEAR = dt.timedelta(weeks=8)
#: Facts that go on in the sentence of the one before.
GOES_ON = ("attempts", "due", "unresponsive")
PERSONAL = "personal"


@dataclass(frozen=True)
class Fact:
    """One thing that is so: `name` says which; `date` is local to the promise (T5); `link` leads to where it stands."""

    name: str
    words: str
    date: dt.date | None = None
    link: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Accepted:
    """A7: dismissed, so accepted by somebody until an instant."""

    by: User | None
    until: dt.datetime


@dataclass(frozen=True)
class _View:
    """What every fact is told from."""

    clock: Clock
    reader: User
    now: dt.datetime

    @property
    def today(self) -> dt.date:
        return local_day(self.now, self.clock.calendar.tz)

    def day(self, at: dt.datetime) -> dt.date:
        return local_day(at, self.clock.calendar.tz)

    def by(self, who: User | None) -> str:
        """Return " by you", " by Bruno", or nothing when nobody is known."""
        if who is None:
            return ""
        if who.pk == self.reader.pk:
            return _(" by you")
        return _(" by %(name)s") % {"name": who.get_short_name()}


def unsaid(model: type[Model], of: str, *said: str) -> list[str]:
    """The columns of a joined row that no sentence needs: fifty rows of all of them take longer than the rest."""
    return [f"{of}__{field.name}" for field in model._meta.concrete_fields if field.name not in ("id", *said)]


_UNSAID = [
    name
    for contact in ("last_attention", "last_personal", "last_inbound")
    for name in unsaid(Interaction, contact, "channel", "summary")
] + [name for who in ("owner", "last_attention_by", "last_personal_by") for name in unsaid(User, who, "name", "email")]


def with_facts(clocks: QuerySet[Clock], *, wishes: bool = True) -> QuerySet[Clock]:
    """Read with the clocks all that their sentences need; `wishes`: no follow-up wanted too, by one more query."""
    clocks = clocks.select_related(
        "customer__segment", "calendar", "last_attention", "last_attention_by", "last_personal",
        "last_personal_by", "last_inbound", "owner",
    ).defer(*_UNSAID)  # fmt: skip
    if not wishes:
        return clocks
    open_wishes = NoFollowUp.objects.filter(until_at__isnull=True)
    return clocks.prefetch_related(Prefetch("customer__no_follow_ups", open_wishes, "no_follow_up_now"))


def facts_of(
    clock: Clock,
    *,
    reader: User,
    now: dt.datetime,
    wait: Wait | None = None,
    accepted: Accepted | None = None,
) -> list[Fact]:
    """Return the facts of a clock at `now` as `reader` is told them.

    `wait` (crm.waits, many at once) saves a query; read the clocks by `with_facts`. `accepted` says who dismissed.
    """
    view = _View(clock, reader, now)
    state = clock.status_at(now).state
    wait = wait or wait_of(clock, now)
    found = [
        _waited(view, state, wait),
        _last(view, state),
        _attempts(view),
        _due(view, state),
        _no_follow_up(view, state),
        _renewal(view),
        _accepted(view, accepted),
    ]
    return [fact for fact in found if fact is not None]


def call_back_facts(
    *, called_at: dt.datetime, due_at: dt.datetime, hours: int | None, clock: Clock, reader: User, now: dt.datetime
) -> list[Fact]:
    """Return what there is to say of a client who waits for a call back (W2); instants in UTC."""
    view = _View(clock, reader, now)
    zone = clock.calendar.tz
    called = _("Called %(moment)s, nobody answered") % {"moment": moment(called_at, zone, now)}
    if clock.last_inbound and clock.last_inbound.channel != Channel.CALL:
        called = _("Wrote %(moment)s, no answer yet") % {"moment": moment(called_at, zone, now)}
    facts = [Fact("called", called, view.day(called_at), _link(clock, clock.last_inbound_id))]
    if hours:
        promise = ngettext(
            "You promise an answer within %(n)s working hour",
            "You promise an answer within %(n)s working hours",
            hours,
        ) % {"n": hours}
        facts.append(Fact("promise", promise, view.day(due_at), strong=True))
    if now >= due_at:
        late = _("It was due %(moment)s") % {"moment": moment(due_at, zone, now)}
        facts.append(Fact("late", late, view.day(due_at)))
    attempts = _attempts(view)
    return [*facts, attempts] if attempts else facts


def say(facts: Iterable[Fact], *, linked: bool = False) -> SafeString:
    """Say the facts as sentences, the strong ones bold; `linked` makes each fact with a link one."""
    return format_html_join("", "{}{}", _joined(facts, lambda fact: _marked(fact, linked)))


def plain(facts: Iterable[Fact]) -> str:
    """Say the facts as plain text (for the text half of a mail)."""
    return "".join(f"{before}{words}" for before, words in _joined(facts, lambda fact: fact.words))


def subject_words(clock: Clock, now: dt.datetime, wait: Wait | None = None) -> str:
    """Return how long, for the subject of a mail: "41 days without attention (30 promised)"."""
    wait = wait or wait_of(clock, now)
    if wait is None:
        return ""
    days = _without(clock, wait)
    return _("%(days)s (%(promised)s promised)") % {"days": days, "promised": wait.promised}


def _joined(facts: Iterable[Fact], shape: Callable[[Fact], str]) -> Iterable[tuple[str, str]]:
    """Yield each fact with what stands before it, and the full stop at the end."""
    before = ""
    for fact in facts:
        yield ("; " if before and fact.name in GOES_ON else before), shape(fact)
        before = ". "
    if before:
        yield ".", ""


def _marked(fact: Fact, linked: bool) -> SafeString | str:
    words: SafeString | str = fact.words
    if linked and fact.link:
        words = format_html('<a href="{}">{}</a>', fact.link, words)
    return format_html("<b>{}</b>", words) if fact.strong else words


def _link(clock: Clock, interaction_id: int | None) -> str:
    """Return where an interaction stands in the customer's history."""
    return f"/customers/{clock.pk}/#interaction-{interaction_id}" if interaction_id else ""


def _without(clock: Clock, wait: Wait) -> str:
    n = wait.elapsed
    if clock.due_kind == PERSONAL:
        text = (
            ngettext("%(n)s working day without a personal moment", "%(n)s working days without a personal moment", n)
            if wait.working
            else ngettext("%(n)s day without a personal moment", "%(n)s days without a personal moment", n)
        )
    elif clock.last_attention_at is None:
        text = (
            ngettext("%(n)s working day without a first contact", "%(n)s working days without a first contact", n)
            if wait.working
            else ngettext("%(n)s day without a first contact", "%(n)s days without a first contact", n)
        )
    else:
        text = (
            ngettext("%(n)s working day without attention", "%(n)s working days without attention", n)
            if wait.working
            else ngettext("%(n)s day without attention", "%(n)s days without attention", n)
        )
    return text % {"n": n}


def _waited(view: _View, state: State, wait: Wait | None) -> Fact | None:
    clock = view.clock
    if state != State.OVERDUE or wait is None or clock.anchor_at is None:
        return None
    source = clock.last_personal_id if clock.due_kind == PERSONAL else clock.last_attention_id
    return Fact("waited", _without(clock, wait), view.day(clock.anchor_at), _link(clock, source), strong=True)


def _last(view: _View, state: State) -> Fact | None:
    clock = view.clock
    if clock.due_kind == PERSONAL and state in (State.OVERDUE, State.SOON):
        return _last_personal(view)
    interaction, at = clock.last_attention, clock.last_attention_at
    if interaction is None or at is None:
        return _never(view)
    return _last_fact(view, "last_attention", interaction.channel, at, clock.last_attention_by, interaction.pk)


def _last_personal(view: _View) -> Fact:
    clock = view.clock
    if clock.last_personal is None or clock.last_personal_at is None:
        return Fact("last_personal", _("Not met in person or on video yet"))
    return _last_fact(
        view, "last_personal", clock.last_personal.channel, clock.last_personal_at, clock.last_personal_by,
        clock.last_personal.pk,
    )  # fmt: skip


def _last_fact(view: _View, name: str, channel: str, at: dt.datetime, by: User | None, pk: int) -> Fact:
    day = view.day(at)
    said = {
        Channel.CALL: _("Last call %(day)s%(by)s"),
        Channel.VISIT: _("Last visit %(day)s%(by)s"),
        Channel.VIDEO: _("Last video call %(day)s%(by)s"),
        Channel.CHAT: _("Last chat %(day)s%(by)s"),
        Channel.EMAIL: _("Last answered mail %(day)s%(by)s"),
        Channel.LETTER: _("Last answered letter %(day)s%(by)s"),
    }[Channel(channel)]
    return Fact(name, said % {"day": on_day(day, view.today), "by": view.by(by)}, day, _link(view.clock, pk))


def _never(view: _View) -> Fact:
    customer = view.clock.customer
    return Fact(
        "never_contacted",
        _("New client, added %(day)s") % {"day": on_day(customer.added_on, view.today)},
        customer.added_on,
    )


def _attempts(view: _View) -> Fact | None:
    clock = view.clock
    if not clock.attempts_since or clock.last_attempt_at is None:
        return None
    n = clock.attempts_since
    words = ngettext("one attempt since", "%(n)s attempts since", n) % {"n": number(n)}
    return Fact("attempts", words, view.day(clock.last_attempt_at), _link(clock, clock.last_attempt_id))


def _due(view: _View, state: State) -> Fact | None:
    clock = view.clock
    if clock.due_at is None or state == State.OVERDUE:
        return None
    day = view.day(clock.due_at)
    if clock.due_source == "agreed":
        return Fact("agreed", _("You agreed to talk %(day)s") % {"day": on_day(day, view.today)}, day)
    if clock.due_kind == PERSONAL:
        return Fact("due", _("next time in person by %(day)s") % {"day": by_day(day, view.today)}, day)
    return Fact("due", _("due %(day)s") % {"day": by_day(day, view.today)}, day)


def _no_follow_up(view: _View, state: State) -> Fact | None:
    found: list[NoFollowUp] = getattr(view.clock.customer, "no_follow_up_now", [])
    if state != State.NO_CADENCE or not found:
        return None
    wish = found[0]
    words = _("No follow-up wanted: %(reason)s; to be looked at again %(day)s") % {
        "reason": wish.reason,
        "day": on_day(wish.review_on, view.today),
    }
    return Fact("no_follow_up", words, wish.review_on)


def _renewal(view: _View) -> Fact | None:
    day = view.clock.customer.renewal_on
    if day is None or not view.today <= day <= view.today + RENEWAL_NEAR:
        return None
    weeks = (day - view.today).days // 7
    words = (
        ngettext("Renews in %(n)s week", "Renews in %(n)s weeks", weeks) % {"n": weeks}
        if weeks >= 2
        else _("Renews %(day)s") % {"day": on_day(day, view.today)}
    )
    return Fact("renewal", words, day)


def _accepted(view: _View, accepted: Accepted | None) -> Fact | None:
    if accepted is None:
        return None
    day = view.day(accepted.until)
    words = _("Accepted%(by)s until %(day)s") % {"by": view.by(accepted.by), "day": by_day(day, view.today)}
    return Fact("accepted", words, day)
