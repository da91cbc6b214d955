"""What an alert refuses, as errors that a form can show beside its field."""

from __future__ import annotations

from django.core.exceptions import ValidationError


class NotAllowed(ValidationError):
    """Somebody asks for more of an alert than is theirs to decide, or than this alert can give."""


class ReasonNeeded(ValidationError):
    """A choice that needs a word of why."""
