"""What can go wrong with people and calendars, as errors that a form can show beside its field."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _


class BeyondCalendar(ValidationError):
    """A date or an interval that the working calendar does not reach (T2)."""

    def __init__(self, until: dt.date | None) -> None:
        if until is None:
            super().__init__(_("This working calendar has no days yet."), code="beyond_calendar")
        else:
            super().__init__(
                _("That is too far ahead: the working calendar reaches to %(until)s."),
                code="beyond_calendar",
                params={"until": date_format(until)},
            )


class NeverOpen(ValidationError):
    """A calendar without an open hour in its week (T6)."""

    def __init__(self) -> None:
        super().__init__(_("Give at least one opening hour in the week."), code="never_open")
