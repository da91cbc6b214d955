"""The import's rows: how fast customers are validated and written, and how fast what is owed to them is reckoned."""

from __future__ import annotations

import csv
import io
import re
import tempfile
import time
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from accounts.models import User
from bench.measure import Results, undone
from crm.models import Customer

ROWS = 10_000


def import_rows(results: Results) -> None:
    """One file of customers as HubSpot exports them, through the command itself; undone."""
    said = ""

    def load() -> float:
        nonlocal said
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "companies.csv"
            _write(path)
            out = io.StringIO()
            call_command("import_csv", "customers", str(path), stdout=out, stderr=out)
            said = out.getvalue()
        return _number(r"rows, ([\d,]+)/s", said)

    rate, floor = undone(load), ROWS / undone(_floor)
    results.add(
        f"import of {ROWS:,} customers, written with history", rate, "1/s", budget=5_000, floor=floor, at_least=True
    )
    results.add("recompute after it", _number(r"customers, ([\d,]+)/s", said), "1/s", at_least=True)


def _floor() -> float:
    """As many customers copied by INSERT … SELECT, with all indexes, in seconds."""
    fields = [field.column for field in Customer._meta.concrete_fields if not (field.primary_key or field.generated)]
    columns = ", ".join(f'"{name}"' for name in fields)
    with connection.cursor() as cursor:
        begun = time.perf_counter()
        cursor.execute(
            f"INSERT INTO crm_customer ({columns}) SELECT {columns} FROM crm_customer WHERE external_id = ''"
            " ORDER BY id LIMIT %s",
            [ROWS],
        )
        return time.perf_counter() - begun


def _number(pattern: str, text: str) -> float:
    return float(re.findall(pattern, text)[-1].replace(",", ""))


def _write(path: Path) -> None:
    owners = list(User.objects.active().order_by("pk").values_list("email", flat=True)[:50])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["Record ID", "Company name", "Phone Number", "City", "Country/Region", "Company owner", "Create Date"]
        )
        for n in range(ROWS):
            date = f"2024-{n % 12 + 1:02d}-{n % 28 + 1:02d} 09:30"
            owner = owners[n % len(owners)]
            writer.writerow([900_000 + n, f"Bodegas Ruiz {n}", f"+3491{n:07d}", "Sevilla", "Spain", owner, date])
