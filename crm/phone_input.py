"""Phone numbers as people type them, kept as E.164 (`crm.phones` shows them)."""

from __future__ import annotations

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from phonenumbers import ValidationResult

from accounts.models import Calendar, User
from accounts.zones import country_of
from crm.models import Customer


def region_of(customer: Customer | None, user: User) -> str:
    """The country that a number without prefix is read in: the client's, else the writer's zone's, else Spain."""
    if customer is not None and customer.country:
        return customer.country.upper()
    return country_of(user.time_zone) or "ES"


def calendar_region(calendar: Calendar) -> str:
    """The country in which numbers of a team's clients are shown without prefix."""
    return calendar.country or country_of(calendar.zone)


def parse_phone(text: str, region: str) -> str:
    """Return `text` as E.164 ("+34954550188").

    Raises ValidationError in words that say what to do: no number at all, no country known, too short or too long.
    """
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            raise ValidationError(_("Begin with the country: +34 954 55 01 88."), code="phone_country") from error
        raise ValidationError(_("“%(text)s” is not a phone number."), params={"text": text}, code="phone") from error
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == ValidationResult.TOO_SHORT:
        raise ValidationError(_("A digit seems to be missing in this number."), code="phone_short")
    if reason == ValidationResult.TOO_LONG:
        raise ValidationError(_("This number has a digit too many."), code="phone_long")
    if reason not in (ValidationResult.IS_POSSIBLE, ValidationResult.IS_POSSIBLE_LOCAL_ONLY):
        raise ValidationError(
            _("This number does not fit its country. Begin with the country's prefix: +34 …"), code="phone"
        )
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
