"""`manage.py add_person`: bring somebody in, in one team, with a link to choose a password."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.adapter import invitation_link
from accounts.events import person_changed
from accounts.models import Membership, Team, User
from accounts.models.user import Role


class Command(BaseCommand):
    help = "Add a person, or another team to one who is there; prints the link that lets them choose a password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="as colleagues and clients read it")
        parser.add_argument("--role", choices=Role.values, help="manager unless they supervise")
        parser.add_argument("--team", help="name of the team; the firm's default one when left out")
        parser.add_argument("--supervises", action="store_true", help="they supervise that team")
        parser.add_argument("--language", choices=["en", "es"], help="en unless given")
        parser.add_argument("--zone", help="time zone; that of the team unless given")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = self._save(options)
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        self.stdout.write(f"{user} <{user.email}>, {user.get_role_display()}.")
        if not user.has_usable_password():
            self.stdout.write(f"This link lets them choose a password, once, for three days:\n{invitation_link(user)}")

    @transaction.atomic
    def _save(self, options: dict[str, Any]) -> User:
        team = self._team(options["team"])
        user = User.objects.filter(email=options["email"].lower()).first()
        if user is None:
            user = User(email=options["email"].lower(), time_zone=team.calendar.zone)
            user.set_unusable_password()
        user.name = options["name"] or user.name or user.email.split("@")[0]
        user.role = options["role"] or (Role.SUPERVISOR if options["supervises"] else user.role)
        user.language = options["language"] or user.language
        user.time_zone = options["zone"] or user.time_zone
        if not user.has_usable_password():
            # Whoever has the link may ask for another one, once it is too old.
            user.invited_at = timezone.now()
        user.full_clean()
        user.save()
        has_primary = user.memberships.filter(is_primary=True).exists()
        Membership.objects.update_or_create(
            user=user,
            team=team,
            defaults={"supervises": options["supervises"]},
            create_defaults={"supervises": options["supervises"], "is_primary": not has_primary},
        )
        person_changed(user, timezone.now())
        return user

    def _team(self, name: str | None) -> Team:
        teams = Team.objects.select_related("calendar")
        team = teams.filter(name__iexact=name).first() if name else teams.filter(is_default=True).first()
        if team is None:
            names = ", ".join(teams.values_list("name", flat=True))
            raise CommandError(f"There is no team {name!r}. There are: {names}")
        return team
