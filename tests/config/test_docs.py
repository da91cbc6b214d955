"""What the documents name exists: modules, functions, files, addresses, make targets, commands and their options."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands, load_command_class
from django.core.management.base import CommandError
from django.urls import Resolver404, resolve

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
CODE = ("accounts", "alerts", "bench", "complaints", "config", "crm", "retention", "templates", "tests")
#: Made on a machine, not part of the tree.
MADE = ("var/", "static/vendor/", ".venv/", ".env")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
TICKED = re.compile(r"`([^`\n]+)`")
LINKED = re.compile(r"\]\(([^)#:]+)\)")
DOTTED = re.compile(rf"(?:{'|'.join(CODE)})(?:\.\w+)+(?:\(\))?")
NAME = re.compile(r"[A-Za-z_]\w*")
PATH = re.compile(r"[\w.@-]*/[\w./@*-]*|\w[\w.-]*\.(?:md|py|yml|json|toml|example)")


@cache
def text(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def ticked(document: Path) -> list[str]:
    """What stands between backticks, outside of blocks of code."""
    return TICKED.findall(FENCE.sub("", text(document)))


def commands(document: Path) -> Iterator[str]:
    """Lines of code and ticked commands, without what stands before `make` or `manage.py`."""
    blocks = [line for block in FENCE.findall(text(document)) for line in block.splitlines()[1:-1]]
    indented = [line for line in text(document).splitlines() if line.startswith("    ")]
    for line in [*blocks, *indented, *ticked(document)]:
        found = re.match(r"\s*(?:\.venv/bin/python )?((?:make|manage\.py) .*)", line)
        if found:
            yield found[1].partition(" #")[0].strip()


@cache
def words() -> frozenset[str]:
    """Every name in the code, in the settings' examples and in the files that tests import, and every table."""
    found: set[str] = set()
    files = [file for folder in CODE for file in (ROOT / folder).rglob("*") if file.suffix in {".py", ".html", ".csv"}]
    own = Path(__file__).resolve()
    for file in [*files, ROOT / ".env.example", ROOT / ".env.production.example", ROOT / "package.json"]:
        if file != own:
            found.update(NAME.findall(file.read_text(encoding="utf-8", errors="ignore")))
    return frozenset(found) | {model._meta.db_table for model in apps.get_models()}


@cache
def targets() -> frozenset[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    lints = re.search(r"^LINTS := (.+)$", makefile, re.MULTILINE)
    assert lints
    return frozenset(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)) | set(lints[1].split())


def is_there(dotted: str) -> bool:
    """Whether a dotted name leads to a module, or to something in one."""
    parts = dotted.removesuffix("()").split(".")
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        try:
            thing = import_module(name)
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(thing, part):
                return False
            thing = getattr(thing, part)
        return True
    return False


def is_an_address(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def is_a_file(path: str) -> bool:
    if path.startswith(MADE):
        return True
    return any(ROOT.glob(path)) if "*" in path else (ROOT / path).exists()


def wrong_name(said: str) -> bool:
    if DOTTED.fullmatch(said):
        return not is_there(said)
    if said.startswith("test_"):
        return said not in words()
    if said.startswith("/"):
        return re.fullmatch(r"[\w/-]+", said) is not None and not is_an_address(said)
    if PATH.fullmatch(said) and not said.startswith("<"):
        return not is_a_file(said)
    return NAME.fullmatch(said) is not None and said not in words()


def wrong_command(line: str) -> str:
    """Return what is wrong with a line of code, empty if nothing."""
    program, *arguments = shlex.split(line)
    if program == "make":
        asked = [one for one in arguments if "=" not in one and not one.startswith("-") and one != "make"]
        return ", ".join(one for one in asked if one not in targets())
    name = arguments[0] if arguments else ""
    if not NAME.fullmatch(name):
        return ""
    if name not in get_commands():
        return f"no command {name}"
    if len(arguments) == 1:
        return ""
    app = get_commands()[name]
    command = load_command_class(app, name) if isinstance(app, str) else app
    try:
        command.create_parser("manage.py", name).parse_args([one for one in arguments[1:] if one != "…"])
    except CommandError as error:
        return str(error)
    return ""


def of_each(document: Path) -> str:
    return str(document.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=of_each)
def test_what_it_names_exists(document: Path) -> None:
    assert [said for said in ticked(document) if wrong_name(said)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=of_each)
def test_its_commands_are_taken(document: Path) -> None:
    wrong = {line: wrong_command(line) for line in commands(document)}
    assert {line: why for line, why in wrong.items() if why} == {}


@pytest.mark.parametrize("document", DOCUMENTS, ids=of_each)
def test_its_links_lead_somewhere(document: Path) -> None:
    assert [path for path in LINKED.findall(text(document)) if not (document.parent / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=of_each)
def test_its_modules_can_be_started(document: Path) -> None:
    started = set(re.findall(r"python -m ([a-z_.]+)", text(document))) - {"pytest"}
    assert [name for name in started if importlib.util.find_spec(name) is None] == []


@pytest.mark.parametrize(
    "said",
    ["crm.log.nothing", "crm.nothing", "docs/nothing.md", "/nothing/", "NoSuchName", "test_nothing_at_all"],
)
def test_a_name_that_does_not_exist_is_found(said: str) -> None:
    assert wrong_name(said)


@pytest.mark.parametrize("line", ["make nothing", "manage.py nothing", "manage.py sweep --nothing", "manage.py demo 3"])
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    assert wrong_command(line)
