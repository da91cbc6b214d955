"""From a file's bytes to rows: encoding, delimiter, lines before the header, a missing header."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from crm.importing import contents, names
from crm.importing.folding import fold_header

SAMPLE_ROWS = 1000
PREAMBLE_LINES = 40
_LONGEST_CELL = 4_000_000
#: Up to here a cell is measured, to say how long it is.
_LONGEST_LOOKED_AT = 200_000_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = (",", ";", "\t", "|", "^")
_SEP_LINE = re.compile(r"^\s*\"?sep=(.)\"?\s*$", re.IGNORECASE)


class UnreadableFile(Exception):
    """The file can't be read as a table; the message says why, for the person who chose it."""


@dataclass(frozen=True)
class Row:
    """One record: the line (from 1) on which it starts and its cells."""

    line: int
    cells: list[str]


@dataclass(frozen=True)
class Layout:
    """How a file is laid out; ``header_line`` is the number of lines before the first data row."""

    path: Path
    encoding: str
    delimiter: str
    skip_records: int
    headers: list[str]
    has_header: bool
    sample: list[list[str]]

    def rows(self) -> Iterator[Row]:
        """Every data row that holds anything; raises ``UnreadableFile`` on a quote that never closes."""
        for index, row in enumerate(_records(self.path, self.encoding, self.delimiter)):
            if index >= self.skip_records and any(cell.strip() for cell in row.cells):
                yield row


def read_layout(path: Path, *, encoding: str = "", delimiter: str = "") -> Layout:
    """Find out how ``path`` is written. Raises ``UnreadableFile`` for what is no table of text."""
    chosen = encoding or find_encoding(path)
    try:
        head = _head_text(path, chosen)
        separator = delimiter or find_delimiter(head)
        records = list(islice(_records(path, chosen, separator), SAMPLE_ROWS + PREAMBLE_LINES))
    except (UnicodeError, LookupError) as error:
        raise UnreadableFile(_("It is not written in %(encoding)s.") % {"encoding": chosen}) from error
    start = _first_table_record([row.cells for row in records])
    table = [row.cells for row in records[start:]]
    if not table:
        raise UnreadableFile(_("It holds no rows."))
    has_header = looks_like_header(table[0], table[1:])
    width = len(table[0]) if has_header else max(len(cells) for cells in table)
    headers = (
        _distinct_headers([cell.strip() for cell in table[0]])
        if has_header
        else [f"column {number}" for number in range(1, width + 1)]
    )
    data = [cells for cells in table[1 if has_header else 0 :] if any(cell.strip() for cell in cells)]
    return Layout(
        path=path,
        encoding=chosen,
        delimiter=separator,
        skip_records=start + (1 if has_header else 0),
        headers=headers,
        has_header=has_header,
        sample=data[:SAMPLE_ROWS],
    )


def find_encoding(path: Path) -> str:
    """The file's encoding: by byte-order mark, by the pattern of zero bytes, by validity, by letters."""
    with path.open("rb") as file:
        head = file.read(262_144)
    if not head.strip():
        raise UnreadableFile(_("It is empty."))
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    if head.startswith((b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\x1f\x8b")):
        raise UnreadableFile(_("It is not a text file. Save the sheet as CSV and try again."))
    if b"\x00" in head:
        return _utf16_without_mark(head)
    if _is_utf8(path):
        return "utf-8"
    return "cp932" if _is_japanese(head) else _western(head)


def _utf16_without_mark(head: bytes) -> str:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 4 * max(even, 1):
        return "utf-16-le"
    if even > 4 * max(odd, 1):
        return "utf-16-be"
    if even + odd < len(head) / 1000:  # A stray zero byte in ordinary text: the reader drops it.
        return "utf-8"
    raise UnreadableFile(_("It is not a text file. Save the sheet as CSV and try again."))


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _is_japanese(head: bytes) -> bool:
    """Shift-JIS pairs begin with 0x81–0x9F, bytes that Western text hardly has; its accents are 0xC0–0xFF."""
    cut = head[: head.rfind(b"\n") + 1] or head
    try:
        text = cut.decode("cp932")
    except UnicodeDecodeError:
        return False
    wide = [char for char in text if ord(char) > 0x7F]
    usual = sum(1 for char in wide if char.encode("cp932")[0] <= 0x9F and len(char.encode("cp932")) == 2)
    # An old Mac's accents would pass for pairs too, but stand between the letters of a word.
    inside = sum(1 for before, char in pairwise(text) if ord(char) > 0x7F and before.isascii() and before.isalpha())
    return usual > len(wide) / 2 and inside < len(wide) / 2


def _western(head: bytes) -> str:
    """Windows' own code page; an old Mac's where most accents would come out as signs."""
    high = [byte for byte in head if byte >= 0x80]
    letters = sum(1 for byte in high if byte >= 0xC0)
    mac_vowels = sum(1 for byte in high if byte in b"\x87\x8e\x92\x96\x97\x9c\x9f\x88\x8d\x8f\x90\x8a\x9a")
    if mac_vowels > 0.8 * len(high) and letters < 0.1 * len(high) and _inside_words(head):
        return "mac_roman"
    try:
        head.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _inside_words(head: bytes) -> bool:
    inside = len(re.findall(rb"[A-Za-z][\x80-\x9f][a-z]", head))
    return inside * 2 > len(re.findall(rb"[\x80-\x9f]", head))


def _head_text(path: Path, encoding: str) -> str:
    with path.open("r", encoding=encoding, newline="") as file:
        text = file.read(131_072)
    return text.replace("\x00", "")


def find_delimiter(text: str) -> str:
    """The sign that splits most lines into the same number (more than one) of cells; a comma when none does."""
    told = _SEP_LINE.match(text.split("\n", 1)[0])
    if told:
        return told.group(1)
    best, best_score = ",", 0.0
    for candidate in _DELIMITERS:
        widths = [len(cells) for cells in _parse_head(text, candidate) if any(cells)]
        if not widths:
            continue
        width, count = Counter(widths).most_common(1)[0]
        wide_share = sum(1 for one in widths if one > 1) / len(widths)
        score = (count / len(widths)) * wide_share * min(width, 12) ** 0.5 if width > 1 else 0.0
        if score > best_score * 1.05:
            best, best_score = candidate, score
    return best


def _parse_head(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 200))
    except csv.Error:
        return []


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(_LONGEST_CELL)
    with path.open("r", encoding=encoding, newline="") as file:
        reader = csv.reader((line.replace("\x00", "") for line in file), delimiter=delimiter)
        line = 1
        try:
            for cells in reader:
                yield Row(line, cells)
                line = reader.line_num + 1
        except csv.Error as error:
            raise UnreadableFile(_why_not_split(path, encoding, delimiter, line)) from error


def _why_not_split(path: Path, encoding: str, delimiter: str, line: int) -> str:
    """Why the row that begins on `line` could not be split: a cell longer than we take, else quotes that don't match.

    Quotes that never close swallow all that follows, so both look alike until the row is read once more without limit.
    """
    csv.field_size_limit(_LONGEST_LOOKED_AT)
    try:
        with path.open("r", encoding=encoding, newline="") as file:
            rest = (text.replace("\x00", "") for text in islice(file, line - 1, None))
            cells = next(csv.reader(rest, delimiter=delimiter, strict=True))
    except csv.Error:
        cells = []
    finally:
        csv.field_size_limit(_LONGEST_CELL)
    size, column = max(((len(cell), number) for number, cell in enumerate(cells, start=1)), default=(0, 0))
    if size <= _LONGEST_CELL:
        return _("From line %(line)s on it can't be split into cells: a quotation mark opens and never closes.") % {
            "line": line
        }
    return _(
        "The cell in column %(column)s of line %(line)s holds %(size)s characters; a cell may hold %(most)s. "
        "Shorten it and try again."
    ) % {
        "column": column,
        "line": line,
        "size": number_format(size, force_grouping=True),
        "most": number_format(_LONGEST_CELL, force_grouping=True),
    }


def _first_table_record(records: list[list[str]]) -> int:
    """Past titles, dates of export and blank lines: the first record as full as the table's own."""
    filled = [sum(1 for cell in cells if cell.strip()) for cells in records]
    wide = [len(cells) for cells, full in zip(records, filled, strict=True) if full]
    if not wide:
        return len(records)
    width = Counter(wide).most_common(1)[0][0]
    start = next((i for i, full in enumerate(filled) if full and not _SEP_LINE.match(records[i][0])), len(records))
    if width <= 1:
        return start
    typical = sorted(full for full, cells in zip(filled, records, strict=True) if full and len(cells) >= width)
    enough = max(2, 0.6 * typical[len(typical) // 2]) if typical else 2
    for index, (cells, full) in enumerate(zip(records[: PREAMBLE_LINES + 1], filled, strict=False)):
        if index >= start and len(cells) >= 0.6 * width and full >= enough:
            return index
    return start


def looks_like_header(first: list[str], rest: list[list[str]]) -> bool:
    """Whether ``first`` names the columns: known names, or words where the cells below are something else."""
    cells = [cell.strip() for cell in first]
    known = sum(1 for cell in cells if cell and names.is_known(fold_header(cell)))
    data = sum(1 for cell in cells if contents.is_data(cell))
    if known >= 2 and known > data:
        return True
    if data == 0:
        return known > 0 or not _continues(cells, rest)
    return known > data


def _continues(cells: list[str], rest: list[list[str]]) -> bool:
    """Whether a first row without any typed cell repeats values of the rows below: then it is one of them."""
    if not rest:
        return False
    repeated = sum(
        1
        for index, cell in enumerate(cells)
        if cell and any(len(row) > index and row[index].strip() == cell for row in rest)
    )
    return repeated >= 1 and sum(1 for cell in cells if cell) >= 2


def _distinct_headers(headers: list[str]) -> list[str]:
    seen: Counter[str] = Counter()
    result = []
    for number, header in enumerate(headers, start=1):
        name = header or f"column {number}"
        seen[name] += 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return result
