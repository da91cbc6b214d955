from __future__ import annotations

import argparse
import datetime as dt
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.exceptions import BeyondCalendar
from accounts.models import Calendar
from alerts.admission import admit_for_tell
from alerts.models import Alert, AlertEvent, Delivery
from alerts.send import BATCH, send_due
from alerts.sweep import run_sweep
from alerts.tell import open_windows, tell_events


class Command(BaseCommand):
    """Runs one sweep by hand and prints what it did."""

    help = "Open, climb, admit and plan what is due now; with --tell also tell and send at once, whatever the hour."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--now", help="an instant in ISO form, with its offset, instead of the clock's")
        parser.add_argument("--tell", action="store_true", help="admit for today, tell and send at once")
        parser.add_argument("--dry-run", action="store_true", help="print what it would do, and do nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        now = _instant(options["now"], dry_run=options["dry_run"])
        if Calendar.objects.filter(built_until__lte=now.date()).exists():
            raise CommandError(_beyond(now))
        try:
            self._run(now, options)
        except (BeyondCalendar, OverflowError) as error:
            raise CommandError(_beyond(now)) from error

    def _run(self, now: dt.datetime, options: dict[str, Any]) -> None:
        if not options["dry_run"]:
            self._sweep(now, tell=options["tell"], verbose=options["verbosity"] > 1)
            if options["tell"]:
                self.stdout.write(f"{_send_all(now)} mails looked at by the sender.")
            return
        with transaction.atomic():
            self._sweep(now, tell=options["tell"], verbose=options["verbosity"] > 1)
            transaction.set_rollback(True)
        self.stdout.write("Nothing was changed: a dry run.")

    def _sweep(self, now: dt.datetime, *, tell: bool, verbose: bool) -> None:
        before = AlertEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        planned = Delivery.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        run_sweep(now)
        if tell:
            admit_for_tell(now)
            tell_events(now, at_once=True)
            open_windows(now)
        self._print(before, planned, now, verbose=verbose)

    def _print(self, before: int, planned: int, now: dt.datetime, *, verbose: bool) -> None:
        events = AlertEvent.objects.filter(pk__gt=before)
        counts: dict[str, int] = {}
        for kind in events.values_list("kind", flat=True):
            counts[kind] = counts.get(kind, 0) + 1
        said = ", ".join(f"{number} {kind.replace('_', ' ')}" for kind, number in sorted(counts.items()))
        waiting = Alert.objects.open().filter(admitted_at__isnull=True, passed_over_at__isnull=False).count()
        mails = Delivery.objects.filter(pk__gt=planned).count()
        self.stdout.write(
            f"{now.isoformat()}: {said or 'nothing was due'}; {mails} mails planned; {waiting} wait their turn."
        )
        if verbose:
            for event in events.select_related("alert__customer").order_by("alert__customer__name_key", "pk"):
                self.stdout.write(f"  {event.alert.customer}: {event.alert.family} {event.kind} {event.data or ''}")


def _send_all(now: dt.datetime) -> int:
    """Send until nothing is due; returns how many the sender looked at."""
    looked_at = 0
    while batch := send_due(now, BATCH):
        looked_at += batch
        if batch < BATCH:
            break
    return looked_at


def _beyond(now: dt.datetime) -> str:
    ends = Calendar.objects.filter(built_until__isnull=False).order_by("built_until").values_list("name", "built_until")
    reach = ", ".join(f"{name} to {until}" for name, until in ends) or "there is none yet"
    return (
        f"At {now.isoformat()} there is more to reckon than the working calendars reach ({reach}). "
        "They grow by a day each night, to three years ahead: take an earlier --now."
    )


def _instant(text: str | None, *, dry_run: bool) -> dt.datetime:
    clock = timezone.now()
    if text is None:
        return clock
    try:
        now = parse_datetime(text)
    except ValueError:
        now = None
    if now is None:
        raise CommandError(f"--now {text!r} is not an instant such as 2026-11-24T09:00:00+01:00.")
    if timezone.is_naive(now):
        now = now.replace(tzinfo=dt.UTC)
    if now > clock and not (settings.DEBUG or dry_run):
        raise CommandError("--now ahead of the clock is only for DEBUG or --dry-run: it would tell people early.")
    return now
