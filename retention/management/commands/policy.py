from __future__ import annotations

import argparse
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.models import Customer, Segment
from retention.policies import TERMS, Scope, change_policy, preview_change


class Command(BaseCommand):
    """Changes what is promised, after showing what the change does (A8)."""

    help = "Show or change an attention policy: policy [--segment A | --customer 12] attention_amount=20 … [--apply]"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("terms", nargs="+", metavar="term=value", help=f"any of: {', '.join(TERMS)}")
        parser.add_argument("--segment", help="the segment's name; with neither, the policy for everybody")
        parser.add_argument("--customer", type=int, help="the client's number")
        parser.add_argument("--reason", default="", help="why; kept with the version")
        parser.add_argument("--apply", action="store_true", help="do it; without, only show what it would do")

    def handle(self, *args: Any, **options: Any) -> None:
        scope, terms, now = _scope(options), _terms(options["terms"]), timezone.now()
        try:
            foreseen = preview_change(scope, terms, now=now)
            if options["apply"]:
                change_policy(scope, terms, actor=None, reason=options["reason"], now=now)
        except (ValidationError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{foreseen.customers} clients: {foreseen.overdue_before} overdue now, {foreseen.overdue_after} with the "
            f"change; {foreseen.due_in_7_days} fall due within 7 days, {foreseen.due_in_30_days} within 30."
        )
        self.stdout.write("Changed." if options["apply"] else "Nothing changed yet: add --apply.")


def _scope(options: dict[str, Any]) -> Scope:
    try:
        segment = Segment.objects.get(name=options["segment"]) if options["segment"] else None
        customer = Customer.objects.get(pk=options["customer"]) if options["customer"] else None
    except (Segment.DoesNotExist, Customer.DoesNotExist) as error:
        raise CommandError(str(error)) from error
    return Scope(segment, customer)


def _terms(pairs: list[str]) -> dict[str, object]:
    terms: dict[str, object] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or name not in TERMS:
            raise CommandError(f"{pair!r} is not one of: {', '.join(f'{term}=…' for term in TERMS)}")
        terms[name] = value if name.endswith("_unit") else _number(name, value)
    return terms


def _number(name: str, value: str) -> int | None:
    if value in ("", "none") and name == "personal_amount":
        return None
    try:
        return int(value)
    except ValueError as error:
        raise CommandError(f"{name} needs a number, not {value!r}") from error
