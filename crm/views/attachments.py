"""Files of a client: added, listed, opened, renamed, removed and brought back."""

from __future__ import annotations

import logging
from typing import Any

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.answers import done
from accounts.requests import person
from crm import attachments
from crm.access import get_attachment_for, get_customer_for
from crm.attachment_words import added_words
from crm.attachments import NoRoom, attach, here_already, kept
from crm.forms.attachments import AddFilesForm, FileForm
from crm.keyset import Key, Stretch, page_of, read_cursor
from crm.models import Attachment
from crm.models.attachment import attachment_store
from crm.views.drawer import drawn, saved

log = logging.getLogger(__name__)
GET_POST = ["GET", "HEAD", "POST"]
PAGE = 50
#: Newest first.
ORDER = [Stretch(Q(), (Key("pk", int, down=True),))]
# The decorator's own type knows only views without arguments.
_policy: Any = csp
#: Whatever a file turns out to be: nothing in it runs, loads or is sent, and it belongs to no site.
alone = _policy({"default-src": [NONE], "style-src": [UNSAFE_INLINE], "frame-ancestors": [NONE], "sandbox": []})


@require_http_methods(GET_POST)
def attachment_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add files to a client; one that is there already is said, not kept twice."""
    user, now = person(request), timezone.now()
    customer = get_customer_for(user, pk)
    form = AddFilesForm(request.POST, request.FILES) if request.method == "POST" else AddFilesForm()
    if form.is_bound and form.is_valid():
        with kept(form.cleaned_data["uploads"]) as files:
            known = here_already(customer, files)
            # Of two that are the same in one go, one is enough.
            fresh = list({one.sha256: one for one in files if one.sha256 not in known}.values())
            try:
                attach(customer, fresh, actor=user, now=now)
            except NoRoom as full:
                form.add_error("uploads", full)
            else:
                return saved(request, added_words(fresh, known.values(), reader=user), customer)
    return drawn(request, form, title=_("Add files"), customer=customer, save=_("Save"))


@require_safe
def attachment_list(request: HttpRequest, pk: int) -> HttpResponse:
    """All files of a client, newest first, and those removed that can still be brought back."""
    user, now = person(request), timezone.now()
    customer = get_customer_for(user, pk)
    rows = Attachment.objects.kept().filter(customer=customer)
    back = "before" in request.GET
    cursor = read_cursor(request.GET.get("before" if back else "after", ""), ORDER, back=back)
    page = page_of(rows, ORDER, cursor, PAGE)
    found = Attachment.objects.select_related("added_by", "interaction").in_bulk(page.pks)
    gone = Attachment.objects.in_place().filter(customer=customer, removed_at__gt=now - attachments.BROUGHT_BACK)
    about = {
        "customer": customer,
        "files": [found[pk] for pk in page.pks if pk in found],
        "page": page,
        "removed": gone.select_related("removed_by").order_by("-removed_at", "-pk")[:PAGE],
        "this_year": now.astimezone(user.zone).year,
    }
    return render(request, "crm/attachment_list.html", about)


@require_safe
@alone
def attachment_open(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give out the content: shown if a browser may show its kind and `download` is not asked for, else to be saved."""
    file = get_attachment_for(person(request), pk)
    kind = file.what
    as_attachment = not kind.shown or "download" in request.GET
    etag = f'"{file.sha256}{"-d" if as_attachment else ""}"'
    response = get_conditional_response(request, etag=etag) or _content(file, as_attachment)
    response["ETag"] = etag
    # The right is asked for each time; what has not changed is not sent again.
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _content(file: Attachment, as_attachment: bool) -> HttpResponseBase:
    try:
        content = attachment_store().open(file.key)
    except FileNotFoundError:
        log.warning("The content of attachment %s is not in the store", file.pk)
        raise Http404(_("This file is not where it was kept. An administrator can bring it back.")) from None
    return FileResponse(
        content, as_attachment=as_attachment, filename=file.download_name, content_type=file.what.media_type
    )


@require_http_methods(GET_POST)
def attachment_rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a file another name, or remove it."""
    file = get_attachment_for(person(request), pk)
    form = FileForm(request.POST if request.method == "POST" else None, attachment=file)
    if form.is_bound and form.is_valid():
        attachments.rename(file, form.cleaned_data["title"])
        return saved(request, _("It is called “%(name)s” now.") % {"name": file.title}, file.customer)
    return drawn(
        request,
        form,
        title=_("Change the file"),
        customer=file.customer,
        save=_("Save"),
        remove_url=reverse("crm:attachment-remove", args=[file.pk]),
        remove_label=_("Remove it"),
        remove_note=_("For 30 days it can be brought back, on the page of all files. After that it is gone."),
    )


@require_POST
def attachment_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a file out of view."""
    user = person(request)
    file = get_attachment_for(user, pk, removed=True)
    attachments.remove(file, actor=user, now=timezone.now())
    undo = reverse("crm:attachment-restore", args=[file.pk])
    return saved(request, _("Removed: %(name)s.") % {"name": file.title}, file.customer, undo=undo)


@require_POST
def attachment_restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring a removed file back."""
    file = get_attachment_for(person(request), pk, removed=True)
    attachments.bring_back(file)
    text = _("Here again: %(name)s.") % {"name": file.title}
    return done(request, text, event="customer-changed", customer=file.customer_id)
