"""An administrator lets somebody join a team from its page: reads what follows, says why, sees it in the history."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from accounts.rights import rights_of
from tests.cast import Cast
from tests.support.browser import Pages

pytestmark = pytest.mark.browser


def test_joined_from_the_team_looked_at_saved_with_a_reason(pages: Pages, transactional_db: None, cast: Cast) -> None:
    page = pages.open(cast.eva, path="/settings/teams/", width=390)
    page.get_by_role("link", name="Andes", exact=True).click()
    page.get_by_role("combobox", name="Who").select_option(label="Bruno Sanz")
    page.get_by_role("button", name="Add, and see what follows").click()
    expect(page.get_by_role("combobox", name="Andes")).to_have_value("member")
    page.get_by_role("combobox", name="Andes").select_option(label="supervises it")
    page.get_by_role("button", name="See what it does").click()
    expect(page.get_by_text("they see all its clients and people")).to_be_visible()
    assert rights_of(cast.bruno).teams == {cast.iberia.pk: False}

    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Say why, for those who look at it later.")).to_be_visible()
    page.get_by_label("Why").fill("Fatima is on leave")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("Fatima is on leave")).to_be_visible()
    expect(page.get_by_text("Supervises Andes.")).to_be_visible()
    assert rights_of(cast.bruno).teams == {cast.iberia.pk: False, cast.andes.pk: True}
