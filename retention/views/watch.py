"""The watch list of the dissatisfied, and the word that takes somebody off it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.answers import done
from accounts.requests import is_fragment, person
from crm.access import get_customer_for
from crm.forms.layout import plain_helper
from crm.keyset import page_of, read_cursor
from crm.listing import View, read_view
from crm.views.drawer import drawn, saved
from retention.models import SaidContent, WatchEntry
from retention.watch import say_content, take_back
from retention.watch_page import ORDER, gone_lately, open_entries, rows_of

PAGE_SIZE = 50


class ContentForm(forms.Form):
    """They are content again, and how one knows."""

    why = forms.CharField(
        label=gettext_lazy("How do you know"),
        max_length=300,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text=gettext_lazy("In their words, if you can: “They thanked us for the new invoice.”"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = plain_helper("why")


@require_safe
def watch_list(request: HttpRequest) -> HttpResponse:
    """The list, of one owner, team or segment where the address says so; for htmx the part that changes."""
    user, now = person(request), timezone.now()
    asked = read_view(request.GET)
    view = View(owner=asked.owner, team=asked.team, segment=asked.segment)
    back = request.GET.get("before", "")
    rows = open_entries(view, user)
    cursor = read_cursor(back or request.GET.get("after", ""), ORDER, back=bool(back))
    page = page_of(rows, ORDER, cursor, PAGE_SIZE)
    context = {
        "rows": rows_of(page.pks, user, now),
        "count": rows.count(),
        "gone": gone_lately(view, user, now),
        "narrowed": view.is_narrowed,
        "next_url": view.address(after=page.next) if page.next else "",
        "previous_url": view.address(before=page.previous) if page.previous else "",
        "reader": user,
    }
    template = "retention/_watch_list.html" if is_fragment(request) else "retention/watch_list.html"
    response = render(request, template, context)
    response["Vary"] = "HX-Request, Cookie"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def watch_content(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a client is content again; 404 for one who is not on the list."""
    user = person(request)
    customer = get_customer_for(user, pk)
    if not WatchEntry.objects.filter(customer=customer, closed_at=None).exists():
        raise Http404
    form = ContentForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        said = say_content(customer, why=form.cleaned_data["why"], actor=user, now=timezone.now())
        undo = reverse("retention:watch-undo", args=[said.pk])
        return saved(request, _("Good. %(name)s is off the watch list.") % {"name": customer.name}, customer, undo=undo)
    return drawn(
        request,
        form,
        title=_("They are content again"),
        customer=customer,
        save=_("Take off the list"),
        note=_("A call that ends with content or delighted, and solved, takes them off by itself."),
    )


@require_POST
def watch_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back one's own word, for ten minutes."""
    user = person(request)
    said = SaidContent.objects.filter(pk=pk, by=user).select_related("customer").first()
    if said is None:
        raise Http404
    text = (
        _("%(name)s is on the watch list again.")
        if take_back(said, actor=user, now=timezone.now())
        else _("That can no longer be taken back.")
    ) % {"name": said.customer.name}
    return done(request, text, event="customer-changed", customer=said.customer_id)
