"""Pictures of the pages, to look at them beside one another: `python -m tests.shots [page …]`, or `make shots`.

Each page at 1280 and 390 px, light and dark, in English and Spanish, drawn by the real web server on a demo firm of its
own; one sheet a page in `var/shots/sheets/`, the single pictures beside. `--readme` draws `docs/pictures/` anew,
`--fresh` lives the demo anew, `--database URL` takes another one.
"""

from __future__ import annotations

import argparse
import html
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tests.support.ports import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from accounts.models import User
    from tests.support.browser import Pages

ROOT = Path(__file__).resolve().parent.parent
SHOTS = ROOT / "var" / "shots"
README = ROOT / "docs" / "pictures"
DEMO_DAYS = 120
FRESH_FOR = 20 * 3600.0
WIDTHS = {"wide": 1280, "phone": 390}
#: A page that scrolls further is cut there: what matters stands on top.
TALLEST = {"wide": 1600, "phone": 1900}
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
LANGUAGES = ("en", "es")
SETTLED = "document.fonts.ready.then(() => !document.querySelector('.htmx-request'))"


@dataclass(frozen=True)
class Sight:
    """A page to draw: who looks ("" is nobody), the address for that person, and what to do there first."""

    who: str
    path: Callable[[User | None], str]
    act: Callable[[Page], None] = lambda page: None


def fixed(path: str) -> Callable[[User | None], str]:
    """The same address for everybody."""
    return lambda user: path


def open_drawer(page: Page) -> None:
    """Press Log of the first row."""
    page.locator("[data-log]:visible").first.click()
    page.locator("#log-form").wait_for()
    page.locator("#log-effect").locator(":scope > *").first.wait_for()


def charts(page: Page) -> None:
    """Wait until Plotly has drawn."""
    if page.locator("[data-chart]").count():
        page.locator(".main-svg").first.wait_for()


def worst_customer(user: User | None) -> str:
    """The page of the client who waited longest past the promise."""
    from crm.models import Clock

    clock = Clock.objects.filter(owner=user, active=True, due_at__isnull=False).order_by("due_at").first()
    return f"/customers/{clock.pk}/" if clock else "/customers/"


def first_alert(user: User | None) -> str:
    """The page of the alert of theirs that has come furthest."""
    from alerts.models import Alert

    alert = Alert.objects.visible_to(user).calling().order_by("-rung", "opened_at").first()  # type: ignore[arg-type]
    return f"/alerts/{alert.pk}/" if alert else "/alerts/"


def last_mail(user: User | None) -> str:
    """The newest mail that says something of a client."""
    from alerts.models import Delivery

    mail = Delivery.objects.visible_to(user).exclude(subject="").order_by("-pk").first()  # type: ignore[arg-type]
    return f"/sent-mail/{mail.pk}/" if mail else "/sent-mail/"


def busiest_person(user: User | None) -> str:
    """The page of whoever has most clients."""
    from django.db.models import Count

    from accounts.models import User as Person

    most = Person.objects.filter(is_active=True).annotate(number=Count("portfolio")).order_by("-number").first()
    return f"/people/{most.pk}/" if most else "/people/"


def first_calendar(user: User | None) -> str:
    """The page of the oldest calendar."""
    from accounts.models import Calendar

    return f"/settings/calendars/{Calendar.objects.earliest('pk').pk}/"


SIGHTS = {
    "today": Sight("ana", fixed("/")),
    "today-empty": Sight("nora", fixed("/")),
    "drawer": Sight("ana", fixed("/"), open_drawer),
    "customers": Sight("ana", fixed("/customers/")),
    "customer": Sight("ana", worst_customer),
    "customer-new": Sight("ana", fixed("/customers/new/")),
    "alerts": Sight("carla", fixed("/alerts/")),
    "alert": Sight("carla", first_alert),
    "at-risk": Sight("carla", fixed("/at-risk/"), charts),
    "how-we-do": Sight("carla", fixed("/how-we-do/"), charts),
    "week": Sight("carla", fixed("/at-risk/week/")),
    "watch-list": Sight("carla", fixed("/watch-list/")),
    "team": Sight("carla", fixed("/team/")),
    "people": Sight("eva", fixed("/people/")),
    "person": Sight("eva", busiest_person),
    "promises": Sight("carla", fixed("/settings/promises/")),
    "what-counts": Sight("eva", fixed("/settings/what-counts/")),
    "calendar": Sight("eva", first_calendar),
    "mail-settings": Sight("eva", fixed("/settings/mail/")),
    "sent-mail": Sight("eva", fixed("/sent-mail/")),
    "mail": Sight("ana", last_mail),
    "preferences": Sight("ana", fixed("/preferences/")),
    "sign-in": Sight("", fixed("/accounts/login/")),
}
#: README's: file → page, width, theme, language, height in px.
PICTURES: dict[str, tuple[str, str, Theme, str, int]] = {
    "today": ("today", "wide", "light", "en", 760),
    "log": ("drawer", "wide", "light", "en", 620),
    "at-risk": ("at-risk", "wide", "light", "en", 760),
    "phone": ("today", "phone", "dark", "en", 760),
}


# --- The scene -----------------------------------------------------------------------------------------------------


def prepare(address: str, *, fresh: bool) -> None:
    """Settle the environment and Django on the scene's database, which is lived through when it is old or missing."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    file = SHOTS / "scene.sqlite3"
    old = not file.exists() or time.time() - file.stat().st_mtime > FRESH_FOR
    os.environ |= {
        "DATA_DIR": str(SHOTS / "data"),
        "DATABASE_URL": address or f"sqlite:///{file}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "EMAIL_URL": "",
        "ENV_FILE": "",
        "LOG_LEVEL": "WARNING",
        "PORT": str(free_port()),
        "REDIS_URL": "",
        "STATIC_HASHED": "False",
    }
    os.environ["SITE_URL"] = f"http://127.0.0.1:{os.environ['PORT']}"
    if not address and (fresh or old):
        for part in SHOTS.glob("scene.sqlite3*"):
            part.unlink()
        python("-m", "config.start", "migrate")
        print(f"A demo firm lives through {DEMO_DAYS} days ...", flush=True)
        python("manage.py", "demo", "--days", str(DEMO_DAYS))
    import django

    django.setup()
    free_person()


def python(*arguments: str) -> None:
    """Run a command of the app, quietly."""
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def free_person() -> None:
    """Nora, in Ana's team, to whom no client is owed anything: her Today is the reward."""
    from accounts.models import Membership, User

    nora, made = User.objects.get_or_create(email="nora@demo.constante.example", defaults={"name": "Nora Vidal"})
    if made:
        team = person("ana").memberships.get(is_primary=True).team
        Membership.objects.create(user=nora, team=team, is_primary=True)


def person(key: str) -> User:
    """Somebody of the demo firm."""
    from accounts.models import User

    return User.objects.get(email=f"{key}@demo.constante.example")


@contextmanager
def web() -> Iterator[str]:
    """The web server, by the command of production; gives its address."""
    from config.start import web_answers

    server = subprocess.Popen([sys.executable, "-m", "config.start", "web"], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not web_answers(int(os.environ["PORT"]), os.environ["SITE_URL"]):
            if server.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("The web server did not start.")
            time.sleep(0.2)
        yield os.environ["SITE_URL"]
    finally:
        server.terminate()
        server.wait()


# --- Drawing -------------------------------------------------------------------------------------------------------


def draw(pages: Pages, name: str, width: str, theme: Theme, language: str, *, height: int = 0) -> bytes:
    """Return one page as a PNG, whole or as high as said."""
    from accounts.models import User

    sight = SIGHTS[name]
    user = person(sight.who) if sight.who else None
    if user:
        User.objects.filter(pk=user.pk).update(language=language, theme="auto")
    first = height or (900 if width == "wide" else 844)
    options: dict[str, Any] = {"width": WIDTHS[width], "height": first, "theme": theme, "locale": language}
    page = pages.open(user, path=sight.path(user), **options)
    sight.act(page)
    page.evaluate(SETTLED)
    if not height and not page.locator("dialog[open]").count():
        tall = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST[width])
        page.set_viewport_size({"width": WIDTHS[width], "height": max(tall, first)})
        page.evaluate(SETTLED)
    page.mouse.move(0, 0)
    picture = page.screenshot(animations="disabled", caret="hide")
    sideways = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    if sideways:
        print(f"  {name} {width} {theme} {language}: wider than the screen")
    pages.close()
    return picture


SHEET = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 16px; background: #808488; font: 15px sans-serif; color: #fff; }}
main {{ display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start; }}
figure {{ margin: 0; }} img {{ display: block; width: {width}px; }}
</style><main>{figures}</main>"""


def sheet(browser: Browser, name: str, kind: str, files: dict[str, Path], target: Path) -> None:
    """Put the pictures of one page and width beside one another."""
    shown = WIDTHS[kind] * 3 // 4 if kind == "wide" else WIDTHS[kind]
    figures = "".join(
        f"<figure>{html.escape(label)}<img src='{file.as_uri()}'></figure>" for label, file in files.items()
    )
    columns = 2 if kind == "wide" else 4
    page = browser.new_page(viewport={"width": columns * (shown + 16) + 32, "height": 600})
    source = SHOTS / f"sheet-{name}-{kind}.html"
    source.write_text(SHEET.format(width=shown, figures=figures), encoding="utf-8")
    page.goto(source.as_uri(), wait_until="load")
    page.screenshot(path=target, full_page=True)
    page.close()
    source.unlink()


def draw_sheets(pages: Pages, names: list[str]) -> None:
    """Draw the pages in every variant, with one sheet for each width."""
    sheets = SHOTS / "sheets"
    sheets.mkdir(exist_ok=True)
    for name in names:
        for width in WIDTHS:
            files = {}
            for theme, language in product(THEMES, LANGUAGES):
                file = SHOTS / f"{name}-{width}-{theme}-{language}.png"
                file.write_bytes(draw(pages, name, width, theme, language))
                files[f"{name} · {width} · {theme} · {language}"] = file
            sheet(pages.browser, name, width, files, sheets / f"{name}-{width}.png")
        print(f"  {sheets.relative_to(ROOT)}/{name}-*.png", flush=True)


def draw_readme(pages: Pages) -> None:
    """Draw the pictures that README shows."""
    README.mkdir(parents=True, exist_ok=True)
    for file, (name, width, theme, language, height) in PICTURES.items():
        picture = draw(pages, name, width, theme, language, height=height)
        (README / f"{file}.png").write_bytes(picture)
        print(f"  docs/pictures/{file}.png: {len(picture) // 1024} kB")


def main() -> int:
    """Draw what is asked for; fails when a page reported a fault of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.shots", description="Draw the pages.")
    parser.add_argument("pages", nargs="*", metavar="page", help=", ".join(SIGHTS))
    parser.add_argument("--readme", action="store_true", help="draw docs/pictures/ instead")
    parser.add_argument("--fresh", action="store_true", help="live the demo firm anew")
    parser.add_argument("--database", default="", metavar="URL", help="take this database, as it is")
    asked = parser.parse_args()
    unknown = set(asked.pages) - set(SIGHTS)
    if unknown:
        parser.error(f"no such page: {', '.join(sorted(unknown))}; there are {', '.join(SIGHTS)}")
    prepare(asked.database, fresh=asked.fresh)
    from tests.support.browser import Pages, chromium

    with web() as address, chromium() as browser:
        pages = Pages(browser, address)
        if asked.readme:
            draw_readme(pages)
        else:
            draw_sheets(pages, asked.pages or list(SIGHTS))
    for problem in dict.fromkeys(pages.problems):
        print(f"  {problem}", file=sys.stderr)
    return 1 if pages.problems else 0


if __name__ == "__main__":
    sys.exit(main())
