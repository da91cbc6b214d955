"""The first start: whoever reads the console's one-time code becomes the first administrator."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.calendar_change import put_in_force
from accounts.models import FirstCode, Membership, Team, User
from accounts.models.user import Role
from accounts.setup import ensure_defaults

# Without letters that are easily taken for others. 20 of them carry 98 bits.
ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
GROUPS, LETTERS = 5, 4
CODE_LIVES = dt.timedelta(days=7)


class WrongCode(ValidationError):
    """The code is not one that was printed here lately, or it was used."""

    def __init__(self) -> None:
        super().__init__(
            _("This code does not fit. The console of the server shows it; `manage.py first_code` prints a new one."),
            code="wrong_code",
        )


@dataclass(frozen=True, kw_only=True)
class FirstPerson:
    """What the page asks for."""

    email: str
    name: str
    password: str
    language: str
    team: str
    country: str
    zone: str


def is_open() -> bool:
    """Return whether nobody administers yet: people whom an import brought do not. One query."""
    return not User.objects.administrators().exists()


def new_code(now: dt.datetime) -> str:
    """Return a new code; only its digest is stored, earlier ones stay good for a week."""
    groups = ("".join(secrets.choice(ALPHABET) for _letter in range(LETTERS)) for _group in range(GROUPS))
    code = "-".join(groups)
    FirstCode.objects.filter(made_at__lt=now - CODE_LIVES).delete()
    FirstCode.objects.create(digest=_digest(code), made_at=now)
    return code


@transaction.atomic
def create_first(person: FirstPerson, code: str, now: dt.datetime) -> User:
    """Create the first administrator, name the default team and set its calendar. Raises `WrongCode`."""
    # The lock lets only one of two people with the same code through.
    found = FirstCode.objects.select_for_update().filter(digest=_digest(code), made_at__gte=now - CODE_LIVES)
    if not found or not is_open():
        raise WrongCode
    team = ensure_defaults(today=now.date())
    _name_team(team, person, now)
    user = _administrator(person, now)
    Membership.objects.filter(user=user).update(is_primary=False)
    Membership.objects.update_or_create(user=user, team=team, defaults={"supervises": True, "is_primary": True})
    FirstCode.objects.all().delete()
    return user


def _administrator(person: FirstPerson, now: dt.datetime) -> User:
    """A new administrator, or the one whom an import brought as an owner of clients."""
    user = User.objects.filter(email__iexact=person.email).first() or User(email=person.email.lower())
    user.name, user.language, user.time_zone = person.name, person.language, person.zone
    user.role, user.is_staff, user.is_superuser, user.is_active = Role.ADMINISTRATOR, True, True, True
    user.first_signed_in_at = now
    user.set_password(person.password)
    user.save()
    return user


def _name_team(team: Team, person: FirstPerson, now: dt.datetime) -> None:
    team.name = person.team
    team.save(update_fields=["name"])
    calendar = team.calendar
    calendar.name, calendar.zone, calendar.country = person.team, person.zone, person.country
    calendar.save(update_fields=["name", "zone", "country"])
    put_in_force(calendar, now=now)


def _digest(code: str) -> str:
    plain = "".join(letter for letter in code.upper() if letter in ALPHABET)
    return hashlib.sha256(plain.encode()).hexdigest()
