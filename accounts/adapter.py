"""How sign-in by email behaves here: closed sign-up, links from SITE_URL, demo people only on the machine itself."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import quote, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.models import User

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


class ResetTokens(PasswordResetTokenGenerator):
    """Tokens of reset links: dead with a new password, another email, a new sign-in, or a closed access."""

    key_salt = "accounts.adapter.ResetTokens"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.is_active}"


class Site:
    """Takes the place of the request's host, which anybody can write, in the texts of mails."""

    name = "Constante"
    domain = str(urlsplit(settings.SITE_URL).netloc)


def reset_link(key: str) -> str:
    """Return the address of a reset link; `key` as allauth makes it: id and token."""
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    return settings.SITE_URL + path.replace("UID-KEY", quote(key))


def invitation_link(user: User) -> str:
    """Return the address at which `user` chooses a password."""
    return reset_link(f"{user_pk_to_url_str(user)}-{ResetTokens().make_token(user)}")


def is_on_this_machine(request: HttpRequest) -> bool:
    """Return whether the browser runs on the server's own machine; what a proxy forwards does not count."""
    if any(request.META.get(name) for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


class AccountAdapter(DefaultAccountAdapter):
    """Named in the settings as ACCOUNT_ADAPTER."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Refuse demo people off this machine, whose passwords are no secret, unless DEBUG."""
        user = super().authenticate(request, **credentials)
        if user is not None and user.is_demo and not settings.DEBUG and not is_on_this_machine(request):
            raise ValidationError(_("Demo sign-ins work only on the machine that Constante runs on."), code="demo")
        return user

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Note the first time: until then alerts of an imported person go to their supervisors (A11)."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        User.objects.filter(pk=user.pk, first_signed_in_at=None).update(first_signed_in_at=timezone.now())
        return response

    def get_reset_password_from_key_url(self, key: str) -> str:
        return reset_link(key)

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """Write it in the person's language, not in that of whoever asked.

        Who was never invited (an import brought them), or no longer is, gets none: an administrator lets people in.
        """
        if user.invited_at is None and not user.has_usable_password():
            return
        with translation.override(user.language):
            super().send_password_reset_mail(user, user.email, context)

    def send_invitation(self, user: User, inviter: User) -> None:
        """Mail `user` the link to choose a password, in their language; an answer goes to who invites."""
        context = {"user": user, "inviter": inviter, "invitation_url": invitation_link(user)}
        with translation.override(user.language):
            message = self.render_mail("account/email/invitation", user.email, context)
            message.reply_to = [inviter.email]
            message.send()

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        message: EmailMessage = super().render_mail(template_prefix, email, context | {"current_site": Site}, headers)
        return message

    def format_email_subject(self, subject: str) -> str:
        return subject
