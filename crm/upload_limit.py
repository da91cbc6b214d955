"""What a request may bring along: bytes beyond the limits are counted and thrown away, not written to the disk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class TooLarge(UploadedFile):  # type: ignore[type-arg]
    """Stands for a file whose bytes were thrown away; its size is true, so that the form can say it."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__(file=ContentFile(b""), name=name, size=size)


class LimitHandler(FileUploadHandler):
    """The first of FILE_UPLOAD_HANDLERS: it holds before any form is asked, whoever sends it."""

    _file = 0
    _all = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._file = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Pass the bytes on while there is room; None keeps them from the handlers behind."""
        self._file += len(raw_data)
        self._all += len(raw_data)
        return None if self._over else raw_data

    @property
    def _over(self) -> bool:
        most = settings.ATTACHMENT_LIMIT
        return self._file > most or self._all > most * settings.ATTACHMENTS_AT_ONCE

    def file_complete(self, file_size: int) -> TooLarge | None:
        """Give the form something to refuse; the handlers behind make the file otherwise."""
        return TooLarge(self.file_name or "", self._file) if self._over else None
