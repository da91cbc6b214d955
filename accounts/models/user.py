from __future__ import annotations

import datetime as dt
import zoneinfo
from collections import defaultdict
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.querysets import UserQuerySet

#: What somebody is to a team, or to a person.
_MEMBER, _SUPERVISOR, _COVERED, _SEEN = 1, 2, 3, 4


def validate_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("%(name)s is not a known time zone."), params={"name": name})


def _away() -> Q:
    """Absences that are running."""
    now = timezone.now()
    return Q(starts_at__lte=now) & (Q(ends_at__isnull=True) | Q(ends_at__gt=now))


def _seen() -> Q:
    """Absences whose cover sees the clients: those that are running, about to begin, or just over."""
    now = timezone.now()
    return _away() | Q(seen_from__lte=now) & (Q(ends_at__isnull=True) | Q(seen_until__gt=now))


class Role(models.TextChoices):
    MANAGER = "manager", _("Account manager")
    SUPERVISOR = "supervisor", _("Supervisor")
    ADMINISTRATOR = "administrator", _("Administrator")


class Theme(models.TextChoices):
    AUTO = "auto", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a user; without a password nobody can sign in until one is set by reset."""
        user = User(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, role=Role.ADMINISTRATOR, is_staff=True, is_superuser=True, **fields)


PeopleManager = UserManager.from_queryset(UserQuerySet)


class User(AbstractBaseUser, PermissionsMixin):
    """A person of the firm. Signs in by email."""

    email = models.EmailField(_("email"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.MANAGER)
    language = models.CharField(
        _("language"), max_length=8, choices=[("en", "English"), ("es", "Español")], default="en"
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Madrid", validators=[validate_zone])
    theme = models.CharField(_("theme"), max_length=8, choices=Theme, default=Theme.AUTO)
    digest_hour = models.TimeField(_("morning mail at"), default=dt.time(8, 0))
    single_keys = models.BooleanField(
        _("single-key shortcuts"),
        default=True,
        help_text=_("Keys such as L for Log, while no field has the focus."),
    )
    daily_lines = models.BooleanField(
        _("lines that only inform, in the morning mail"),
        default=True,
        help_text=_("How many clients wait their turn, and whom colleagues attended to for you. Alerts always come."),
    )
    weekly_mail = models.BooleanField(
        _("weekly mail about one's teams"),
        default=True,
        help_text=_("What changed, who climbed, which promises were kept. What climbs to administrators always comes."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False, help_text=_("Never mailed; sign-in only here."))
    joined_at = models.DateTimeField(auto_now_add=True)
    first_signed_in_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Empty for somebody an import brought, not yet invited.")
    )
    invited_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the latest link to choose a password was made; empty when withdrawn.")
    )
    invited_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    address_refused_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Their mail server said for good that it takes nothing.")
    )

    objects = PeopleManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMINISTRATOR

    @property
    def is_supervisor(self) -> bool:
        """Whether pages for supervisors are theirs (administrators see all of them too)."""
        return self.role in (Role.SUPERVISOR, Role.ADMINISTRATOR)

    @cached_property
    def team_ids(self) -> list[int]:
        """Teams of which they are a member or the supervisor. Queries once per instance."""
        return [pk for what, pk in self._scope if what in (_MEMBER, _SUPERVISOR)]

    @cached_property
    def supervised_team_ids(self) -> list[int]:
        """Teams they supervise. Queries once per instance."""
        return [pk for what, pk in self._scope if what == _SUPERVISOR]

    @cached_property
    def acting_for_ids(self) -> list[int]:
        """Themselves and those who are away now with them as the cover, or as the cover of a cover who is away too.

        As plain ids, so that an index on the owner serves whatever is filtered by them. Queries once per instance.
        """
        covered = [pk for what, pk in self._scope if what == _COVERED]
        # Hardly anybody covers: only they are asked whom else it brings them.
        return [self.pk, *covered, *(self._covered_by(covered) if covered else ())]

    @cached_property
    def sees_for_ids(self) -> list[int]:
        """Those they act for, and whom they cover from the evening before until two working days after (A10)."""
        acting = self.acting_for_ids
        return [*acting, *(pk for what, pk in self._scope if what == _SEEN and pk not in acting)]

    def _covered_by(self, covers: list[int]) -> list[int]:
        """Whom these cover now, and so on: a chain has three covers at most (A10), the last of them this person."""
        theirs = defaultdict(list)
        for cover, user in self.covers.model.objects.filter(_away()).values_list("cover_id", "user_id"):
            theirs[cover].append(user)
        found = list[int]()
        for _step in range(2):
            covers = [user for cover in covers for user in theirs[cover] if user != self.pk and user not in found]
            found += covers
        return found

    @cached_property
    def _scope(self) -> list[tuple[int, int]]:
        """What they are to which team or person, in one query."""
        role = Case(When(supervises=True, then=Value(_SUPERVISOR)), default=Value(_MEMBER))
        teams = self.memberships.order_by().annotate(what=role).values_list("what", "team_id")
        now = Case(When(_away(), then=Value(_COVERED)), default=Value(_SEEN))
        covered = self.covers.filter(_seen()).order_by().annotate(what=now).values_list("what", "user_id")
        return sorted(teams.union(covered, all=True))
