"""Which clients are handed over, as an address says it, and the form that says to whom."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Count, F, QuerySet, Sum
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from crm.filters import controls
from crm.forms.layout import plain_helper
from crm.listing import Listing, View, read_view
from crm.models import Customer
from retention.reassignments import not_of

QUEUE = "queue"
#: Clients that are ticked at most; the list shows fifty at a time.
MOST_TICKED = 500


@dataclass(frozen=True)
class Chosen:
    """The clients of a list as it stood at `view.as_of`, or those `ticked`."""

    view: View
    ticked: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing says which: everybody is nobody's choice."""
        return not self.ticked and not self.view.is_narrowed

    @property
    def address(self) -> str:
        """The choice as parameters of an address."""
        if self.ticked:
            return "?" + urlencode([("pk", pk) for pk in self.ticked])
        return self.view.address()

    def customers(self, reader: User, now: dt.datetime) -> QuerySet[Customer]:
        """The clients, as far as the reader sees them whole."""
        seen = Customer.objects.visible_to(reader)
        if self.ticked:
            return seen.filter(pk__in=self.ticked)
        # Who moved this week may be another's by now.
        return seen.filter(pk__in=Listing(self.view, reader, now).rows.order_by().values("pk"))

    def words(self, reader: User) -> list[str]:
        """What narrowed the list, a word each. At most three queries."""
        if self.ticked:
            return []
        said = controls(self.view, reader)
        return [chip.label for chip in said.chips if chip.on] + [chip.label for chip in said.taken]

    def segments(self, reader: User, now: dt.datetime) -> list[tuple[str, int, str]]:
        """Of one owner's clients the segments: name (empty for none), clients, address of the choice. One query."""
        if self.ticked or not self.view.owner or self.view.segment:
            return []
        rows = Listing(self.view, reader, now).rows.order_by().values_list("segment", "segment__name")
        counted = rows.annotate(n=Count("pk"))
        counted = counted.order_by(F("segment__position").asc(nulls_last=True), "segment__name")
        return [
            (name or "", n, replace(self.view, segment=str(pk) if pk else "none").address()) for pk, name, n in counted
        ]


def read_chosen(params: QueryDict, now: dt.datetime) -> Chosen:
    """Read which clients an address means; the states of a list are those of `now` unless it says as of when."""
    ticked = [one for one in params.getlist("pk") if one.isdecimal() and one.isascii() and len(one) < 16]
    if ticked:
        return Chosen(View(), tuple(dict.fromkeys(int(one) for one in ticked[:MOST_TICKED])))
    # Colleagues' clients are not theirs to give.
    view = replace(read_view(params), teams=False, tick=False)
    return Chosen(replace(view, as_of=view.as_of or now))


class ReassignForm(forms.Form):
    """To whom, whether the team follows, why; `seen` says what was looked at."""

    to = forms.ChoiceField(label=_("To"), error_messages={"required": _("Choose who is to have them.")})
    team_follows = forms.BooleanField(
        label=_("Their team follows the new owner"),
        required=False,
        initial=True,
        help_text=_("Working hours and supervisors become those of the new owner’s team."),
    )
    reason = forms.CharField(label=_("Why"), max_length=200, required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput())

    def __init__(self, data: Any = None, *, reader: User, chosen: Chosen) -> None:
        super().__init__(data)
        people = User.objects.visible_to(reader).active().order_by("name", "pk")
        if chosen.view.owner and chosen.view.owner != "none":
            people = people.exclude(pk=int(chosen.view.owner))
        self.people = {str(one.pk): one for one in people}
        to = self.fields["to"]
        assert isinstance(to, forms.ChoiceField)
        to.choices = [
            ("", _("Choose …")),
            (QUEUE, _("Nobody yet: the team's queue")),
            *((pk, one.name) for pk, one in self.people.items()),
        ]
        self.helper = plain_helper("to", "team_follows")
        self.helper.render_unmentioned_fields = False
        self.why_helper = plain_helper("reason")
        self.why_helper.render_unmentioned_fields = False

    @property
    def owner(self) -> User | None:
        """Who is to have them, None for the queue; of a valid form."""
        return self.people.get(self.cleaned_data["to"])

    @property
    def with_team(self) -> bool:
        return bool(self.cleaned_data["team_follows"])

    def signature(self, chosen: Chosen, customers: QuerySet[Customer]) -> str:
        """What was asked for and whom it is about, as one word. One query."""
        found = not_of(customers, self.owner).aggregate(n=Count("pk"), sum=Sum("pk"))
        said = (chosen.address, self.cleaned_data["to"], self.with_team, found["n"], found["sum"])
        return hashlib.sha256(repr(said).encode()).hexdigest()[:20]
