"""On a phone, from the mail to a logged call: two taps, nobody signed in, no script needed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from alerts.mail.tokens import Act, address_of, token_of
from alerts.models import Alert, Delivery
from alerts.sweep import run_sweep
from crm.models import Interaction
from tests.cast import Cast
from tests.portfolio import NOW, client_of, logged
from tests.support.browser import Pages, accessibility_faults

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


def links(cast: Cast) -> dict[Act, str]:
    """The links of a mail that Ana was sent."""
    customer = client_of(cast.ana, "Ferretería Solís", cast.iberia, phone="+34954550188", key=True)
    logged(customer, cast.ana, "10-01 11:00", summary="They lost a customer.")
    run_sweep(NOW)
    mail, alert = Delivery.objects.get(to_user=cast.ana), Alert.objects.get(customer=customer)
    about = {"delivery": mail.pk, "reader": cast.ana.pk, "alert": alert.pk}
    return {act: address_of(act, token_of(act, **about)) for act in Act}


def test_a_call_is_logged_from_the_mail_with_two_taps(pages: Pages, cast: Cast) -> None:
    paths = links(cast)
    page = pages.open(path=paths[Act.CALL], width=390, height=844)
    assert not accessibility_faults(page)
    tap = page.get_by_role("button", name="We spoke")
    box = tap.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    # Within the first screen: nothing is searched for.
    assert box["y"] + box["height"] <= 844

    tap.click()

    page.get_by_role("heading", name="Logged: We spoke").wait_for()
    assert Interaction.objects.latest("pk").entered_by == cast.ana
    page.goto(paths[Act.CALL])
    page.get_by_role("heading", name="Logged: We spoke").wait_for()
    assert Interaction.objects.count() == 2
    assert page.context.cookies() == []

    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Taken back").wait_for()
    assert Alert.objects.latest("pk").is_open


def test_a_pause_from_the_mail_and_a_look_at_the_client(pages: Pages, cast: Cast) -> None:
    paths = links(cast)
    page = pages.open(path=paths[Act.SNOOZE], width=390, height=844, java_script_enabled=False)
    page.get_by_role("button", name="Until tomorrow").click()
    page.get_by_role("heading", name="Paused until tomorrow").wait_for()

    page.goto(paths[Act.OPEN])
    assert page.get_by_role("link", name="954 55 01 88").get_attribute("href") == "tel:+34954550188"
