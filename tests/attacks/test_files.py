"""Hostile files: of two kinds at once, with names that lie, cut off on the way, larger than may be, bombs."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from crm.file_names import file_name
from crm.models import Attachment, Customer, Interaction
from crm.upload_limit import LimitHandler
from tests.cast import Cast
from tests.crm.test_attachments import add, browser, contents
from tests.portfolio import client_of
from tests.support.files import GIF, JPEG, PDF, PNG, file_of, upload, zipped

pytestmark = pytest.mark.django_db
SCRIPT = b"<script>top.x = 1</script>"


@pytest.fixture
def solis(cast: Cast) -> Customer:
    return client_of(cast.ana, "Ferretería Solís", cast.iberia)


@pytest.fixture
def ana(cast: Cast) -> Client:
    return browser(cast.ana, **{"HX-Request": "true"})


# --- Of two kinds at once -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.gif", b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)//", "image/gif"),
        ("a.gif", GIF + SCRIPT, "image/gif"),
        ("a.jpg", JPEG + SCRIPT, "image/jpeg"),
        ("a.png", PNG + zipped("a.html"), "image/png"),
        ("a.pdf", PDF + SCRIPT, "application/pdf"),
        ("a.pdf", b"%PDF-1.4\n<html>" + SCRIPT, "application/pdf"),
    ],
)
def test_what_is_of_two_kinds_is_served_as_the_harmless_one_and_runs_nowhere(
    ana: Client, solis: Customer, name: str, content: bytes, media_type: str
) -> None:
    assert add(ana, solis, upload(name, content)).status_code == 204

    answer = ana.get(f"/files/{Attachment.objects.get().pk}/")

    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "allow-" not in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", SCRIPT + PDF),
        ("a.jpg", b"<svg onload=alert(1)>" + JPEG),
        ("a.png", b" " + PNG),
        ("a.txt", b"\xef\xbb\xbf<svg xmlns='http://www.w3.org/2000/svg'>"),
        ("a.csv", b"\r\n\t <html>" + SCRIPT),
        ("a.txt", "<html>".encode("utf-16") + SCRIPT),
        ("a.xml", b"<?xml version='1.0'?>"),
        ("a.js", b"alert(1)"),
        ("a.docm", zipped("word/document.xml", "word/vbaProject.bin")),
        ("a.jar", zipped("META-INF/MANIFEST.MF")),
        ("a.png.html", PNG),
        ("a.html\0.png", SCRIPT),
        ("a.png ", b"MZ"),
        (".png", PNG),
    ],
)
def test_what_a_browser_could_run_is_refused(ana: Client, solis: Customer, name: str, content: bytes) -> None:
    assert add(ana, solis, upload(name, content)).status_code == 422
    assert not Attachment.objects.exists()


def test_a_bomb_is_never_unpacked(ana: Client, solis: Customer) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"x")
        archive.writestr("word/document.xml", bytes(200_000_000))
    bomb = made.getvalue()
    assert len(bomb) < 400_000

    assert add(ana, solis, upload("a.docx", bomb), upload("b.zip", bomb + b" ")).status_code == 204
    assert sum(Attachment.objects.values_list("size", flat=True)) == 2 * len(bomb) + 1


# --- Names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("C:\\Users\\ana\\foto.png", "foto.png"),
        ("/", "file"),
        ("..", "file"),
        ("   ", "file"),
        (".htaccess.png", "htaccess.png"),
        ("foto\u202egnp.exe.png", "fotognp.exe.png"),
        ("\u2066\u061c\ufefffoto\u200b.png", "foto.png"),
        ('a"b<c>|d?*.png', "a_b_c__d__.png"),
        ("a\r\nSet-Cookie: x=1.png", "aSet-Cookie_ x=1.png"),
        ("a\0b.png", "ab.png"),
        ("a\ud800b.png", "ab.png"),
        ("a\u2028b\u00a0 c.png", "a b c.png"),
        ("Cafe\u0301.png", "Café.png"),
        ("שלום عربي.png", "שלום عربي.png"),
        ("\U0001f469\u200d\U0001f4bb.png", "\U0001f469\u200d\U0001f4bb.png"),
        ("foto.png. . .", "foto.png"),
    ],
)
def test_a_name_is_printed_and_saved_safely(given: str, kept: str) -> None:
    assert file_name(given) == kept


@pytest.mark.parametrize("sign", ["a", "ñ", "漢", "\U0001f600"])
def test_a_name_that_is_too_long_keeps_its_ending(sign: str) -> None:
    name = file_name(sign * 400 + ".png")

    assert name.endswith(sign + ".png")
    assert len(name.encode()) <= 240
    assert len(name) <= 200


def test_an_ending_that_is_too_long_is_none() -> None:
    assert len(file_name("a." + "b" * 500)) <= 200


def test_a_strange_name_travels_through_form_row_page_and_header(ana: Client, cast: Cast, solis: Customer) -> None:
    name = "\u202eOferta “50 %” <b>ñ</b> 漢字 'x'; rm -rf $HOME.png"
    add(ana, solis, upload(name))

    file = Attachment.objects.get()
    page = ana.get(f"/customers/{solis.pk}/").content.decode()
    sent = ana.get(f"/files/{file.pk}/?download").headers["Content-Disposition"]

    assert file.title == "b_ 漢字 'x'; rm -rf $HOME.png"
    assert "<bdi>b_ 漢字 &#x27;x&#x27;; rm -rf $HOME.png</bdi>" in page
    assert sent.startswith("attachment; filename*=utf-8''b_%20%E6%BC%A2%E5%AD%97%20%27x%27%3B%20rm")


@pytest.mark.parametrize("title", ["a\0b", "x" * 201, "   ", ""])
def test_a_title_that_cannot_be_kept_is_refused(ana: Client, cast: Cast, solis: Customer, title: str) -> None:
    file = file_of(solis, cast.ana)

    assert ana.post(f"/files/{file.pk}/change/", {"title": title}).status_code == 422
    file.refresh_from_db()
    assert file.title == "Foto.png"


def test_a_title_of_quotes_and_signs_is_no_header_of_its_own(ana: Client, cast: Cast, solis: Customer) -> None:
    file = file_of(solis, cast.ana)
    Attachment.objects.filter(pk=file.pk).update(title='a"; filename="evil.exe\r\nX-Evil: 1')

    answer = ana.get(f"/files/{file.pk}/?download")

    assert "X-Evil" not in answer.headers
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a_; filename=_evil.exeX-Evil_ 1.png"'


# --- On the way -----------------------------------------------------------------------------------------------------


def body(customer: Customer, *files: Any) -> bytes:
    said = {
        "begun": "1",
        "customer": customer.pk,
        "channel": "call",
        "direction": "out",
        "outcome": "reached",
        "summary": "Roof",
    }
    return encode_multipart(BOUNDARY, said | {"uploads": list(files), "whole": "1"})


def sent(client: Client, content: bytes) -> Any:
    return client.generic("POST", "/log/", content, content_type=MULTIPART_CONTENT)


@pytest.mark.parametrize("left", [0.001, 0.002, 0.3, 0.6, 0.9, 0.999])
def test_a_form_that_was_cut_off_on_the_way_saves_nothing(ana: Client, solis: Customer, left: float) -> None:
    before = contents()
    whole = body(solis, upload("a.txt", b"Words. " * 20_000), upload("b.txt", b"More. " * 20_000))

    answer = sent(ana, whole[: int(len(whole) * left)])

    assert answer.status_code == 422
    assert "The connection broke off on the way." in answer.content.decode()
    assert not Interaction.objects.exists()
    assert contents() == before
    assert sent(ana, whole).status_code == 204


def test_bytes_beyond_the_limit_are_not_written_anywhere(
    ana: Client, solis: Customer, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    settings.ATTACHMENT_LIMIT = 3_000_000
    counted, most = LimitHandler.receive_data_chunk, [0]

    def measuring(self: Any, raw_data: bytes, start: int) -> bytes | None:
        most.append(sum(file.stat().st_size for file in tmp_path.iterdir()))
        return counted(self, raw_data, start)

    monkeypatch.setattr(LimitHandler, "receive_data_chunk", measuring)
    answer = sent(ana, body(solis, upload("a.png", PNG + bytes(20_000_000))))

    assert answer.status_code == 422
    assert "“a.png” has 19.1\xa0MB. Up to 2.9\xa0MB is kept." in answer.content.decode()
    assert 2_000_000 < max(most) <= 3_100_000


def test_a_stranger_cannot_fill_the_disk_either(cast: Cast, settings: Any, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    settings.ATTACHMENT_LIMIT = 100_000
    data = {"login": "x", "password": "y", "uploads": [upload("a.png", bytes(3_000_000))]}

    assert Client().post("/accounts/login/", data).status_code == 200
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 100_000


def test_all_files_of_a_form_have_a_limit_too(ana: Client, solis: Customer, settings: Any) -> None:
    settings.ATTACHMENT_LIMIT, settings.ATTACHMENTS_AT_ONCE = 1_000, 3
    files = [upload(f"{n}.txt", bytes([65 + n]) * 900) for n in range(5)]

    answer = add(ana, solis, *files)

    assert answer.status_code == 422
    assert not Attachment.objects.exists()


def test_hundreds_of_files_are_refused_as_a_whole(ana: Client, solis: Customer) -> None:
    files = [upload(f"{n}.txt", b"x") for n in range(101)]

    assert add(ana, solis, *files).status_code == 400
    assert not Attachment.objects.exists()


def test_other_fields_and_files_of_other_names_are_not_taken(ana: Client, cast: Cast, solis: Customer) -> None:
    other = client_of(cast.diego, "Ajena", cast.andes)
    more: dict[str, Any] = {
        "customer": other.pk,
        "interaction": 1,
        "added_by": cast.diego.pk,
        "key": "../x",
        "kind": "html",
    }

    more |= {"uploads": upload("a.png"), "photo": upload("b.png"), "whole": "1"}
    ana.post(f"/customers/{solis.pk}/files/add/", more)

    file = Attachment.objects.get()
    assert (file.customer, file.interaction, file.added_by, file.kind) == (solis, None, cast.ana, "png")


def test_words_where_a_file_belongs_are_none(ana: Client, solis: Customer) -> None:
    data = {"uploads": "/etc/passwd", "whole": "1"}

    assert ana.post(f"/customers/{solis.pk}/files/add/", data).status_code == 422
    assert not Attachment.objects.exists()
