"""What a firm decides about alerts: when each climbs, and how many silences a morning tells; kept with who and why.

The rest of the ladder is fixed: nobody's rung can be left out, so that no client is forgotten by a setting.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, pgettext

from accounts.models import SettingChange, User
from accounts.setting_history import Line, note_change, said_why
from alerts.choices import Family, Rung
from alerts.models import Alert, AlertRules, LadderStep
from crm.choices import Unit

AREA = "ladders"
#: Four working weeks; nobody's client waits longer for the next one to know.
MOST_DAYS, MOST_HOURS = 20, 40
#: The name of the one term that is no step.
MORNING = "morning"
MOST_A_MORNING = 50


@dataclass(frozen=True)
class Term:
    """One number that can be changed. `label` is English, marked for translation; `says` what it counts, from when."""

    label: str
    says: str | Promise
    most: int
    family: str = ""
    rung: int = 0

    @property
    def touched(self) -> Q:
        """The open alerts whose next step it decides."""
        if self.family == Family.SILENCE:
            return Q(family=self.family, rung=self.rung - 1, reached_at__isnull=False)
        return Q(family=self.family, rung__lt=self.rung)


TERMS: dict[str, Term] = {
    MORNING: Term(
        gettext_noop("Told each morning"),
        gettext_lazy("So many clients who waited too long, at most, are told to each person each morning."),
        MOST_A_MORNING,
    ),
    "silence_2": Term(
        gettext_noop("Waited too long, to the supervisor"),
        gettext_lazy("Working days after the owner was told."),
        MOST_DAYS,
        Family.SILENCE,
        Rung.SUPERVISOR,
    ),
    "silence_3": Term(
        gettext_noop("Waited too long, to the administrators"),
        gettext_lazy("Working days after the supervisor was told; in their weekly mail."),
        MOST_DAYS,
        Family.SILENCE,
        Rung.ADMINISTRATORS,
    ),
    "call_back_2": Term(
        gettext_noop("Call back, to the supervisor"),
        gettext_lazy("Working hours after it was due."),
        MOST_HOURS,
        Family.CALL_BACK,
        Rung.SUPERVISOR,
    ),
    "call_back_3": Term(
        gettext_noop("Call back, to the administrators"),
        gettext_lazy("Working days after it was due."),
        MOST_DAYS,
        Family.CALL_BACK,
        Rung.ADMINISTRATORS,
    ),
    "promise_2": Term(
        gettext_noop("Promise, to the supervisor"),
        gettext_lazy("Working days after it was due."),
        MOST_DAYS,
        Family.PROMISE,
        Rung.SUPERVISOR,
    ),
}
Values = dict[str, int]


def per_morning() -> int:
    """How many silences each morning admits (A4): what the firm decided, else what the environment says. One query."""
    stored = AlertRules.objects.filter(pk=AlertRules.ONLY).values_list("admit_per_morning", flat=True).first()
    return settings.ADMIT_PER_MORNING if stored is None else stored


def in_force() -> Values:
    """Every term as it holds. Two queries."""
    steps = {(step.family, step.rung): step.amount for step in LadderStep.objects.all()}
    return {name: per_morning() if name == MORNING else steps[term.family, term.rung] for name, term in TERMS.items()}


def changed(before: Values, after: Values) -> list[str]:
    """The names of the terms that differ."""
    return [name for name in TERMS if before[name] != after[name]]


def laid_upon(current: Values, base: Values, typed: Values) -> Values:
    """What somebody typed over what they saw, laid upon what holds by now: only their own changes count."""
    return {name: typed[name] if typed[name] != base[name] else current[name] for name in TERMS}


def touched(names: list[str]) -> Q:
    """The open alerts whose next step the terms decide."""
    either = Q(pk__in=[])
    for name in names:
        if name != MORNING:
            either |= TERMS[name].touched
    return Q(closed_at__isnull=True) & either


@transaction.atomic
def change_terms(wanted: Values, *, base: Values, actor: User, reason: str, now: dt.datetime) -> SettingChange:
    """Put the terms in force; alerts that they concern are looked at again by the next sweep.

    `base` are the terms that the person saw. Raises ValidationError: no reason, nothing changes, an impossible number,
    changed by another meanwhile.
    """
    _check(wanted)
    # In an order of their own, so that the second of two editors waits here for the first.
    list(LadderStep.objects.select_for_update().order_by("pk").values_list("pk"))
    before = in_force()
    if before != base:
        raise ValidationError(_("Somebody changed this meanwhile. Your change is laid upon it: look at what it does."))
    if not (names := changed(before, wanted)):
        raise ValidationError(_("That is so already."))
    reason = said_why(reason)
    return _write(names, before, wanted, actor, reason, now)


@transaction.atomic
def undo(change: SettingChange, *, actor: User, now: dt.datetime) -> SettingChange:
    """Put what held before a change in force again. Raises ValidationError if something of it was changed since."""
    list(LadderStep.objects.select_for_update().order_by("pk").values_list("pk"))
    current = in_force()
    names = {term.label: name for name, term in TERMS.items()}
    lines = {names[line["label"]]: (int(line["before"]), int(line["after"])) for line in change.lines}
    if any(current[name] != after for name, (_before, after) in lines.items()):
        raise ValidationError(_("This was changed again since then; change it as it stands now."))
    wanted = current | {name: before for name, (before, _after) in lines.items()}
    return _write(changed(current, wanted), current, wanted, actor, pgettext("reason", "undone"), now)


def last_change() -> SettingChange | None:
    """The latest change, which can be undone."""
    return SettingChange.objects.filter(area=AREA).first()


def _check(wanted: Mapping[str, int]) -> None:
    for name, term in TERMS.items():
        if not 1 <= wanted[name] <= term.most:
            raise ValidationError({name: _("From 1 to %(most)s.") % {"most": term.most}})


def _write(
    names: list[str], before: Values, after: Values, actor: User, reason: str, now: dt.datetime
) -> SettingChange:
    for name in names:
        term = TERMS[name]
        if name == MORNING:
            AlertRules.objects.update_or_create(pk=AlertRules.ONLY, defaults={"admit_per_morning": after[name]})
        else:
            LadderStep.objects.filter(family=term.family, rung=term.rung).update(amount=after[name])
    # They are due to be looked at: whoever sweeps reckons what comes next for them by the new ladder.
    Alert.objects.filter(touched(names)).in_order().update(wake_at=now)
    lines = [Line(TERMS[name].label, str(before[name]), str(after[name])) for name in names]
    return note_change(AREA, lines=lines, now=now, actor=actor, reason=reason)


def unit_of(name: str) -> str:
    """What a term counts in: a Unit, or "" for clients."""
    term = TERMS[name]
    if name == MORNING:
        return ""
    return Unit.WORKING_HOURS if term.most == MOST_HOURS else Unit.WORKING_DAYS
