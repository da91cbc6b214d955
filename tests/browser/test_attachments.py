"""Files in the browser: with a call, refused and mended, seen, removed and brought back; dropped and pasted."""

from __future__ import annotations

import base64

import pytest
from playwright.sync_api import FilePayload, Page, expect

from crm.models import Attachment, Customer, Interaction
from tests.cast import Cast
from tests.support.browser import Pages, accessibility_faults
from tests.support.files import PDF, PNG

pytestmark = [pytest.mark.browser]

#: Hands over a file as a person does who drops or pastes it.
HAND_OVER = """
([place, kind, name, content]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(content), one => one.charCodeAt(0))], name));
  const said = {bubbles: true, cancelable: true};
  const event = kind === 'paste'
    ? new ClipboardEvent(kind, {...said, clipboardData: data})
    : new DragEvent(kind, {...said, dataTransfer: data});
  document.querySelector(place).dispatchEvent(event);
}
"""


def hand_over(page: Page, place: str, kind: str, name: str, content: bytes) -> None:
    page.evaluate(HAND_OVER, [place, kind, name, base64.b64encode(content).decode()])


def file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "image/png", "buffer": content}


def test_a_call_with_a_photo_is_logged_seen_removed_and_brought_back(pages: Pages, cast: Cast, solis: Customer) -> None:
    page = pages.open(cast.ana, path=f"/customers/{solis.pk}/")
    page.locator("[data-log-this]").click()
    page.locator("[name=summary]").fill("The roof leaks")
    page.set_input_files("#id_uploads", [file("Tejado.png", PNG), file("no.png", PDF)])
    expect(page.locator("[data-files-list] li")).to_have_count(2)
    page.locator(".log-save").click()

    # Refused: what was typed and chosen stays, and one of them is left out.
    expect(page.locator("#log-form .invalid-feedback:visible")).to_contain_text("“no.png” holds something else")
    expect(page.locator("[name=summary]")).to_have_value("The roof leaks")
    page.get_by_role("button", name="Leave out no.png").click()
    assert accessibility_faults(page) == []
    page.locator(".log-save").click()

    chip = page.locator(".history .file-chip")
    expect(chip).to_contain_text("Tejado.png")
    with page.expect_popup() as popup:
        chip.click()
    expect(popup.value.locator("img")).to_have_count(1)
    popup.value.close()

    page.get_by_role("link", name="Change Tejado.png").click()
    page.locator(".remove summary").click()
    page.locator(".remove .btn-danger").click()
    expect(chip).to_have_count(0)
    page.locator(".toast-note", has_text="Removed: Tejado.png.").get_by_role("button", name="Undo").click()
    expect(chip).to_have_count(1)
    assert Interaction.objects.latest("pk").attachments.get().removed_at is None
    pages.problems[:] = [problem for problem in pages.problems if "422" not in problem]


def test_files_are_dropped_on_the_panel_and_pasted_into_the_drawer(pages: Pages, cast: Cast, solis: Customer) -> None:
    page = pages.open(cast.ana, path=f"/customers/{solis.pk}/", width=390)
    hand_over(page, "#files", "drop", "Plano.png", PNG)

    expect(page.locator("#drawer [data-files-list] li")).to_contain_text("Plano.png")
    hand_over(page, "#drawer h2", "paste", "Oferta.pdf", PDF)
    expect(page.locator("#drawer [data-files-list] li")).to_have_count(2)
    page.locator("#drawer .btn-primary").click()

    expect(page.locator("#files .file-row")).to_have_count(2)
    expect(page.locator(".toast-note")).to_contain_text("2 files kept.")
    assert set(Attachment.objects.values_list("title", flat=True)) == {"Plano.png", "Oferta.pdf"}
