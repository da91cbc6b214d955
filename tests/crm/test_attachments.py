"""Files of a client: taken in, given out, renamed, removed, brought back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.test import Client
from django.utils import timezone

from crm import attachments
from crm.attachments import NoRoom, attach, here_already, kept
from crm.history import changes_of
from crm.log import delete_interaction
from crm.models import Attachment, Customer
from crm.models.attachment import attachment_store
from crm.ownership import reassign
from tests.cast import Cast
from tests.portfolio import NOW, client_of, logged
from tests.support.files import DOCX, GIF, JPEG, OLE, PDF, PNG, file_of, upload, zipped

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def solis(cast: Cast) -> Customer:
    return client_of(cast.ana, "Ferretería Solís", cast.iberia)


def browser(user: Any, **headers: str) -> Client:
    made = Client(headers=headers)
    made.force_login(user)
    return made


def add(client: Client, customer: Customer, *files: Any, **more: Any) -> Any:
    return client.post(f"/customers/{customer.pk}/files/add/", {"uploads": list(files), "whole": "1"} | more)


def contents() -> set[str]:
    """The keys that lie in the store."""
    root = Path(str(settings.DATA_DIR), "attachments")
    return {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}


# --- Taken in -------------------------------------------------------------------------------------------------------


def test_a_file_is_kept_with_who_when_and_what(cast: Cast, solis: Customer) -> None:
    answer = add(browser(cast.ana, **HTMX), solis, upload("Oferta 2026.pdf", PDF))

    assert answer.status_code == 204
    file = Attachment.objects.get()
    assert (file.title, file.kind, file.size, file.added_by) == ("Oferta 2026.pdf", "pdf", len(PDF), cast.ana)
    assert re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{32}", file.key)
    with attachment_store().open(file.key) as content:
        assert content.read() == PDF
    assert "Kept: Oferta 2026.pdf." in answer.headers["HX-Trigger"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.JPG", JPEG),
        ("a.gif", GIF),
        ("a.docx", DOCX),
        ("a.xlsx", zipped("[Content_Types].xml", "xl/workbook.xml")),
        ("a.odt", zipped("content.xml", first=b"application/vnd.oasis.opendocument.text")),
        ("a.zip", zipped("a.txt")),
        ("a.doc", OLE),
        ("a.txt", "Adiós\n".encode("latin-1")),
        ("a.csv", "Año;Importe\n".encode()),
        ("a.txt", "Adiós".encode("utf-16")),
        ("a.eml", b"From: a@b.test\nSubject: <html>\n\nHello"),
        ("a.vcf", b"BEGIN:VCARD\r\nVERSION:3.0\r\n"),
        ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0" + bytes(40)),
        ("a.mp4", b"\0\0\0\x18ftypiso5\0\0\0\0" + bytes(40)),
        ("a.mp3", b"ID3\x03\0\0\0\0\0\0" + bytes(40)),
    ],
)
def test_what_firms_send_each_other_is_taken(cast: Cast, solis: Customer, name: str, content: bytes) -> None:
    assert add(browser(cast.ana, **HTMX), solis, upload(name, content)).status_code == 204
    assert Attachment.objects.get().size == len(content)


def test_several_at_once_are_counted(cast: Cast, solis: Customer) -> None:
    before = contents()

    answer = add(browser(cast.ana, **HTMX), solis, upload("a.png"), upload("b.pdf", PDF), upload("c.png"))

    # Two of them are the same.
    assert "2 files kept." in answer.headers["HX-Trigger"]
    assert Attachment.objects.count() == 2
    assert len(contents() - before) == 2


def test_the_same_content_is_said_and_not_kept_twice(cast: Cast, solis: Customer) -> None:
    file_of(solis, cast.bruno, "Tejado.png")
    before = contents()

    answer = add(browser(cast.ana, **HTMX), solis, upload("IMG_1.png"), upload("b.pdf", PDF))

    told = answer.headers["HX-Trigger"]
    assert "Kept: b.pdf." in told
    assert "Tejado.png" in told
    assert "since 24 Nov, by Bruno" in told
    assert len(contents() - before) == 1


def test_another_client_may_have_the_same_file(cast: Cast, solis: Customer) -> None:
    other = client_of(cast.ana, "Óptica Prisma", cast.iberia)
    file_of(other, cast.ana)

    add(browser(cast.ana), solis, upload("a.png"))

    assert Attachment.objects.filter(customer=solis).count() == 1
    with kept([upload("b.png")]) as files:
        assert {one.customer for one in here_already(other, files).values()} == {other}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "Choose a file."),
        ([upload("a.png", PDF)], "“a.png” holds something else than its name says."),
        ([upload("a.svg", b"<svg></svg>")], "“a.svg”: files of this kind are not kept."),
        ([upload("a.html", b"<html>")], "“a.html”: files of this kind are not kept."),
        ([upload("a.exe", b"MZ\x90\0")], "“a.exe”: files of this kind are not kept."),
        ([upload("nothing", PNG)], "“nothing”: files of this kind are not kept."),
        ([upload("a.png", b"")], "“a.png” is empty."),
        ([upload("a.txt", b" \n <!DOCTYPE html><html>")], "holds something else"),
        ([upload("a.txt", PNG)], "holds something else"),
        ([upload("a.docx", zipped("a.txt"))], "holds something else"),
        ([upload("a.docx", zipped("word/document.xml", "word/vbaProject.bin"))], "carries macros"),
        ([upload(f"{n}.png") for n in range(11)], "Up to 10 files at once, please."),
    ],
)
def test_what_is_not_kept_is_said_beside_the_field(cast: Cast, solis: Customer, files: list[Any], said: str) -> None:
    before = contents()
    for one in files:
        one.seek(0)

    answer = add(browser(cast.ana, **HTMX), solis, *files)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Attachment.objects.exists()
    assert contents() == before


def test_one_bad_file_keeps_the_good_ones_waiting(cast: Cast, solis: Customer) -> None:
    answer = add(browser(cast.ana, **HTMX), solis, upload("a.png"), upload("b.png", b""), upload("c.pdf", PNG))

    told = answer.content.decode()
    assert "“b.png” is empty." in told
    assert "“c.pdf” holds something else" in told
    assert not Attachment.objects.exists()


def test_one_byte_over_the_limit_is_refused_and_the_limit_itself_is_taken(
    cast: Cast, solis: Customer, settings: Any
) -> None:
    settings.ATTACHMENT_LIMIT = 4_000_000
    exact = PNG + bytes(4_000_000 - len(PNG))
    client = browser(cast.ana, **HTMX)

    refused = add(client, solis, upload("a.png", exact + b"\0"))

    assert refused.status_code == 422
    assert "“a.png” has 3.8\xa0MB. Up to 3.8\xa0MB is kept." in refused.content.decode()
    assert not Attachment.objects.exists()
    assert add(client, solis, upload("a.png", exact)).status_code == 204
    assert Attachment.objects.get().size == 4_000_000


def test_the_files_of_one_client_have_a_limit_together(cast: Cast, solis: Customer, settings: Any) -> None:
    settings.ATTACHMENTS_PER_CLIENT = len(PNG) + len(PDF)
    file_of(solis, cast.ana)
    before = contents()

    refused = add(browser(cast.ana, **HTMX), solis, upload("a.pdf", PDF + b" "))

    assert refused.status_code == 422
    assert "There is room for" in refused.content.decode()
    assert contents() == before
    assert add(browser(cast.ana, **HTMX), solis, upload("a.pdf", PDF)).status_code == 204


def test_nothing_is_left_of_a_form_that_failed_after_its_files(cast: Cast, solis: Customer, settings: Any) -> None:
    before = contents()
    settings.ATTACHMENTS_PER_CLIENT = 1

    with pytest.raises(NoRoom), kept([upload("a.png")]) as files:
        assert contents() != before
        attach(solis, files, actor=cast.ana, now=NOW)

    assert contents() == before


def test_a_large_upload_is_there_again_when_the_request_is_tried_again(cast: Cast, solis: Customer) -> None:
    large = TemporaryUploadedFile("a.png", "image/png", 0, None)
    large.write(PNG + bytes(3_000_000))
    large.size = len(PNG) + 3_000_000

    # As after a deadlock: the first try was rolled back, its content taken away.
    with pytest.raises(RuntimeError), kept([large]):
        raise RuntimeError
    with kept([large]) as files:
        attach(solis, files, actor=cast.ana, now=NOW)

    with attachment_store().open(Attachment.objects.get().key) as content:
        assert content.read() == PNG + bytes(3_000_000)


def test_a_content_that_no_row_took_goes_at_once(cast: Cast, solis: Customer) -> None:
    before = contents()
    with kept([upload("a.png"), upload("b.pdf", PDF)]) as files:
        attach(solis, files[:1], actor=None, now=NOW)

    assert contents() - before == {files[0].key}


# --- Given out ------------------------------------------------------------------------------------------------------


def opened(user: Any, file: Attachment, query: str = "", **headers: str) -> Any:
    return browser(user, **headers).get(f"/files/{file.pk}/{query}")


def test_a_photo_is_shown_alone_in_a_box(cast: Cast, solis: Customer) -> None:
    answer = opened(cast.ana, file_of(solis, cast.ana, "Tejado.png"))

    assert b"".join(answer.streaming_content) == PNG
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"] == 'inline; filename="Tejado.png"'
    assert answer.headers["Content-Length"] == str(len(PNG))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow" not in policy


@pytest.mark.parametrize(
    ("name", "content", "media_type", "disposition"),
    [
        ("a.pdf", PDF, "application/pdf", "inline"),
        ("a.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "attachment"),
        ("a.txt", b"<b>x</b>", "text/plain", "attachment"),
        ("a.zip", zipped("a.txt"), "application/zip", "attachment"),
    ],
)
def test_the_type_is_ours_and_only_some_are_shown(
    cast: Cast, solis: Customer, name: str, content: bytes, media_type: str, disposition: str
) -> None:
    file = file_of(solis, cast.ana, name, content)

    answer, saved = opened(cast.ana, file), opened(cast.ana, file, "?download")

    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Content-Disposition"].startswith(disposition)
    assert saved.headers["Content-Disposition"].startswith("attachment")


def test_a_kind_that_left_the_table_is_only_saved(cast: Cast, solis: Customer) -> None:
    file = file_of(solis, cast.ana)
    Attachment.objects.update(kind="flash")

    answer = opened(cast.ana, file)

    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_what_has_not_changed_is_not_sent_again_but_the_right_is_asked_for(cast: Cast, solis: Customer) -> None:
    file = file_of(solis, cast.ana)
    tag = {"If-None-Match": opened(cast.ana, file).headers["ETag"]}

    assert opened(cast.ana, file, **tag).status_code == 304
    assert opened(cast.ana, file, "?download", **tag).status_code == 200
    assert opened(cast.diego, file, **tag).status_code == 404


def test_it_goes_as_it_is(cast: Cast, solis: Customer) -> None:
    file = file_of(solis, cast.ana, "a.txt", b"Hola " * 1000)

    answer = opened(cast.ana, file, **{"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Content-Length"] == "5000"


def test_a_content_that_is_not_there_is_said(cast: Cast, solis: Customer) -> None:
    file = file_of(solis, cast.ana)
    attachment_store().delete(file.key)

    assert opened(cast.ana, file).status_code == 404


@pytest.mark.parametrize("path", ["", "change/"])
def test_strangers_find_nothing(cast: Cast, solis: Customer, path: str) -> None:
    file = file_of(solis, cast.ana)

    for user, code in ((cast.bruno, 404), (cast.diego, 404), (cast.fatima, 404), (cast.carla, 200), (cast.eva, 200)):
        assert browser(user).get(f"/files/{file.pk}/{path}").status_code == code, user


def test_who_added_it_to_a_colleagues_client_sees_it(cast: Cast, solis: Customer) -> None:
    call = logged(solis, cast.bruno, "11-24 09:00")
    file = file_of(solis, cast.bruno, interaction=call)

    assert opened(cast.bruno, file).status_code == 200
    assert "Foto.png" in browser(cast.bruno).get(f"/customers/{solis.pk}/").content.decode()


def test_files_go_with_the_client_to_the_new_owner(cast: Cast, solis: Customer) -> None:
    file = file_of(solis, cast.ana)
    rows = Customer.objects.filter(pk=solis.pk)

    reassign(rows, owner=cast.diego, actor=cast.eva, now=timezone.now())

    assert opened(cast.diego, file).status_code == 200


# --- Renamed, removed, brought back -----------------------------------------------------------------------------------


def test_another_name_keeps_what_it_is(cast: Cast, solis: Customer) -> None:
    file = file_of(solis, cast.ana, "IMG_1.png")

    browser(cast.ana).post(f"/files/{file.pk}/change/", {"title": "  Oferta/de mayo.exe "})

    file.refresh_from_db()
    assert file.title == "de mayo.exe"
    assert 'filename="de mayo.exe.png"' in opened(cast.ana, file).headers["Content-Disposition"]


def test_a_removed_file_is_out_of_view_and_comes_back(cast: Cast, solis: Customer) -> None:
    file, client = file_of(solis, cast.ana), browser(cast.ana, **HTMX)

    answer = client.post(f"/files/{file.pk}/remove/")

    assert f"/files/{file.pk}/restore/" in answer.headers["HX-Trigger"]
    assert client.get(f"/files/{file.pk}/").status_code == 404
    assert f'id="file-{file.pk}"' not in browser(cast.ana).get(f"/customers/{solis.pk}/").content.decode()
    assert "Bring back" in browser(cast.ana).get(f"/customers/{solis.pk}/files/").content.decode()
    client.post(f"/files/{file.pk}/restore/")
    assert client.get(f"/files/{file.pk}/").status_code == 200


def test_removing_twice_keeps_who_was_first(cast: Cast, solis: Customer) -> None:
    file = file_of(solis, cast.ana)
    for user in (cast.ana, cast.carla):
        browser(user).post(f"/files/{file.pk}/remove/")

    file.refresh_from_db()
    assert file.removed_by == cast.ana


def test_the_files_of_a_removed_contact_are_out_of_view(cast: Cast, solis: Customer) -> None:
    call = logged(solis, cast.ana, "11-24 09:00")
    file = file_of(solis, cast.ana, interaction=call)
    assert "Foto.png" in browser(cast.ana).get(f"/customers/{solis.pk}/").content.decode()

    delete_interaction(call, actor=cast.ana, now=NOW)

    assert opened(cast.ana, file).status_code == 404
    assert "Foto.png" not in browser(cast.ana).get(f"/customers/{solis.pk}/").content.decode()
    assert browser(cast.ana).post(f"/files/{file.pk}/restore/").status_code == 404


def test_the_list_of_changes_tells_of_files(cast: Cast, solis: Customer) -> None:
    client = browser(cast.ana)
    add(client, solis, upload("Oferta.pdf", PDF))
    file = Attachment.objects.get()
    client.post(f"/files/{file.pk}/change/", {"title": "Oferta buena.pdf"})
    client.post(f"/files/{file.pk}/remove/")

    told = [
        (one.act, one.what, [(d.before, d.after) for d in one.differences][:1]) for one in changes_of(solis).changes
    ]

    assert ("~", "File: Oferta buena.pdf", [("Oferta.pdf", "Oferta buena.pdf")]) in told
    assert told[0][1] == "File: Oferta buena.pdf"
    assert "removed" in browser(cast.ana).get(f"/customers/{solis.pk}/changes/").content.decode().casefold()


def test_the_page_shows_the_newest_and_the_list_all(cast: Cast, solis: Customer) -> None:
    for number in range(9):
        file_of(solis, cast.ana, f"Plano {number}.txt", f"{number}".encode())

    page = browser(cast.ana).get(f"/customers/{solis.pk}/").content.decode()
    rows = browser(cast.ana).get(f"/customers/{solis.pk}/files/").content.decode()

    shown = re.findall(r"<bdi>(Plano \d)\.txt</bdi>", page)
    assert shown == [f"Plano {number}" for number in range(8, 2, -1)]
    assert "Plano 2" not in page
    assert all(f"Plano {number}.txt" in rows for number in range(9))


def test_bringing_back_what_has_gone_says_no(cast: Cast, solis: Customer) -> None:
    file = file_of(solis, cast.ana)
    Attachment.objects.filter(pk=file.pk).update(removed_at=NOW, purged_at=NOW)

    assert browser(cast.ana).post(f"/files/{file.pk}/restore/").status_code == 404
    file.refresh_from_db()
    assert not attachments.bring_back(file)
