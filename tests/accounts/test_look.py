"""The drawn parts that every page uses, and the navigation registry."""

import json
import re
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from accounts import navigation
from accounts.context import shell
from accounts.models import User
from accounts.navigation import NavEntry, entries_for, register
from accounts.templatetags.look import initials, tel, tint

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# Mails are inlined when they are sent, and shown in a sandboxed frame under a policy of its own.
FRAMED = {"delivery_text.html"}
PAGES = [file for file in TEMPLATES if "email" not in file.parts and file.name not in FRAMED]
STYLES = sorted((ROOT / "static" / "look").glob("*.css"))


@pytest.fixture
def no_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_entries", {})


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Clínica del Mirador", "CM"),
        ("Óptica", "O"),
        ("  las Ñustas", "N"),
        ("3M Iberia", "3I"),
        ("de la", "DL"),
        ("—", "?"),
    ],
)
def test_initials_are_of_the_words_that_tell(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_a_name_keeps_its_tint_and_names_spread_over_all_five() -> None:
    assert tint("Ferretería Solís") == tint("ferretería solís") == 4
    assert {tint(f"Client {number}") for number in range(60)} == {1, 2, 3, 4, 5}


def test_an_avatar_escapes_what_a_client_is_called() -> None:
    drawn = Template('{% load look %}{% avatar name "s" %}').render(Context({"name": "<b> &co"}))
    assert "<b>" not in drawn
    assert "initials-s" in drawn


def test_a_phone_number_becomes_an_address_that_can_be_dialled() -> None:
    assert tel("+34 (954) 55-01-88") == "tel:+34954550188"


def test_every_icon_in_a_template_is_in_the_sprite_list() -> None:
    listed = set(json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["constante"]["icons"])
    used = {name for file in TEMPLATES for name in re.findall(r'{% icon "([^"]+)"', file.read_text(encoding="utf-8"))}
    assert used - listed == set()


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(ROOT / "templates")))
def test_no_page_has_an_inline_style_or_script(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*\ssrc=)(?![^>]*application/json)", text)


def test_every_stylesheet_of_the_look_is_linked_by_the_head_or_by_a_page() -> None:
    linked = {
        name for file in TEMPLATES for name in re.findall(r"look/([\w-]+\.css)'", file.read_text(encoding="utf-8"))
    }
    assert {file.name for file in STYLES} == linked


@pytest.mark.usefixtures("no_entries")
def test_the_navigation_is_sorted_and_leaves_out_what_is_hidden_or_has_no_page() -> None:
    register(NavEntry(label="Second", url_name="account_logout", icon="x", order=2))
    register(NavEntry(label="First", url_name="account_login", icon="x", order=1))
    register(NavEntry(label="Hidden", url_name="account_inactive", icon="x", order=3, visible=lambda user: False))
    register(NavEntry(label="Nowhere", url_name="nowhere:at-all", icon="x", order=4))
    assert [entry.label for entry in entries_for(User(), "/")] == ["First", "Second"]


@pytest.mark.usefixtures("no_entries")
def test_the_longest_address_that_fits_is_the_active_entry() -> None:
    register(NavEntry(label="Reset", url_name="account_reset_password", icon="x", order=1))
    register(NavEntry(label="Done", url_name="account_reset_password_done", icon="x", order=2))
    active = [entry.label for entry in entries_for(User(), "/accounts/password/reset/done/") if entry.active]
    assert active == ["Done"]


@pytest.mark.usefixtures("no_entries")
def test_a_badge_is_counted_once_a_page_and_only_when_printed() -> None:
    counted: list[User] = []

    def badge(user: User) -> int:
        counted.append(user)
        return 7

    register(NavEntry(label="Alerts", url_name="account_login", icon="bell", order=1, badge=badge))
    request = RequestFactory().get("/")
    request.user = User(pk=7, name="Ana Rojas")
    context = shell(request)
    assert [entry.label for entry in context["shell"].main] == ["Alerts"]
    assert not counted
    page = render_to_string("look/_side.html", context) + render_to_string("look/_side.html", context)
    assert page.count('data-count="account_login">7</span>') == 2
    assert len(counted) == 1


def test_a_stranger_gets_no_navigation_and_the_theme_of_the_device() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    made = shell(request)["shell"]
    assert (made.entries, made.theme, made.single_keys) == ([], "auto", False)


@pytest.mark.usefixtures("no_entries")
@pytest.mark.parametrize(("theme", "attribute", "asks"), [("dark", "dark", False), ("auto", "light", True)])
def test_the_theme_is_known_before_the_first_paint(theme: str, attribute: str, asks: bool) -> None:
    request = RequestFactory().get("/")
    request.user = User(pk=7, name="Ana Rojas", theme=theme)
    page = render_to_string("404.html", shell(request), request=request)
    assert f'data-bs-theme="{attribute}"' in page
    assert ("look/theme.js" in page) is asks


def test_the_error_page_needs_neither_request_nor_database() -> None:
    assert "Something went wrong on our side" in render_to_string("500.html")
