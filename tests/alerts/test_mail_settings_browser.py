"""An administrator looks at a mail in the dark, then asks for a test mail and reads what the server said."""

from __future__ import annotations

import pytest
from django.utils import timezone

from alerts.models import Delivery
from alerts.send import send_due
from tests.cast import Cast
from tests.support.browser import Pages


@pytest.mark.browser
def test_the_look_and_the_servers_answer(transactional_db: None, cast: Cast, pages: Pages) -> None:
    page = pages.open(cast.eva, path="/settings/mail/")
    page.locator("select[name=kind]").select_option("test")
    page.locator("select[name=theme]").select_option("dark")
    page.get_by_role("button", name="Show").click()
    frame = page.frame_locator("iframe.mail-sheet >> nth=0")
    frame.get_by_role("heading", name="Mail works").wait_for()
    shade = frame.locator("td.card").evaluate("one => getComputedStyle(one).backgroundColor")
    assert shade == "rgb(25, 31, 40)"

    page.get_by_role("button", name="Send me a test mail").click()
    page.get_by_text("Goes when the reader's hours begin").or_(page.get_by_text("Planned")).first.wait_for()
    assert Delivery.objects.filter(to_user=cast.eva).count() == 1
    send_due(timezone.now())
    # The page asks by itself until the mail has ended.
    page.get_by_text("Handed over to the mail server").or_(page.get_by_text("Sent", exact=True)).first.wait_for()
