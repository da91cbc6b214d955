"""The whole suite: once on PostgreSQL and Redis, once embedded. `make test` calls it as `python -m tests.run`.

Arguments go to pytest. PostgreSQL and Redis are started for the run, on free ports, unless DATABASE_URL and REDIS_URL
name some. One of the two halves: `python -m tests.run --only=postgresql` or `--only=sqlite`.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from tests.support.packages import ensure
from tests.support.servers import postgres, redis

ROOT = Path(__file__).resolve().parent.parent
HALVES = {
    "postgresql": "not embedded",
    "sqlite": "not (browser or worker or smtp or volume or samples or postgres) or embedded",
}
NOTHING_COLLECTED = 5


def half(name: str, arguments: list[str], variables: dict[str, str]) -> int:
    """Run pytest on one database, in two processes; returns its exit code."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", HALVES[name]]
    if not any(argument.startswith("-n") for argument in arguments):
        command += ["-n", "2", "--dist", "loadscope"]
    print(f"\n=== {name} ===", flush=True)
    started = time.monotonic()
    code = subprocess.run([*command, "--durations=15", *arguments], cwd=ROOT, env=variables, check=False).returncode
    # Arguments may pick tests of one half only.
    passed = code == 0 or (code == NOTHING_COLLECTED and bool(arguments))
    print(f"=== {name}: {'passed' if passed else 'FAILED'} in {time.monotonic() - started:.0f} s ===", flush=True)
    return 0 if passed else code


def on_postgresql(arguments: list[str]) -> int:
    """Run the half on PostgreSQL and Redis."""
    with ExitStack() as services:
        variables = dict(os.environ)
        if not variables.get("DATABASE_URL"):
            variables["DATABASE_URL"] = services.enter_context(postgres())
        if not variables.get("REDIS_URL"):
            variables["REDIS_URL"] = services.enter_context(redis())
        return half("postgresql", arguments, variables)


def on_sqlite(arguments: list[str]) -> int:
    """Run the half that is embedded."""
    variables = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    return half("sqlite", arguments, variables)


def leave(number: int, frame: FrameType | None) -> None:
    """End in the ordinary way on a signal, so that the servers are stopped."""
    sys.exit(128 + number)


def main() -> int:
    """Run both halves; a failing first one does not hide the second."""
    signal.signal(signal.SIGTERM, leave)
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--only=")]
    chosen = [argument.removeprefix("--only=") for argument in sys.argv[1:] if argument.startswith("--only=")]
    ensure()
    codes = []
    if not chosen or "postgresql" in chosen:
        codes.append(on_postgresql(arguments))
    if not chosen or "sqlite" in chosen:
        codes.append(on_sqlite(arguments))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
