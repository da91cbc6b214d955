"""Creating and editing a customer, with its first person of contact."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from crispy_forms.layout import Div, Fieldset
from django import forms
from django.conf.locale import LANG_INFO
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import countries
from accounts.forms import zone_choices
from accounts.models import Team, User
from crm.choices import GOING, LoyaltyKind, Stage
from crm.forms.fields import DateInput, EmailsField, PairsField, PhonesField, TagsField
from crm.forms.layout import NONE, plain_helper, wide
from crm.models import Customer, Segment
from crm.phone_input import region_of
from crm.points import points_of
from crm.querysets import CustomerQuerySet
from crm.search import plain

CURRENCIES = ("EUR", "USD", "GBP", "CHF", "MXN", "COP", "ARS", "CLP", "PEN", "UYU", "BRL", "DOP", "GTQ", "CRC", "BOB")
LANGUAGES = ("es", "ca", "eu", "gl", "en", "pt", "fr", "de", "it", "nl", "pl", "ro", "sv", "da", "ar", "ja", "zh-hans")


class CustomerForm(forms.ModelForm):  # type: ignore[type-arg]
    """All that is known of a customer. Owners, teams and referrers are those that `user` may see."""

    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), required=False)
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), required=False)
    phones = PhonesField(label=_("Phone"))
    emails = EmailsField(label=_("Email"))
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https", max_length=200)
    referrer = forms.CharField(
        label=_("Referred by"), required=False, max_length=200, help_text=_("The name of the client who brought them.")
    )
    tag_names = TagsField(label=_("Tags"), help_text=_("With commas between them."))
    custom = PairsField(label=_("Own fields"), help_text=_("Whatever else you want to know of them."))

    class Meta:
        model = Customer
        fields: ClassVar[list[str]] = [
            "name", "kind", "segment", "owner", "team", "stage", "client_since", "annual_value", "currency",
            "renewal_on", "source", "loyalty", "key", "language", "time_zone", "city", "country", "website",
            "care_note", "custom",
        ]  # fmt: skip
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "client_since": DateInput(),
            "renewal_on": DateInput(),
            "care_note": forms.Textarea({"rows": 3}),
            "annual_value": forms.NumberInput({"inputmode": "decimal", "min": "0", "step": "0.01"}),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        customer = kwargs.get("instance") or Customer()
        points = points_of(customer)
        kwargs["initial"] = {
            "phones": points["phone"],
            "emails": points["email"],
            "tag_names": ", ".join(customer.tags.values_list("name", flat=True)) if customer.pk else "",
            "referrer": self._referrer_name(customer, user),
        } | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self._set_choices()
        phones = self.fields["phones"]
        assert isinstance(phones, PhonesField)
        phones.region = (self.data.get("country") or "").upper() or region_of(customer, user)
        self.fields["annual_value"].validators.append(MinValueValidator(0, _("A value cannot be below zero.")))
        # Two parts: a new client's first person of contact stands between them.
        self.who_helper = plain_helper(
            Fieldset(
                _("Who they are"),
                Div(wide("name"), "kind", "segment", "phones", "emails", "city", "country", css_class="form-grid"),
            ),
        )
        self.helper = plain_helper(
            Fieldset(_("Who cares for them"), Div("owner", "team", "stage", "key", css_class="form-grid")),
            Fieldset(
                _("How to care for them"),
                Div(wide("care_note"), "language", "time_zone", css_class="form-grid"),
            ),
            Fieldset(
                _("What we do together"),
                Div(
                    "annual_value", "currency", "client_since", "renewal_on", "loyalty", "website", "source",
                    "referrer", wide("tag_names"), wide("custom"), css_class="form-grid",
                ),
            ),
        )  # fmt: skip

    @staticmethod
    def _referrer_name(customer: Customer, user: User) -> str:
        """The referrer's name, if it is a client that `user` sees."""
        if customer.referred_by_id is None:
            return ""
        seen = CustomerQuerySet(Customer).reachable_by(user).filter(pk=customer.referred_by_id)
        return seen.values_list("name", flat=True).first() or ""

    def _set_choices(self) -> None:
        now = self.instance
        people = User.objects.visible_to(self.user).active().values("pk")
        owner, team = self.fields["owner"], self.fields["team"]
        assert isinstance(owner, forms.ModelChoiceField)
        assert isinstance(team, forms.ModelChoiceField)
        owner.queryset = User.objects.filter(Q(pk__in=people) | Q(pk=now.owner_id)).order_by("name")
        owner.empty_label = _("Nobody yet: the team's queue")
        team.queryset = self._teams().order_by("name")
        team.empty_label = _("The owner's team")
        segment = self.fields["segment"]
        assert isinstance(segment, forms.ModelChoiceField)
        segment.queryset = Segment.objects.live(keep=now.segment_id)
        segment.empty_label = _("No segment")
        self.fields["currency"] = forms.ChoiceField(
            label=_("Currency"), required=False, choices=_with(CURRENCIES, now.currency, self.data.get("currency"))
        )
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"), required=False, choices=_languages(now.language)
        )
        self.fields["country"] = forms.ChoiceField(label=_("Country"), required=False, choices=_countries(now.country))
        loyalty = self.fields["loyalty"]
        assert isinstance(loyalty, forms.ChoiceField)
        loyalty.choices = [NONE, *LoyaltyKind.choices]
        zones = zone_choices()
        if now.time_zone and now.time_zone not in dict(zones):
            zones = [(now.time_zone, now.time_zone), *zones]
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("Their time zone"), required=False, choices=[NONE, *zones], help_text=_("If it is not yours.")
        )

    def _teams(self) -> Any:
        teams = Team.objects.filter(Q(archived_at=None) | Q(pk=self.instance.team_id))
        if self.user.is_administrator:
            return teams
        return teams.filter(Q(pk__in=self.user.team_ids) | Q(pk=self.instance.team_id))

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_client_since(self) -> Any:
        since = self.cleaned_data["client_since"]
        if since and since > timezone.localdate() + dt.timedelta(days=1):
            raise ValidationError(_("This day is still to come."))
        return since

    def clean_stage(self) -> str:
        stage = str(self.cleaned_data["stage"])
        if self.instance.stage == Stage.DEPARTED and stage != Stage.DEPARTED and stage in GOING:
            raise ValidationError(_("They have already left. Choose the stage they come back to."))
        return stage

    def clean_referrer(self) -> Any:
        name = self.cleaned_data["referrer"].strip()
        before = self.instance
        if name == self._referrer_name(before, self.user):
            return before.referred_by
        if not name:
            return None
        found = list(
            CustomerQuerySet(Customer).reachable_by(self.user).filter(name_key=plain(name)).exclude(pk=before.pk)[:2]
        )
        if not found:
            raise ValidationError(_("No client of yours has this name. Write it as it stands in the list."))
        if len(found) > 1:
            raise ValidationError(_("Several clients have this name; leave it empty for now."))
        return found[0]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("annual_value") is not None and "currency" in data and not data["currency"]:
            self.add_error("currency", _("Say in which currency."))
        if not self.errors and not data.get("owner") and not data.get("team"):
            self.add_error("owner", _("Choose an owner or a team, so that somebody cares for them."))
        return data


def _with(codes: tuple[str, ...], *others: str | None) -> list[tuple[str, str]]:
    """The codes as choices, with one that is in use or was typed, if it could be one."""
    typed = [code.upper() for code in others if code and len(code) == 3 and code.isascii() and code.isalpha()]
    return [NONE, *((code, code) for code in dict.fromkeys([*codes, *typed]))]


def _languages(present: str) -> list[tuple[str, str]]:
    named = [(code, str(LANG_INFO[code]["name_local"]).capitalize()) for code in LANGUAGES]
    return [NONE, *named, *([(present, present)] if present and present not in LANGUAGES else [])]


def _countries(present: str) -> list[tuple[str, str]]:
    named = countries.choices()
    return [NONE, *named, *([(present, present)] if present and present not in dict(named) else [])]


class FirstContactForm(forms.Form):
    """The first person of contact, beside a new customer."""

    prefix = "person"
    name = forms.CharField(label=_("Name"), required=False, max_length=160)
    role = forms.CharField(label=_("Role"), required=False, max_length=120)
    phones = PhonesField(label=_("Phone"))
    emails = EmailsField(label=_("Email"))

    def __init__(self, *args: Any, region: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        phones = self.fields["phones"]
        assert isinstance(phones, PhonesField)
        phones.region = region
        self.helper = plain_helper(
            Fieldset(_("Whom you talk to"), Div("name", "role", "phones", "emails", css_class="form-grid"))
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("name") and (data.get("phones") or data.get("emails") or data.get("role")):
            self.add_error("name", _("Whose is it? A first name is enough."))
        return data
