"""Files to attach: small, true to their kind."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from crm.attachments import attach, kept
from crm.models import Attachment, Customer, Interaction
from tests.portfolio import NOW

#: One red dot.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(64) + b"\xff\xd9"
GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff"
    + bytes(3)
    + b","
    + bytes(4)
    + b"\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)


def zipped(*names: str, first: bytes = b"") -> bytes:
    """An archive with entries of these names."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        if first:
            archive.writestr(zipfile.ZipInfo("mimetype"), first)
        for name in names:
            archive.writestr(name, "x")
    return made.getvalue()


DOCX = zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml")


def upload(name: str, content: bytes = PNG) -> SimpleUploadedFile:
    """A file as a browser sends it; what the browser says of its type is never believed."""
    return SimpleUploadedFile(name, content, content_type="text/html")


def file_of(
    customer: Customer,
    by: User,
    name: str = "Foto.png",
    content: bytes = PNG,
    *,
    interaction: Interaction | None = None,
    now: dt.datetime = NOW,
) -> Attachment:
    """A file that `by` has added."""
    with kept([upload(name, content)]) as files:
        return attach(customer, files, interaction=interaction, actor=by, now=now)[0]
