"""What a person carries and who stands in for whom, as one reader sees it. Every count opens a list of that count."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from accounts.models import Absence, Membership, User
from accounts.models.user import Role
from alerts import alert_list
from alerts.models import Alert
from crm.listing import Listing, View
from crm.models.clock import State
from retention.board import AHEAD, Stake


@dataclass(frozen=True)
class Load:
    """Clients, alerts and value of one person, as far as the reader sees them; `…_url` are addresses of lists."""

    clients: int
    overdue: int
    within: int
    stakes: list[Stake]
    alerts: int
    waiting: int
    clients_url: str
    overdue_url: str
    within_url: str
    alerts_url: str
    waiting_url: str

    @property
    def percent(self) -> int:
        """Share of the clients that are overdue, in whole percent."""
        return round(self.overdue * 100 / self.clients) if self.clients else 0


def load_of(person: User, reader: User, now: dt.datetime) -> Load:
    """Count what a person carries at `now`. Three queries."""
    view = View(owner=str(person.pk), as_of=now)
    rows = Listing(view, reader, now).rows.order_by()
    counts = rows.aggregate(
        clients=Count("pk"),
        overdue=Count("pk", filter=Q(due_at__lte=now)),
        within=Count("pk", filter=Q(due_at__gt=now, due_at__lte=now + dt.timedelta(days=AHEAD))),
    )
    worth = rows.filter(value__isnull=False).values_list("currency").annotate(total=Sum("value"), n=Count("pk"))
    stakes = [
        Stake(currency, total, n, View(owner=view.owner, as_of=now, currency=currency).address())
        for currency, total, n in worth.order_by("-total", "currency")
    ]
    main = alert_list.TEAMS if reader.is_supervisor else alert_list.MINE
    calling, waiting = (alert_list.View(tab, owner=view.owner) for tab in (main, alert_list.WAITING))
    alerts = _counted(alert_list.Listing(calling, reader, now).rows())
    return Load(
        **counts,
        stakes=stakes,
        alerts=alerts,
        waiting=_counted(alert_list.Listing(waiting, reader, now).rows()),
        clients_url=view.address(),
        overdue_url=View(owner=view.owner, as_of=now, states=(State.OVERDUE.value,)).address(),
        within_url=View(owner=view.owner, as_of=now, due_within=AHEAD).address(),
        alerts_url=calling.address(),
        waiting_url=waiting.address(),
    )


def _counted(alerts: QuerySet[Alert]) -> int:
    return alerts.order_by().count()


def covers_for(person: User, now: dt.datetime) -> list[Absence]:
    """Return the absences, running or to come, in which a person is the cover. One query."""
    not_over = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    rows = Absence.objects.filter(not_over, cover=person, user__is_active=True)
    return list(rows.select_related("user").order_by("starts_at", "pk"))


def memberships_of(person: User) -> list[Membership]:
    """Return a person's teams, the primary one first. One query."""
    rows = person.memberships.select_related("team__calendar")
    return list(rows.order_by("-is_primary", "team__name"))


def role_words(person: User, memberships: list[Membership]) -> str:
    """Say what somebody is: "Supervises Iberia and Andes", "Account manager in Iberia", "Administrator"."""
    supervised = [str(one.team) for one in memberships if one.supervises]
    member = [str(one.team) for one in memberships if not one.supervises]
    said = []
    if person.is_administrator:
        said.append(_("Administers the firm."))
    if supervised:
        said.append(_("Supervises %(teams)s.") % {"teams": get_text_list(supervised, _("and"))})
    if member:
        text = _("Account manager in %(teams)s.") if person.role == Role.MANAGER else _("Member of %(teams)s.")
        said.append(text % {"teams": get_text_list(member, _("and"))})
    return " ".join(said) or _("In no team yet.")
