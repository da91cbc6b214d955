"""What crm itself puts into the history of a customer: contacts made, notes, next steps done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from crm.choices import FELT
from crm.interaction_words import said
from crm.models import Customer, Interaction, Note, Task
from crm.timeline import Moment, Request, register, register_chip

ATTENTION, TASKS, NOTES = "attention", "tasks", "notes"


#: Of a colleague's client one sees this many of one's own entries.
OWN = 25


def interactions(request: Request) -> Iterator[Moment]:
    """Contacts made; with the chip "Attention" only what the client could feel."""
    rows = Interaction.objects.filter(request.older("at"), customer=request.customer, deleted_at__isnull=True)
    if request.show == ATTENTION:
        rows = rows.filter(counts_as__in=FELT)
    rows = rows.select_related("by").order_by("-at", "-pk")
    return (_contact_made(row, request.reader) for row in rows[: request.limit])


def own_interactions(customer: Customer, user: User, now: dt.datetime) -> list[Moment]:
    """What `user` wrote down about a colleague's client, newest first (W9)."""
    rows = Interaction.objects.filter(customer=customer, entered_by=user, deleted_at__isnull=True, at__lte=now)
    rows = rows.select_related("by").order_by("-at", "-pk")
    moments = [_contact_made(row, user) for row in rows[:OWN]]
    for moment in moments:
        # Whom the client has is part of the record that they do not see.
        moment.object.may_change = moment.object.hides_people = True
    return moments


def _contact_made(row: Interaction, reader: User) -> Moment:
    words = said(row, reader)
    return Moment(
        at=row.at,
        pk=row.pk,
        icon=words.icon,
        tone=words.tone,
        headline=words.headline,
        about=words.about,
        text=row.summary,
        felt=row.counts_as in FELT,
        local_date=row.local_date,
        anchor=f"interaction-{row.pk}",
        template="crm/_moment_interaction.html",
        object=row,
    )


def notes(request: Request) -> Iterator[Moment]:
    """Notes; they count as nothing."""
    rows = Note.objects.filter(request.older("at"), customer=request.customer).select_related("by")
    for row in rows.order_by("-at", "-pk")[: request.limit]:
        who = _("by %(name)s") % {"name": _name(row.by, request)} if row.by else ""
        yield Moment(
            at=row.at, pk=row.pk, icon="note", headline=_("Note"), about=who, text=row.text, anchor=f"note-{row.pk}"
        )


def done_tasks(request: Request) -> Iterator[Moment]:
    """Next steps that were done."""
    rows = Task.objects.filter(request.older("done_at"), customer=request.customer, done_at__isnull=False)
    for row in rows.select_related("done_by").order_by("-done_at", "-pk")[: request.limit]:
        assert row.done_at is not None
        who = _("by %(name)s") % {"name": _name(row.done_by, request)} if row.done_by else ""
        yield Moment(
            at=row.done_at,
            pk=row.pk,
            icon="checks",
            tone="ok",
            headline=_("Promise kept") if row.promised else _("Done"),
            about=who,
            text=row.title,
            anchor=f"task-{row.pk}",
        )


def _name(user: User, request: Request) -> str:
    return _("you") if user.pk == request.reader.pk else user.get_short_name()


def register_all() -> None:
    """Fill the history's registry; called when the app starts."""
    register(interactions, position=10, shows={ATTENTION})
    register(done_tasks, position=20, shows={TASKS})
    register(notes, position=30, shows={NOTES})
    register_chip(ATTENTION, gettext_lazy("Attention"), position=10)
    register_chip(TASKS, gettext_lazy("Tasks"), position=40)
    register_chip(NOTES, gettext_lazy("Notes"), position=50)
