"""What is promised, in words: one sentence for a version, and what differs between two."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.choices import Unit
from retention.models import AttentionPolicy
from retention.policies import Foreseen


@dataclass(frozen=True)
class Difference:
    """One term that a version changed, in words."""

    label: str
    before: str
    after: str


def sentence(policy: AttentionPolicy) -> str:
    """Every 30 days; in person or on video every 90 days; a call back within 4 working hours."""
    parts = [_attention(policy)]
    if policy.personal_amount:
        parts.append(_("in person or on video %(every)s") % {"every": _personal(policy)})
    parts.append(_("a call back within %(hours)s") % {"hours": _hours(policy.call_back_hours)})
    return "; ".join(parts) + "."


def small_print(policy: AttentionPolicy) -> str:
    """The welcome of a new client, and the grace if there is one."""
    said = _("A new client hears from us within %(days)s.") % {"days": _working_days(policy.welcome_days)}
    if policy.grace_days:
        said += " " + _("Alerts wait %(days)s more.") % {"days": _working_days(policy.grace_days)}
    return said


def differences(before: AttentionPolicy, after: AttentionPolicy) -> list[Difference]:
    """What a version promises otherwise than the one before it."""
    return [Difference(label, old, new) for (label, old), (_l, new) in zip(_terms(before), _terms(after), strict=True)
            if old != new]  # fmt: skip


def _terms(policy: AttentionPolicy) -> list[tuple[str, str]]:
    return [
        (_("Attention"), _attention(policy)),
        (_("In person or on video"), _personal(policy) if policy.personal_amount else _("not promised")),
        (_("Call back"), _hours(policy.call_back_hours)),
        (_("First attention"), _working_days(policy.welcome_days)),
        (_("Grace"), _working_days(policy.grace_days) if policy.grace_days else _("none")),
    ]


def _attention(policy: AttentionPolicy) -> str:
    if policy.attention_unit == Unit.WORKING_DAYS:
        text = ngettext("Every working day", "Every %(n)s working days", policy.attention_amount)
    else:
        text = ngettext("Every day", "Every %(n)s days", policy.attention_amount)
    return text % {"n": policy.attention_amount}


def _personal(policy: AttentionPolicy) -> str:
    amount = policy.personal_amount or 0
    if policy.personal_unit == Unit.WORKING_DAYS:
        return ngettext("every working day", "every %(n)s working days", amount) % {"n": amount}
    return ngettext("every day", "every %(n)s days", amount) % {"n": amount}


def _hours(n: int) -> str:
    return ngettext("%(n)s working hour", "%(n)s working hours", n) % {"n": n}


def _working_days(n: int) -> str:
    return ngettext("%(n)s working day", "%(n)s working days", n) % {"n": n}


def foreseen_words(foreseen: Foreseen) -> str:
    """What a change does, as one sentence: who becomes overdue by it, or no longer is."""
    more = foreseen.overdue_after - foreseen.overdue_before
    if more > 0:
        said = ngettext("One client more becomes overdue.", "%(n)s clients more become overdue.", more)
        spread = _("Their alerts are spread over the fifth to the twentieth working day from now.")
        return f"{said % {'n': more}} {spread}"
    if more < 0:
        said = ngettext("One client is no longer overdue.", "%(n)s clients are no longer overdue.", -more)
        return said % {"n": -more}
    return _("As many clients are overdue as before.")
