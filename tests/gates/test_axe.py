"""Every page in a browser, at the width of a desk and of a phone, in both themes: axe finds nothing, nothing scrolls
sideways, the policy of the page is kept, no script fails. Over a firm of variety, an overfull one and an empty one.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from playwright.sync_api import Page

from accounts.models import User
from alerts.models import Alert
from tests.cast import Cast
from tests.gates.samples import calendar_changed, handed_over, promise_changed, recounted, somebody_gone
from tests.gates.scene import Scene, overfull, rich
from tests.portfolio import NOW
from tests.support.browser import AXE, Pages

pytestmark = pytest.mark.browser

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
DESK, PHONE = 1280, 390
#: What a person does on a page before it is looked at.
DRAWER = "drawer"


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


def faults(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe finds on the page as it stands; all rules, or some."""
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    found = page.evaluate("only => axe.run({runOnly: only, resultTypes: ['violations']})", only)
    return [
        f"{fault['id']}: {node['target']} {node['html'][:160]} {node['failureSummary'][:300]}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


def sideways(page: Page) -> list[str]:
    """Whether the page scrolls sideways, and what sticks out."""
    wide = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
           [...document.querySelectorAll('main *, header *, nav *')].filter(one =>
             one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('[class*=scroll], dialog'))
           .slice(0, 4).map(one => `${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 40)}`)
           .concat(['scrolls sideways'])"""
    )
    return [f"{innermost}" for innermost in wide]


def look(page: Page, path: str, themes: tuple[str, ...] = ("light", "dark")) -> list[str]:
    """What is wrong with one page at both widths; the second theme has other colours only."""
    address, _sign, act = path.partition(" ")
    page.set_viewport_size({"width": DESK, "height": 900})
    answer = page.goto(address)
    assert answer is not None
    wrong = [] if answer.status in (200, 403, 404) else [f"answered {answer.status}"]
    if act == DRAWER:
        page.locator("[hx-target='#drawer']:visible").first.click()
        page.locator("#drawer[open] form").wait_for()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for width in (DESK, PHONE):
        page.set_viewport_size({"width": width, "height": 900})
        for theme in themes:
            page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
            found = faults(page, None if theme == themes[0] else ["color-contrast"])
            wrong += [f"{path} {width} {theme}: {fault}" for fault in found]
        wrong += [f"{path} {width}: {fault}" for fault in sideways(page)]
    return wrong


def walk(pages: Pages, user: User | None, paths: list[str], themes: tuple[str, ...] = ("light", "dark")) -> str:
    """What is wrong with some pages for one person, who signs in once."""
    page = pages.open(user)
    page.set_default_timeout(30_000)
    return "\n".join(fault for path in paths for fault in look(page, path, themes))


def of_manager(scene: Scene) -> list[str]:
    pk = scene.customer.pk
    return [
        "/", f"/ {DRAWER}", "/customers/", f"/customers/{pk}/", f"/customers/{pk}/changes/", f"/customers/{pk}/edit/",
        "/customers/new/", f"/customers/{pk}/person/", f"/customers/{pk}/agreed-date/", "/alerts/",
        f"/alerts/{scene.alert.pk}/", "/alerts/?tab=snoozed", "/sent-mail/", f"/sent-mail/{scene.mail.pk}/",
        f"/sent-mail/?client={scene.customer.name}",
        f"/log/?customer={pk}", "/preferences/", "/nowhere/", f"/away/{scene.customer.owner_id}/",
        f"/people/{scene.customer.owner_id}/", f"/customers/{pk}/files/", f"/customers/{pk}/files/add/",
    ]  # fmt: skip


def test_pages_of_a_manager(pages: Pages, cast: Cast) -> None:
    assert walk(pages, cast.ana, of_manager(rich(cast))) == ""


def test_pages_of_a_supervisor_and_of_nobody(pages: Pages, cast: Cast) -> None:
    scene = rich(cast)
    theirs = [
        "/",
        "/alerts/",
        "/at-risk/",
        "/at-risk/week/",
        f"/at-risk/{NOW:%Y-%m-%d}/",
        "/promises-kept/",
        "/how-we-do/",
        "/how-we-do/alerts/",
        "/how-we-do/contacts/",
        "/watch-list/",
        "/team/",
        "/customers/?tab=teams",
        "/settings/promises/",
        "/settings/alerts/",
        "/people/",
        "/customers/?tick=1",
        f"/reassign/?owner={scene.customer.owner_id}",
        f"/reassign/{handed_over(cast).pk}/",
    ]
    assert walk(pages, cast.carla, theirs) == ""
    assert walk(pages, None, ["/accounts/login/", "/accounts/password/reset/", *scene.links()]) == ""


def test_promises(pages: Pages, cast: Cast) -> None:
    scene = rich(cast)
    User.objects.filter(pk=cast.bruno.pk).update(first_signed_in_at=None, invited_at=NOW)
    change = promise_changed(cast)
    pk, segment = change.pk, change.segment_id
    addresses = ["", f"segments/{segment}/", f"customers/{scene.customer.pk}/", f"changes/{pk}/"]
    named = [
        "/people/",
        f"/people/{cast.bruno.pk}/",
        f"/people/{cast.bruno.pk}/change/",
        "/people/invite/",
        "/people/invite/several/",
        "/settings/segments/new/",
        f"/settings/segments/{segment}/",
        f"/settings/segments/{segment}/end/",
        "/settings/languages/",
        "/settings/teams/",
        "/settings/teams/new/",
        f"/settings/teams/{cast.iberia.pk}/",
        "/settings/calendars/",
        "/settings/calendars/new/",
        f"/settings/calendars/{cast.madrid.pk}/",
        f"/settings/calendars/changes/{calendar_changed(cast).pk}/",
        "/settings/alerts/",
        "/settings/mail/",
        f"/people/{scene.customer.owner_id}/leave/",
        f"/people/{somebody_gone(cast).pk}/return/",
        "/settings/what-counts/",
        "/settings/what-counts/history/",
        f"/settings/what-counts/history/{recounted(cast).pk}/",
        "/settings/what-counts/call/out/left_message/",
    ]
    assert walk(pages, cast.eva, [*(f"/settings/promises/{address}" for address in addresses), *named]) == ""


def test_overfull_pages(pages: Pages, cast: Cast) -> None:
    scene = overfull(cast)
    pk = scene.customer.pk
    mine = ["/", "/customers/", f"/customers/{pk}/", "/alerts/", "/sent-mail/", f"/log/?customer={pk}"]
    assert walk(pages, cast.ana, mine, ("light",)) == ""
    assert walk(pages, cast.carla, ["/", "/at-risk/", "/team/"], ("light",)) == ""


def test_empty_pages(pages: Pages, cast: Cast) -> None:
    assert not Alert.objects.exists()
    mine = ["/", "/customers/", "/alerts/", "/sent-mail/", "/log/", "/customers/?q=nadie"]
    assert walk(pages, cast.ana, mine, ("dark",)) == ""
    assert walk(pages, cast.carla, ["/", "/at-risk/", "/team/"], ("dark",)) == ""
