"""Contents of attachments in a folder of this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage


class FolderStorage(FileSystemStorage):
    """Django's, but what it has taken is on the disk: the row that follows must not outlive its file in a power cut.

    Readable for the app alone, and without an address: only the view gives it out.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700} | options)

    def _save(self, name: str, content: Any) -> str:
        saved: str = super()._save(name, content)  # type: ignore[misc]
        file = Path(self.path(saved))
        _on_disk(file)
        _on_disk(file.parent)
        return saved

    def url(self, name: str | None) -> str:
        raise ValueError("contents of attachments have no address of their own")


def _on_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
