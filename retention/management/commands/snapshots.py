from __future__ import annotations

import argparse
import datetime as dt
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from retention.snapshots import differences, rebuild

#: Differences that are listed; the others are counted.
LISTED = 20


class Command(BaseCommand):
    """Writes the evenings of past dates anew, or says where they are not what deadlines and history say."""

    help = "Rebuild the evening snapshots of past dates: snapshots --rebuild 2026-01-01 2026-06-30 [--check]"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--rebuild", nargs=2, required=True, type=_date, metavar=("FROM", "TO"), help="dates, both included"
        )
        parser.add_argument("--check", action="store_true", help="write nothing; list what differs, if anything does")

    def handle(self, *args: Any, **options: Any) -> None:
        first, last = options["rebuild"]
        if first > last:
            raise CommandError("FROM is after TO.")
        now = timezone.now()
        if options["check"]:
            self._check(first, last, now)
            return
        self.stdout.write(f"{rebuild(first, last, now)} rows written.")

    def _check(self, first: dt.date, last: dt.date, now: dt.datetime) -> None:
        found = differences(first, last, now)
        shown = list(islice(found, LISTED))
        for one in shown:
            self.stdout.write(f"{one.key[0]}: {one.key[1:]} is {one.kept}, should be {one.found}")
        if shown:
            raise CommandError(f"{len(shown) + sum(1 for _ in found)} rows differ.")
        self.stdout.write("All rows are as they should be.")


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date like 2026-11-24") from error
