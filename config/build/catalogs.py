"""Compile the message catalogues under `locale/`, without gettext's tools.

Used as `python -m config.build.catalogs`.
"""

import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent.parent


def compile_all(folder: Path) -> int:
    """Write a `.mo` beside each `.po` that is newer than it; returns how many were written."""
    written = 0
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        polib.pofile(str(source), encoding="utf-8").save_as_mofile(str(target))
        written += 1
    return written


def main() -> int:
    """Compile and say how many."""
    print(f"locale: {compile_all(ROOT / 'locale')} catalogues compiled")
    return 0


if __name__ == "__main__":
    sys.exit(main())
