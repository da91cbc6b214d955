"""`python -m bench.night INSTANT`: the audit and the snapshot of an evening, undone; seconds and memory as JSON."""

from __future__ import annotations

import datetime as dt
import json
import resource
import sys


def main() -> None:
    import django

    django.setup()
    from bench.measure import seconds, undone
    from retention.audit import audit
    from retention.snapshots import write_last_day

    now = dt.datetime.fromisoformat(sys.argv[1])
    figures: dict[str, float] = {}

    def night() -> float:
        figures["snapshot"] = seconds(lambda: write_last_day(now))
        figures["audit"] = seconds(lambda: figures.update(findings=len(audit(now))))
        return 0.0

    undone(night)
    # Linux says the most that a process ever had, in kibibytes.
    figures["mebibytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
