"""Planted faults: `make mutants` plants each in a copy of the tree and runs the property tests against it.

Every fault must be caught. `python -m tests.mutants NAME …` plants those whose names contain one of the words.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("accounts", "alerts", "complaints", "config", "crm", "retention", "tests", "templates", "locale", "docs")
TESTS = "tests/engine/test_properties.py"


@dataclass(frozen=True)
class Fault:
    """A text that stands exactly once in a file, and the wrong one in its place."""

    name: str
    file: str
    right: str
    wrong: str


FAULTS = (
    Fault(
        "a day more",
        "retention/providers/attention.py",
        "default=F(amount),\n        output_field=IntegerField(),",
        "default=F(amount) + 1,\n        output_field=IntegerField(),",
    ),
    Fault("< for ≤", "crm/models/clock.py", "if now >= self.due_at:", "if now > self.due_at:"),
    Fault(
        "a lost undo",
        "crm/log.py",
        '_removed(interaction, Change("interaction", interaction.pk, actor, undo=True), now)',
        '_removed(interaction, Change("interaction", interaction.pk, actor), now)',
    ),
    Fault(
        "no working days",
        "alerts/dating.py",
        "When(unit=Unit.WORKING_DAYS, then=working_days)",
        "When(unit=Unit.WORKING_DAYS, then=days)",
    ),
    Fault(
        "the wrong calendar", "crm/scope.py", 'F("team__calendar_id"),\n        Subquery(primary', "Subquery(primary"
    ),
    Fault(
        "the same day's rule lost",
        "retention/providers/attention.py",
        'Q(local_date__gte=OuterRef("day"))',
        'Q(local_date__gt=OuterRef("day"))',
    ),
    Fault(
        "the call back from when it was entered",
        "retention/providers/callbacks.py",
        'from_at=_of_missed("counts_at")',
        'from_at=_of_missed("entered_at")',
    ),
    Fault("the future counted", "crm/log.py", "return min(at, now).replace", "return at.replace"),
    Fault("the twin forgotten", "alerts/reconcile.py", "        revive(customers, change, now)\n", ""),
    Fault(
        "the suspended forgotten",
        "alerts/reconcile.py",
        "    if before.suspended:\n        _resume(customers, run)\n",
        "",
    ),
    Fault("the waiting lost", "alerts/gentle.py", "at = min(at, row.before)", "at = min(at, row.opens_at)"),
    Fault("soon at three quarters", "alerts/reconcile.py", "SOON_PERCENT = 80", "SOON_PERCENT = 75"),
)


def plant(fault: Fault, tree: Path) -> None:
    """Write the fault into a copy; refuses one whose text is gone or stands there twice."""
    path = tree / fault.file
    text = path.read_text()
    if text.count(fault.right) != 1:
        raise SystemExit(f"{fault.name}: its text stands {text.count(fault.right)} times in {fault.file}")
    path.write_text(text.replace(fault.right, fault.wrong))


def copy_tree(target: Path) -> None:
    """Copy what the tests need; the rest is linked."""
    skip = shutil.ignore_patterns("__pycache__", "*.sqlite3")
    for app in APPS:
        if (ROOT / app).is_dir():
            shutil.copytree(ROOT / app, target / app, ignore=skip)
    for rest in ROOT.iterdir():
        if not (target / rest.name).exists() and rest.name not in {".git", "var"}:
            (target / rest.name).symlink_to(rest)


def is_caught(fault: Fault) -> bool:
    """Plant one fault and run the property tests: they must fail."""
    with tempfile.TemporaryDirectory(prefix="constante-mutant-") as folder:
        tree = Path(folder)
        copy_tree(tree)
        plant(fault, tree)
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", "not drawn_often", TESTS]
        # One failing example is enough: it need not be made smaller.
        variables = {**os.environ, "PROPERTY_TESTS": "fail-fast", "PYTHONPATH": str(tree)}
        run = subprocess.run(command, cwd=tree, env=variables, check=False, capture_output=True, text=True)
        if run.returncode not in (0, 1):
            raise SystemExit(run.stdout + run.stderr)
        return run.returncode == 1


def main() -> int:
    """Plant each fault; returns how many were missed."""
    words = sys.argv[1:]
    missed = 0
    for fault in FAULTS:
        if words and not any(word in fault.name for word in words):
            continue
        started = time.monotonic()
        caught = is_caught(fault)
        missed += not caught
        print(f"{'caught' if caught else 'MISSED'}  {fault.name}  ({time.monotonic() - started:.0f} s)", flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(main())
