"""Names of files as people gave them, made safe to print and to save under; what they say stays."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

#: What file systems take in one name; some room is left for a browser's " (1)".
MOST_BYTES = 240
#: Characters of a title.
MOST = 200
#: Without these some scripts and signs of several people would fall apart.
JOINERS = "\u200c\u200d"
#: No name may hold these, on one system or another.
FORBIDDEN = dict.fromkeys(map(ord, '<>:"|?*'), "_")


def file_name(name: str) -> str:
    """Return `name` without folders, controls and marks that turn writing round, short enough for any system."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rstrip("/").rpartition("/")[2]
    clean = "".join(filter(_is_printed, last)).translate(FORBIDDEN)
    return _shortened(" ".join(clean.split()).strip(" .")) or "file"


def _is_printed(sign: str) -> bool:
    return sign in JOINERS or not unicodedata.category(sign).startswith("C")


def _shortened(name: str) -> str:
    """Cut within the stem, between characters; the ending stays, it says what the file is."""
    ending = PurePosixPath(name).suffix
    ending = ending if len(ending.encode()) <= 20 else ""
    room = MOST_BYTES - len(ending.encode())
    stem = name[: len(name) - len(ending)][: MOST - len(ending)]
    return stem.encode()[:room].decode(errors="ignore").rstrip(" .") + ending
