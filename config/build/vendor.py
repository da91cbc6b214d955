"""Copy the front-end files in use, and only those, from `node_modules/` into `static/vendor/`.

Used as `python -m config.build.vendor`. What is copied stands in `COPIES`; the icons stand in `package.json` under
`constante.icons` and become one sprite.
"""

import json
import re
import shutil
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ROOT / "node_modules"
TARGET = ROOT / "static" / "vendor"
COPIES = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "plotly-basic.min.js": "plotly.js-basic-dist-min/plotly-basic.min.js",
    "inter-latin.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "inter-license.txt": "@fontsource-variable/inter/LICENSE",
    "tabler-icons-license.txt": "@tabler/icons/LICENSE",
}
SVG = "http://www.w3.org/2000/svg"
SOURCE_MAP = re.compile(r"\s*(?:/\*|//)[#@] sourceMappingURL=[^\s*]*(?:\s*\*/)?\s*$")
PLOTLY_RULES = re.compile(r'\{("X,X div":.*?)\};for\(', re.DOTALL)
PLOTLY_RULE = re.compile(r"""("(?:[^"\\]|\\.)*"):("(?:[^"\\]|\\.)*"|'[^']*')""")


class VendorError(Exception):
    """A package does not hold what the copy step looks for."""


def without_source_map(text: str) -> str:
    """Return the text without its link to a source map: hashing the names would look for a file that is not copied."""
    return SOURCE_MAP.sub("\n", text)


def icon_symbol(name: str, svg: str) -> ElementTree.Element:
    """Return one outline icon as a symbol; stroke, width and colour come from the stylesheet."""
    symbol = ElementTree.Element(f"{{{SVG}}}symbol", {"id": name, "viewBox": "0 0 24 24"})
    for shape in ElementTree.fromstring(svg):
        if shape.get("stroke") != "none":
            symbol.append(shape)
    return symbol


def sprite(names: list[str], folder: Path) -> str:
    """Return one SVG with a symbol per icon; an unknown name stops the build."""
    ElementTree.register_namespace("", SVG)
    root = ElementTree.Element(f"{{{SVG}}}svg")
    for name in sorted(set(names)):
        source = folder / f"{name}.svg"
        if not source.exists():
            raise VendorError(f'package.json lists the icon "{name}", which Tabler does not have.')
        root.append(icon_symbol(name, source.read_text(encoding="utf-8")))
    return re.sub(r">\s+<", "><", ElementTree.tostring(root, encoding="unicode")) + "\n"


def plotly_css(bundle: str) -> str:
    """Return the rules that Plotly would inject as a <style>, which the Content-Security-Policy forbids.

    Plotly inserts each rule before the ones it has, so the file holds them in reverse.
    """
    found = PLOTLY_RULES.search(bundle)
    if not found:
        raise VendorError("Plotly's bundle no longer holds its style rules where they were.")
    rules = [(json.loads(selector), body[1:-1].replace('\\"', '"')) for selector, body in PLOTLY_RULE.findall(found[1])]
    lines = []
    for selector, body in reversed(rules):
        named = re.sub(r"^,", " ,", selector).replace("X", ".js-plotly-plot .plotly").replace("Y", ".plotly-notifier")
        lines.append(f"{named}{{{body}}}\n")
    return "".join(lines)


def inter_css() -> str:
    """Return the font face of Inter; other scripts than Latin fall back to the system's fonts."""
    return (
        "@font-face{font-family:'Inter Variable';font-style:normal;font-display:swap;font-weight:100 900;"
        "src:url(inter-latin.woff2) format('woff2-variations');unicode-range:U+0000-00FF,U+0131,U+0152-0153,"
        "U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,"
        "U+2215,U+FEFF,U+FFFD}\n"
    )


def copy_file(source: Path, target: Path) -> None:
    """Copy one file; scripts and stylesheets lose their link to a source map."""
    if source.suffix in {".css", ".js"}:
        target.write_text(without_source_map(source.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        shutil.copyfile(source, target)


def copy_all(packages: Path, target: Path, icons: list[str]) -> dict[str, int]:
    """Fill the target folder and return the size in bytes of each file; files of an earlier run that are no longer
    in use go away."""
    target.mkdir(parents=True, exist_ok=True)
    for name, source in COPIES.items():
        if not (packages / source).exists():
            raise VendorError(f"{source} is not installed; run: python -m config.build.npm")
        copy_file(packages / source, target / name)
    bundle = (packages / COPIES["plotly-basic.min.js"]).read_text(encoding="utf-8")
    written = {
        "icons.svg": sprite(icons, packages / "@tabler/icons/icons/outline"),
        "inter.css": inter_css(),
        "plotly.css": plotly_css(bundle),
    }
    for name, text in written.items():
        (target / name).write_text(text, encoding="utf-8")
    for file in target.iterdir():
        if file.name not in COPIES and file.name not in written:
            file.unlink()
    return {file.name: file.stat().st_size for file in sorted(target.iterdir())}


def main() -> int:
    """Copy and print what was copied."""
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    try:
        sizes = copy_all(PACKAGES, TARGET, package["constante"]["icons"])
    except VendorError as error:
        print(error, file=sys.stderr)
        return 1
    total = sum(sizes.values())
    print(f"static/vendor: {len(sizes)} files, {total / 1024:.0f} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
