"""What is made before the start: front-end files, catalogues, sizes."""

import json
import re
from pathlib import Path

import polib
import pytest

from config.build import catalogs, sizes, vendor

ROOT = Path(__file__).resolve().parent.parent.parent
ICON = re.compile(r"""\{%\s*icon\s+["']([a-z0-9-]+)["']""")


def listed_icons() -> list[str]:
    icons: list[str] = json.loads((ROOT / "package.json").read_text())["constante"]["icons"]
    return icons


def test_only_what_is_in_use_is_copied(tmp_path: Path) -> None:
    (tmp_path / "left-over.js").write_text("old")
    sizes_by_name = vendor.copy_all(ROOT / "node_modules", tmp_path, listed_icons())
    assert set(sizes_by_name) == {*vendor.COPIES, "icons.svg", "inter.css", "plotly.css"}
    for file in tmp_path.glob("*.[cj]s*"):
        assert "sourceMappingURL" not in file.read_text(), file.name


def test_the_sprite_holds_each_listed_icon_once() -> None:
    sprite = vendor.sprite(listed_icons(), ROOT / "node_modules/@tabler/icons/icons/outline")
    assert sorted(re.findall(r'<symbol id="([^"]+)"', sprite)) == sorted(set(listed_icons()))
    assert "style=" not in sprite


def test_an_unknown_icon_stops_the_build() -> None:
    with pytest.raises(vendor.VendorError, match="no-such-icon"):
        vendor.sprite(["no-such-icon"], ROOT / "node_modules/@tabler/icons/icons/outline")


def test_each_icon_of_a_template_is_listed() -> None:
    used = {name for file in (ROOT / "templates").rglob("*.html") for name in ICON.findall(file.read_text())}
    assert used - set(listed_icons()) == set()


def test_plotly_has_its_rules_in_a_stylesheet() -> None:
    bundle = (ROOT / "node_modules/plotly.js-basic-dist-min/plotly-basic.min.js").read_text()
    rules = vendor.plotly_css(bundle).splitlines()
    assert len(rules) > 50
    assert all(re.fullmatch(r"[^{}]+\{[^{}]*\}", rule) for rule in rules)
    assert any(rule.startswith(".js-plotly-plot .plotly .modebar") for rule in rules)


def test_a_changed_bundle_is_noticed() -> None:
    with pytest.raises(vendor.VendorError):
        vendor.plotly_css("var nothing = 1;")


def test_catalogues_are_compiled_when_they_changed(tmp_path: Path) -> None:
    folder = tmp_path / "es" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Log"\nmsgstr "Anotar ñ"\n',
        encoding="utf-8",
    )
    assert catalogs.compile_all(tmp_path) == 1
    assert catalogs.compile_all(tmp_path) == 0
    compiled = {entry.msgid: entry.msgstr for entry in polib.mofile(str(folder / "django.mo"))}
    assert compiled["Log"] == "Anotar ñ"


def test_a_long_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "short.py").write_text("x = 1\n" * 400)
    (tmp_path / "long.py").write_text("x = 1\n" * 401)
    assert sizes.long_files([tmp_path]) == [(tmp_path / "long.py", 401)]
