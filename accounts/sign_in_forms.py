"""allauth's forms in our words: no hints inside the fields, no list of rules below them."""

from __future__ import annotations

from typing import Any

from allauth.account import forms
from django.utils.translation import gettext_lazy as _


def _in_our_words(form: Any, labels: dict[str, Any]) -> None:
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
    for name, label in labels.items():
        form.fields[name].label = label
        form.fields[name].help_text = ""


class SignInForm(forms.LoginForm):
    """Keeps allauth's link to a new password below the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self, {"login": _("Email")})
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class ResetForm(forms.ResetPasswordForm):
    """Asks where to send the link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self, {"email": _("Email")})


class NewPasswordForm(forms.ResetPasswordKeyForm):
    """Behind the link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self, {"password1": _("New password"), "password2": _("Once more")})


class ChangePasswordForm(forms.ChangePasswordForm):
    """For who is signed in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"oldpassword": _("Current password"), "password1": _("New password"), "password2": _("Once more")}
        _in_our_words(self, labels)
