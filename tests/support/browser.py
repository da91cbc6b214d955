"""Debian's Chromium by Playwright: pages that report what went wrong in them by themselves."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from django.db import connections
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, sync_playwright

from tests.support.packages import PLACES

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--no-first-run",
    # Whatever a page might want from elsewhere is not there.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def executable() -> str | None:
    """Return the machine's Chromium; None means the one that Playwright brought."""
    return next((place for place in PLACES["chromium"] if Path(place).exists()), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium, without a window."""
    # Playwright keeps an event loop in this thread, so Django takes plain ORM calls of a test for asynchronous ones.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            # Beside that loop Django opens connections of their own; nobody else closes them before it is gone.
            connections.close_all()
            browser.close()


@dataclass
class Pages:
    """Opens pages for users of one live server and keeps what goes wrong in any of them.

    `problems` holds script errors, console errors (so violations of the Content-Security-Policy too), answers of 500
    and missing files; a test that provokes one clears it, else the fixture fails the test.
    """

    browser: Browser
    server_url: str
    problems: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(
        self,
        user: Any = None,
        *,
        path: str = "",
        width: int = 1280,
        height: int = 900,
        theme: Literal["light", "dark"] = "light",
        locale: str = "en",
        **options: Any,
    ) -> Page:
        """Return a page of its own (own cookies), signed in as the user when one is given, at the path when given."""
        context = self.browser.new_context(
            base_url=self.server_url,
            viewport={"width": width, "height": height},
            color_scheme=theme,
            locale=locale,
            reduced_motion="reduce",
            has_touch=width < 768,
            **options,
        )
        context.set_default_timeout(10_000)
        self.contexts.append(context)
        if user is not None:
            context.add_cookies([session_cookie(user, self.server_url)])  # type: ignore[list-item]
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        page.on("console", self._hear)
        page.on("response", self._see)
        if path:
            page.goto(path)
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        # The answers themselves are judged below; a form answered with 422 is no fault.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.problems.append(f"console: {message.text}")

    def _see(self, response: Response) -> None:
        missing = response.status == 404 and "/static/" in response.url
        if response.status >= 500 or missing:
            self.problems.append(f"{response.status}: {response.url}")

    def close(self) -> None:
        """Close every page."""
        for context in self.contexts:
            context.close()
        self.contexts.clear()


def session_cookie(user: Any, server_url: str) -> dict[str, Any]:
    """Return the cookie of a new session of the user, as if they had just signed in."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {"name": settings.SESSION_COOKIE_NAME, "value": value, "url": server_url}


def accessibility_faults(page: Page) -> list[str]:
    """Return what axe finds against WCAG 2.1 AA on the page as it stands: rule, what, and where."""
    # Evaluated, not added as a <script>: the policy of the page stays on.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
    found = page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", tags)
    return [
        f"{violation['id']}: {violation['help']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
