from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from retention.demo.people import PEOPLE
from retention.demo.run import DAYS, Built, build, delete


class Command(BaseCommand):
    """Fills the house with a believable firm, or takes it away again."""

    help = "Simulate the demo firm (never mailed to anybody), or remove it with --delete."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--delete", action="store_true", help="remove the demo and everything of it")
        parser.add_argument("--days", type=int, default=DAYS, help="how many days are lived through; default two years")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["delete"]:
            self.stdout.write(f"The demo is gone: {delete()} clients.")
            return
        begun = time.monotonic()
        try:
            built = build(timezone.now(), days=options["days"], progress=_progress)
        except ValueError as error:
            raise CommandError(str(error)) from error
        seconds = time.monotonic() - begun
        self.stderr.write("")
        self.stdout.write(f"{built.customers} clients and {built.interactions} contacts in {seconds:.0f} s.")
        self._sign_ins(built)

    def _sign_ins(self, built: Built) -> None:
        self.stdout.write(f"Sign in here only, with the password {built.staff.password}")
        for person in PEOPLE:
            user = built.staff.users[person.key]
            self.stdout.write(f"  {user.email}  ({user.get_role_display()})")


def _progress(share: float) -> None:
    """One line that is written over, to a terminal only."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r  living through two years: {share:4.0%}")
        sys.stderr.flush()
