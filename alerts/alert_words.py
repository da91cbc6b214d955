"""What the list of alerts says in words: the sentence that opens it, its tabs and its groups."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import User
from alerts import alert_list
from alerts.alert_list import Counts, View
from crm.day_words import number


@dataclass(frozen=True)
class Opening:
    """The sentence on top: what it means today (`first`) and the part that matters most (`rest`, bold)."""

    first: str
    rest: str


def opening(counts: Counts, user: User) -> Opening:
    if not counts.clients:
        return Opening(_("Nobody waits for a promise."), "")
    return Opening(_waiting(counts.clients, counts.alerts), _climbed(counts.climbed, user))


def _waiting(clients: int, alerts: int) -> str:
    """Say both numbers where they differ: the groups count alerts, of which a client may have several."""
    if alerts == clients:
        return _counted(
            ngettext("One client waits for a promise.", "%(n)s clients wait for a promise.", clients), clients
        )
    text = ngettext(
        "One client waits for a promise, with %(alerts)s alerts.",
        "%(n)s clients wait for a promise, with %(alerts)s alerts.",
        clients,
    )
    return str(capfirst(text % {"n": number(clients), "alerts": number(alerts)}))


def _climbed(n: int, user: User) -> str:
    if not n:
        return _("None has climbed to you.") if user.is_supervisor else ""
    if user.is_supervisor:
        return _counted(ngettext("One has climbed to you.", "%(n)s have climbed to you.", n), n)
    return _counted(ngettext("Your supervisor knows of one.", "Your supervisor knows of %(n)s.", n), n)


def _counted(text: str, n: int) -> str:
    return str(capfirst(text % {"n": number(n)} if "%" in text else text))


def tab_label(tab: str, user: User) -> str:
    if tab == alert_list.TEAMS:
        return _("All teams") if user.is_administrator else _("My teams")
    return {
        alert_list.MINE: pgettext("alerts", "Mine"),
        alert_list.SNOOZED: _("Snoozed"),
        alert_list.ANSWERED: _("Answered this week"),
    }[tab]


def group_title(name: str, user: User) -> str:
    manager = not user.is_supervisor
    return {
        alert_list.CLIMBED: _("Your supervisor knows") if manager else _("Climbed to you"),
        alert_list.WITH_SUPERVISOR: _("With their supervisor"),
        alert_list.WITH_OWNER: _("With you") if manager else _("With their owner"),
        alert_list.PAUSED: _("Snoozed"),
        alert_list.ACCEPTED: _("Accepted for now"),
        alert_list.ANSWERED: _("Answered this week"),
        alert_list.WAITING: _("Waiting their turn"),
    }[name]


@dataclass(frozen=True)
class Empty:
    """What stands where no alert does."""

    icon: str
    title: str
    text: str


def empty(view: View, counts: Counts) -> Empty:
    if view.is_narrowed:
        return Empty("filter", _("Nobody fits all of this"), _("Take the filter away to see everybody."))
    if view.tab == alert_list.SNOOZED:
        return Empty("bell", _("Nothing is snoozed"), _("A pause keeps an alert quiet for some days, then it is back."))
    if view.tab == alert_list.ANSWERED:
        return Empty(
            "heart-handshake", _("The week is young"), _("Here you will see whose wait came to an end since Monday.")
        )
    if view.tab == alert_list.WAITING:
        return Empty("heart-handshake", _("Nobody waits their turn"), _("All who waited too long have been told of."))
    answered = counts.tabs[alert_list.ANSWERED]
    text = ngettext(
        "One wait came to an end this week.", "%(n)s waits came to an end this week.", answered
    ) if answered else _("Every promise has been kept so far.")  # fmt: skip
    return Empty("heart-handshake", _("Nobody waits for a promise"), _counted(text, answered))
