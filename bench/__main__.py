"""`python -m bench [SCALE]`: load once, measure every row, print a table and append JSON lines to results.jsonl.

`python -m bench table` prints what was measured last at each scale, as docs/performance.md has it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import nullcontext
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    from tests.support.servers import postgres

    scale_name = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SCALE") or "small"
    if scale_name == "table":
        from bench.table import table

        print(table())
        return 0
    given = os.environ.get("DATABASE_URL", "")
    # A database that is given is kept, with its load, for the next run; else one is made and thrown away.
    with nullcontext(given) if given.startswith("postgres") else postgres() as address:
        os.environ["DATABASE_URL"] = address
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import django

        django.setup()
        return measure(scale_name)


def measure(scale_name: str) -> int:
    from django.core.management import call_command
    from django.utils import timezone

    from bench import engine, imports, pages
    from bench.keep import prepare
    from bench.load import SCALES
    from bench.measure import Results
    from tests.support.mailbox import MailServer
    from tests.support.ports import free_port

    scale, now = SCALES[scale_name], timezone.now().replace(microsecond=0)
    results = Results(scale_name)
    prepare(scale, now)
    call_command("collectstatic", interactive=False, verbosity=0)
    mail = MailServer()
    mail.start()
    port = free_port()
    web = _web(port)
    try:
        pages.page_rows(results, port)
        results.add("first page, cold, compressed", pages.first_page_bytes(port) / 1000, "kB", budget=200)
        engine.sweep_rows(results, now)
        engine.morning_rows(results, now)
        engine.mail_rows(results, now, mail.port)
        engine.policy_rows(results, now)
        engine.night_rows(results, now)
        imports.import_rows(results)
        _broker_row(results)
    finally:
        web.terminate()
        web.wait()
        mail.stop()
    results.save()
    missed = [row["name"] for row in results.rows if row["ok"] is False]
    print(f"{len(results.rows)} rows, {len(missed)} missed" + (f": {', '.join(missed)}" if missed else ""))
    return 0


def _web(port: int, **variables: str) -> subprocess.Popen[bytes]:
    """The real web server, by the start command of production."""
    env = os.environ | {"PORT": str(port), "SITE_URL": f"http://127.0.0.1:{port}", "WEB_WORKERS": "1"} | variables
    process = subprocess.Popen([sys.executable, "-m", "config.start", "web"], cwd=ROOT, env=env)
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=2)
        except urllib.error.HTTPError:
            break
        except OSError:
            time.sleep(0.1)
        else:
            break
    return process


def _broker_row(results) -> None:  # type: ignore[no-untyped-def]
    """Logging with a broker whose socket takes a connection and never answers, against the same without."""
    import socket

    from accounts.models import User
    from bench.measure import milliseconds, p95
    from bench.pages import Visitor, log_call
    from tests.support.ports import free_port

    owner = User.objects.get(email="person0-2@bench.example")
    figures = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for address in (None, f"redis://127.0.0.1:{silent.getsockname()[1]}/0"):
            port = free_port()
            web = _web(port, **({"REDIS_URL": address} if address else {}))
            try:
                figures.append(p95(milliseconds(log_call(Visitor(owner, port)), times=100, warm=5)))
            finally:
                web.terminate()
                web.wait()
    results.add("log a call, hanging broker ÷ normal (p95)", figures[1] / figures[0], "×", budget=1.2)


if __name__ == "__main__":
    sys.exit(main())
