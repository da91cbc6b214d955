"""`manage.py first_code`: print a one-time code for the page that creates the first administrator."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import timezone

from accounts import first_start


class Command(BaseCommand):
    help = "Print a new one-time code for the page that creates the first administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="say nothing when somebody is there already")

    def handle(self, *args: Any, **options: Any) -> None:
        if not first_start.is_open():
            if options["if_empty"]:
                return
            raise CommandError("There is an administrator already. Sign in, or use `manage.py add_person`.")
        code = first_start.new_code(timezone.now())
        address = settings.SITE_URL + reverse("accounts:first-start")
        self.stdout.write(f"\nNobody is here yet. Open {address} and enter this one-time code:\n\n    {code}\n")
