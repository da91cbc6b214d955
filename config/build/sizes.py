"""Name the files that grew past 400 lines: each hides a concept that wants a file of its own.

Used as `python -m config.build.sizes FOLDER ...`.
"""

import sys
from pathlib import Path

LIMIT = 400


def long_files(folders: list[Path]) -> list[tuple[Path, int]]:
    """Return the Python files over the limit with their number of lines; migrations do not count."""
    found = []
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            lines = len(file.read_text(encoding="utf-8").splitlines())
            if lines > LIMIT and "migrations" not in file.parts:
                found.append((file, lines))
    return found


def main() -> int:
    """Print the long files; exit 1 when there is one."""
    found = long_files([Path(name) for name in sys.argv[1:]])
    for file, lines in found:
        print(f"{file}: {lines} lines, over {LIMIT}; which concept hides in it?")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
