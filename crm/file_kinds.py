"""The kinds of file that are kept: by the ending of the name, which the content must agree with.

What is served, and how, comes from this table alone: never from what a browser said, and nothing that a browser would
run (HTML, SVG, scripts) stands in it. Signatures are read by `puremagic` from the first bytes; archives are never
unpacked, their names stand uncompressed at the end of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

import puremagic
from django.utils.translation import gettext_noop

#: Bytes that are looked at from the beginning and from the end.
HEAD, TAIL = 8_192, 65_536
#: What a text says of itself when it is none that we keep: a page or a drawing that a browser would run.
PAGES = frozenset({".html", ".htm", ".svg", ".xml", ".xhtml", ".docbook", ".rng"})
MARKS_OF_WIDE_TEXT = (b"\xff\xfe", b"\xfe\xff")
TEXT_CONTROLS = frozenset(b"\t\n\r\f\x1b")


@dataclass(frozen=True)
class Kind:
    """One kind. `signs` are the endings by which puremagic knows it, `starts` what it does not know (offset, bytes).

    `inside` is a name that its archive must hold. `shown` says that a browser may show it on a page of its own.
    """

    name: str
    media_type: str
    endings: tuple[str, ...]
    icon: str = "file"
    signs: frozenset[str] = frozenset()
    starts: tuple[tuple[int, bytes], ...] = ()
    inside: bytes = b""
    shown: bool = False
    is_text: bool = False

    @property
    def is_picture(self) -> bool:
        return self.shown and self.media_type.startswith("image/")


_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
_ZIP, _OLE = frozenset({".zip"}), frozenset({".doc"})
_BOXES = ((4, b"ftyp"),)

KINDS = (
    Kind("jpeg", "image/jpeg", (".jpg", ".jpeg", ".jfif"), "photo", frozenset({".jpg"}), shown=True),
    Kind("png", "image/png", (".png",), "photo", frozenset({".png"}), shown=True),
    Kind("gif", "image/gif", (".gif",), "photo", frozenset({".gif"}), shown=True),
    Kind("webp", "image/webp", (".webp",), "photo", frozenset({".webp"}), shown=True),
    Kind("heic", "image/heic", (".heic", ".heif"), "photo", starts=_BOXES),
    Kind("tiff", "image/tiff", (".tif", ".tiff"), "photo", frozenset({".tiff"})),
    Kind("pdf", "application/pdf", (".pdf",), "file-type-pdf", frozenset({".pdf"}), shown=True),
    Kind("docx", _OFFICE + "wordprocessingml.document", (".docx",), "file-text", _ZIP, inside=b"word/"),
    Kind("xlsx", _OFFICE + "spreadsheetml.sheet", (".xlsx",), "file-spreadsheet", _ZIP, inside=b"xl/"),
    Kind("pptx", _OFFICE + "presentationml.presentation", (".pptx",), "presentation", _ZIP, inside=b"ppt/"),
    Kind("odt", _OPEN + "text", (".odt",), "file-text", _ZIP, inside=b"mimetypeapplication/vnd.oasis"),
    Kind("ods", _OPEN + "spreadsheet", (".ods",), "file-spreadsheet", _ZIP, inside=b"mimetypeapplication/vnd.oasis"),
    Kind("odp", _OPEN + "presentation", (".odp",), "presentation", _ZIP, inside=b"mimetypeapplication/vnd.oasis"),
    Kind("doc", "application/msword", (".doc",), "file-text", _OLE),
    Kind("xls", "application/vnd.ms-excel", (".xls",), "file-spreadsheet", _OLE),
    Kind("ppt", "application/vnd.ms-powerpoint", (".ppt",), "presentation", _OLE),
    Kind("msg", "application/vnd.ms-outlook", (".msg",), "mail", _OLE),
    Kind("rtf", "application/rtf", (".rtf",), "file-text", frozenset({".rtf"})),
    Kind("txt", "text/plain", (".txt", ".log", ".md"), "file-text", is_text=True),
    Kind("csv", "text/csv", (".csv", ".tsv"), "file-spreadsheet", is_text=True),
    Kind("eml", "message/rfc822", (".eml",), "mail", is_text=True),
    Kind("ics", "text/calendar", (".ics",), "calendar", frozenset({".ics"}), is_text=True),
    Kind("vcf", "text/vcard", (".vcf",), "user", frozenset({".vcf"}), is_text=True),
    Kind("mp3", "audio/mpeg", (".mp3",), "microphone", frozenset({".mp3", ".mpga"}), ((0, b"\xff\xf3"),)),
    Kind("m4a", "audio/mp4", (".m4a",), "microphone", starts=_BOXES),
    Kind("ogg", "audio/ogg", (".ogg", ".oga", ".opus"), "microphone", frozenset({".ogg"})),
    Kind("wav", "audio/wav", (".wav",), "microphone", frozenset({".wav"})),
    Kind("amr", "audio/amr", (".amr",), "microphone", frozenset({".amr"})),
    Kind("mp4", "video/mp4", (".mp4", ".m4v"), "video", starts=_BOXES),
    Kind("mov", "video/quicktime", (".mov",), "video", starts=_BOXES),
    Kind("zip", "application/zip", (".zip",), "file-zip", _ZIP),
)  # fmt: skip
_BY_NAME = {kind.name: kind for kind in KINDS}
_BY_ENDING = {ending: kind for kind in KINDS for ending in kind.endings}
#: What a file dialog offers.
ACCEPT = ",".join(_BY_ENDING)

UNKNOWN = gettext_noop("“%(name)s”: files of this kind are not kept. Photos, PDF, Office, text, sound and video are.")
NOT_WHAT_IT_SAYS = gettext_noop("“%(name)s” holds something else than its name says. Save it anew under its true kind.")
MACROS = gettext_noop("“%(name)s” carries macros, which could harm. Save it without them, or as PDF.")
EMPTY = gettext_noop("“%(name)s” is empty.")


class Refused(Exception):
    """A file that is not kept; `why` is one of the messages above, to be filled with its name."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def kind_named(name: str) -> Kind:
    """Return a kind by the name that its rows keep; one that left the table is only downloaded."""
    return _BY_NAME.get(name) or Kind(name, "application/octet-stream", (".bin",))


def kind_of(name: str, head: bytes, tail: bytes) -> Kind:
    """Return what a file called `name` is, by its first HEAD and last TAIL bytes; Refused when it is not kept."""
    if not head:
        raise Refused(EMPTY)
    kind = _BY_ENDING.get(PurePosixPath(name).suffix.lower())
    if kind is None:
        raise Refused(UNKNOWN)
    if not _agrees(kind, head, tail):
        raise Refused(NOT_WHAT_IT_SAYS)
    if kind.inside and b"vbaProject.bin" in tail:
        raise Refused(MACROS)
    return kind


def _agrees(kind: Kind, head: bytes, tail: bytes) -> bool:
    if kind.is_text:
        known = _signs_of(_first_words(head))
        return _is_text(head) and not known & PAGES and (not kind.signs or bool(known & kind.signs))
    known = _signs_of(head)
    by_start = any(head[at : at + len(sign)] == sign for at, sign in kind.starts)
    return (by_start or bool(known & kind.signs)) and (kind.inside in head or kind.inside in tail)


def _signs_of(head: bytes) -> frozenset[str]:
    """The endings whose signature the content begins with."""
    try:
        return frozenset(match.extension for match in puremagic.magic_string(head))
    except puremagic.PureError:
        return frozenset()


def _first_words(head: bytes) -> bytes:
    """What a browser would begin to read with, after marks and blanks."""
    if head.startswith(MARKS_OF_WIDE_TEXT):
        head = head.decode("utf-16", errors="ignore").encode(errors="ignore")
    return head.removeprefix(b"\xef\xbb\xbf").lstrip() or b"\n"


def _is_text(head: bytes) -> bool:
    if head.startswith(MARKS_OF_WIDE_TEXT):
        return True
    return all(byte >= 32 or byte in TEXT_CONTROLS for byte in head)
