"""Mending and removing an interaction (W7, W9)."""

from __future__ import annotations

from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.requests import person
from crm.forms.interaction import InteractionForm, Mending
from crm.log import delete_interaction, edit_interaction
from crm.models import Clock, Contact, Interaction
from crm.permissions import may_change_interaction
from crm.querysets import ClockQuerySet, InteractionQuerySet
from crm.stale import Edit, Overtaken, base_of, read_edit
from crm.views.drawer import drawn, refuse, saved


def get_interaction_to_change(user: User, pk: int) -> Interaction:
    """Return an interaction that `user` may change: 404 where they may not see it, 403 where it is not theirs to."""
    rows = InteractionQuerySet(Interaction).visible_to(user).kept()
    found = rows.filter(pk=pk).select_related("customer", "customer__owner", "by", "fulfils").first()
    if found is None:
        raise Http404
    if not may_change_interaction(user, found, Clock.objects.get(pk=found.customer_id)):
        raise PermissionDenied(_("Only who logged it, the owner or the supervisor can change it."))
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def interaction_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what was logged; the time of entry stays."""
    user = person(request)
    mending = _mending(user, pk)
    fresh = InteractionForm(mending=mending)
    if request.method != "POST":
        return _form_drawn(request, fresh, fresh)
    edit = _read(request, fresh)
    form = InteractionForm(edit.data, mending=mending)
    if edit.is_stale:
        return _form_drawn(request, form, fresh, edit)
    if form.is_valid():
        try:
            edit_interaction(form.row, form.entry(), version=edit.opened_version, actor=user, now=timezone.now())
        except Overtaken:
            # Somebody was faster between our reading and our writing.
            fresh = InteractionForm(mending=_mending(user, pk))
            edit = _read(request, fresh)
            return _form_drawn(request, InteractionForm(edit.data, mending=_mending(user, pk)), fresh, edit)
        except ValidationError as error:
            refuse(form, ValidationError({"at": error.messages}) if not hasattr(error, "error_dict") else error)
        else:
            return saved(request, _("Changed. The clock says what it says now."), form.row.customer)
    return _form_drawn(request, form, fresh)


def _mending(user: User, pk: int) -> Mending:
    row = get_interaction_to_change(user, pk)
    sees = ClockQuerySet(Clock).visible_to(user).filter(pk=row.customer_id).exists()
    people = Contact.objects.filter(customer=row.customer_id, archived_at=None) if sees else Contact.objects.none()
    return Mending(row, user, people)


def _read(request: HttpRequest, fresh: InteractionForm) -> Edit:
    try:
        return read_edit(request.POST, fresh)
    except BadSignature as error:
        raise BadRequest("form without its base") from error


def _form_drawn(
    request: HttpRequest, form: InteractionForm, fresh: InteractionForm, edit: Edit | None = None
) -> HttpResponse:
    """The form in the drawer; with `edit` what somebody else changed stands beside what was typed (409)."""
    row = fresh.row
    latest = row.history.select_related("history_user").order_by("-history_id").first() if edit else None
    return drawn(
        request,
        form,
        status=409 if edit else 200,
        # After a conflict the base is the row as it is now: the next save is compared with that.
        base=request.POST["base"] if form.is_bound and edit is None else base_of(fresh, row),
        choices=edit.choices if edit else [],
        by=latest.history_user if latest else None,
        title=_("Change what was logged"),
        customer=row.customer,
        save=_("Save"),
        remove_url=reverse("crm:interaction-delete", args=[row.pk]),
        remove_label=_("Remove it"),
        remove_note=_("It leaves the history; what it had settled opens again. The list of changes keeps it."),
    )


@require_POST
def interaction_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove what was logged; what it had settled opens again."""
    user = person(request)
    row = get_interaction_to_change(user, pk)
    delete_interaction(row, actor=user, now=timezone.now())
    return saved(request, _("Removed from the history of %(name)s.") % {"name": row.customer.name}, row.customer)
