"""A person of contact."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from crispy_forms.layout import Div, Fieldset
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from crm.choices import Channel, Influence, Stance
from crm.forms.fields import DateInput, EmailsField, PhonesField
from crm.forms.layout import NONE, plain_helper, wide
from crm.models import Contact, Customer
from crm.phone_input import region_of
from crm.points import points_of


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]
    """All that is known of a person of contact, with phones and addresses."""

    phones = PhonesField(label=_("Phone"))
    emails = EmailsField(label=_("Email"))

    class Meta:
        model = Contact
        fields: ClassVar[list[str]] = [
            "name", "addressed_as", "role", "influence", "preferred_channel", "preferred_hours", "birthday",
            "stance", "stance_on", "stance_why", "personal_notes", "left_on",
        ]  # fmt: skip
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "birthday": DateInput(),
            "stance_on": DateInput(),
            "left_on": DateInput(),
            "personal_notes": forms.Textarea({"rows": 3}),
        }

    def __init__(self, *args: Any, customer: Customer, user: User, **kwargs: Any) -> None:
        contact = kwargs.get("instance") or Contact()
        points = points_of(customer, contact) if contact.pk else {"phone": [], "email": []}
        kwargs["initial"] = {"phones": points["phone"], "emails": points["email"]} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        phones = self.fields["phones"]
        assert isinstance(phones, PhonesField)
        phones.region = region_of(customer, user)
        for name, choices in (("preferred_channel", Channel), ("influence", Influence), ("stance", Stance)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [NONE, *choices.choices]
        self.helper = plain_helper(
            Fieldset(
                _("Who they are"),
                Div(
                    wide("name"),
                    "addressed_as",
                    "role",
                    "phones",
                    "emails",
                    "birthday",
                    "left_on",
                    css_class="form-grid",
                ),
            ),
            Fieldset(
                _("How they like it"),
                Div("preferred_channel", "preferred_hours", wide("personal_notes"), css_class="form-grid"),
            ),
            Fieldset(
                _("Where they stand"),
                Div("influence", "stance", "stance_on", "stance_why", css_class="form-grid"),
            ),
        )

    def clean_birthday(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["birthday"]
        if day and day > timezone.localdate():
            raise ValidationError(_("This day is still to come."))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("stance") == Stance.AGAINST and not data.get("stance_why"):
            self.add_error("stance_why", _("Say why, so that we can mend it."))
        if "stance" in self.changed_data and "stance_on" not in self.changed_data:
            # A new stance does not keep the old one's day.
            data["stance_on"] = timezone.localdate() if data.get("stance") else None
        return data
