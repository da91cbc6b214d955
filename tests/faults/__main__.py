"""`python -m tests.faults`; variables: SEED (else drawn, and printed), KILLS (60), CUSTOMERS (5000), KEEP=1 (logs)."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

from tests.support.packages import install, is_there

#: The least share of kills that must hit claimed work.
LEAST = 0.8
#: Seconds after which no further round begins, and after which all is ended.
LONGEST, END = 13 * 60, 15 * 60


def leave(number: int, frame: FrameType | None) -> None:
    """End in the ordinary way on a signal, so that everything started is ended."""
    if number == signal.SIGALRM:
        print(f"It took longer than {END // 60} minutes.")
    sys.exit(128 + number)


def main() -> int:
    """Run the rounds of a seed; 0 when everything held."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, leave)
    signal.alarm(END - 30)
    missing = [package for package in ("postgresql", "redis-server") if not is_there(package)]
    if missing:
        install(missing)
    from tests.faults.servers import Redis, cluster

    folder = Path(tempfile.mkdtemp(prefix="constante-faults-"))
    postgres, redis = cluster(), Redis()
    try:
        postgres.create()
        postgres.start()
        redis.start()
        _settings(postgres.url, redis.url, folder)
        return _run(folder, postgres, redis)
    finally:
        redis.remove()
        postgres.remove()
        if os.environ.get("KEEP"):
            print(f"Logs: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _settings(database: str, broker: str, folder: Path) -> None:
    """Let this process read the rows by the app's own models."""
    os.environ |= {
        "DATABASE_URL": database,
        "REDIS_URL": broker,
        "DATA_DIR": str(folder / "own"),
        "ENV_FILE": "",
        "SECRET_KEY": "only-for-faults",
        "STATIC_HASHED": "False",
        "LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    import django

    django.setup()
    # The server's own complaints about texts that were cut off.
    logging.getLogger("mail.log").setLevel(logging.ERROR)


def _run(folder: Path, postgres: Any, redis: Any) -> int:
    from tests.faults.campaign import Campaign, new_seed
    from tests.faults.plan import draw

    seed = int(os.environ.get("SEED") or new_seed())
    rounds = draw(seed, int(os.environ.get("KILLS") or 60))
    customers = int(os.environ.get("CUSTOMERS") or 5000)
    print(
        f"SEED={seed}: {sum(len(one.kills) for one in rounds)} kills in {len(rounds)} rounds of {customers} deadlines"
    )
    campaign, begun, cut_short = Campaign(folder, postgres, redis, customers, seed), time.monotonic(), False
    try:
        campaign.prepare()
        print(f"  ready after {time.monotonic() - begun:.0f} s", flush=True)
        for one in rounds:
            if time.monotonic() - begun > LONGEST:
                cut_short = True
                break
            print(f"  round {one.number + 1}: {one.trouble}", flush=True)
            report = campaign.run(one)
            for problem in report.problems:
                print(f"    BROKEN: {problem}")
            print(f"    {report.seconds:.0f} s, {len(campaign.mail.messages)} mails so far", flush=True)
    except KeyboardInterrupt:
        print("Interrupted: ending what was started.")
        return 130
    finally:
        campaign.end()
    return _sum_up(campaign, time.monotonic() - begun, cut_short)


def _sum_up(campaign: Any, seconds: float, cut_short: bool) -> int:
    """Print the figures and say whether the run passed."""
    done = campaign.killer.done
    hits = [one for one in done if one.hit]
    print(f"\nSEED={campaign.seed}\n| Killed | times | on claimed work |\n|---|---|---|")
    for who, count in Counter(one.kill.who for one in done).items():
        print(f"| {who} | {count} | {sum(1 for one in hits if one.kill.who == who)} |")
    share = len(hits) / max(1, len(done))
    ids = Counter(mail.message_id for mail in campaign.mail.messages)
    calls = [call for visitor in campaign.visitors for call in visitor.calls]
    again = sum(count - 1 for count in ids.values())
    broken = [problem for report in campaign.reports for problem in report.problems]
    print(f"| all | {len(done)} | {len(hits)} ({share:.0%}) |")
    print(f"mails taken {sum(ids.values())}, repeats {again}; calls logged {len(calls)}, ", end="")
    print(f"clicks without an answer or with 5xx {sum(len(call.answers) - call.is_saved for call in calls)}; ", end="")
    print(f"{len(campaign.reports)} rounds, {seconds:.0f} s; broken: {len(broken)}")
    if cut_short:
        print("It took too long; the last rounds were not run.")
    return 0 if not broken and share >= LEAST and not cut_short else 1


if __name__ == "__main__":
    sys.exit(main())
