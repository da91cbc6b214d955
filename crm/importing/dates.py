"""Dates as people write them. Day or month first is decided for a whole column, else it is asked."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import Enum

from crm.importing.folding import fold

EARLIEST, LATEST = 1900, 2100
# A spreadsheet counts days from here: day 1 was 1 January 1900, and it believes in a 29 February 1900.
_SHEET_DAY_0 = date(1899, 12, 30)
_SHEET_DAYS = (20_000, 73_050)  # 1954-10-03 … 2099-12-31
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}

_MONTH_WORDS = (
    "jan january ene enero janv janvier januar janeiro gen gennaio janner",
    "feb february febrero fev fevr fevrier februar fevereiro febbraio",
    "mar march marzo mars marz maerz marco",
    "apr april abr abril avr avril aprile",
    "may mayo mai maio mag maggio",
    "jun june junio juin juni junho giu giugno",
    "jul july julio juil juillet juli julho lug luglio",
    "aug august ago agosto aou aout",
    "sep sept september septiembre setiembre septembre setembro set settembre",
    "oct october octubre octobre okt oktober out outubro ott ottobre",
    "nov november noviembre novembre novembro",
    "dec december dic diciembre dez dezember decembre dezembro dicembre",
)
_MONTHS = {word: number for number, words in enumerate(_MONTH_WORDS, start=1) for word in words.split()}

_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})[:h.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"\s*(?P<half>[ap]\.?\s?m\.?)?(?:\s*h(?:rs?|oras)?\.?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?",
    re.IGNORECASE,
)
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T\s,]+(.*))?")
_COMPACT = re.compile(r"((?:19|20)\d{2})(0[1-9]|1[0-2])([0-2]\d|3[01])(?:[T\s]?(\d{2})(\d{2})(\d{2})?(Z)?)?")
_NUMERIC = re.compile(r"(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?[-/.]\s?(\d{4}|\d{2})(?:[T\s,]+(.*))?")
_ASIAN = re.compile(r"(\d{4}|(?:令和|平成|昭和)(?:\d{1,2}|元))\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日?\s*(.*)")
_WORDS = re.compile(r"[^\W\d_]+|\d+")


class DateOrder(Enum):
    """How the numbers of a column's dates are to be read."""

    PLAIN = "plain"  # Year first, months in words: nothing to decide.
    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"
    UNDECIDED = "undecided"  # No date in the column has a number above 12 that would tell.
    MIXED = "mixed"  # Some dates can only be read one way, some only the other.


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, the time of day if one was written, and its offset from UTC if one was."""

    day: date
    clock: time | None = None
    zone: tzinfo | None = None

    def instant(self, home: tzinfo, *, default: time) -> datetime:
        """The moment in UTC; without an offset it is read as local time in ``home``, without a time at ``default``."""
        local = datetime.combine(self.day, self.clock or default)
        return local.replace(tzinfo=self.zone or home).astimezone(UTC)


def decide_order(values: Iterable[str]) -> DateOrder:
    """Read a whole column: a first number above 12 is a day, a second one above 12 makes the first a month."""
    day_first = month_first = open_question = False
    for value in values:
        match = _NUMERIC.fullmatch(value.strip())
        if not match:
            continue
        first, second = int(match[1]), int(match[3])
        day_first |= first > 12 >= second
        month_first |= second > 12 >= first
        open_question |= first <= 12 and second <= 12 and first != second
    if day_first and month_first:
        return DateOrder.MIXED
    if day_first:
        return DateOrder.DAY_FIRST
    if month_first:
        return DateOrder.MONTH_FIRST
    return DateOrder.UNDECIDED if open_question else DateOrder.PLAIN


def parse(text: str, order: DateOrder = DateOrder.PLAIN) -> Moment | None:
    """The moment that ``text`` names, or None. ``01/02/2024`` needs an order; ``13/02/2024`` does not."""
    value = text.strip().strip("'\"")
    if not value or len(value) > 60:
        return None
    if value[:4].isdigit():
        if match := _ISO.fullmatch(value):
            return _moment(match[1], match[2], match[3], match[4])
        if match := _COMPACT.fullmatch(value):
            clock = f"{match[4]}:{match[5]}:{match[6] or '00'}{match[7] or ''}" if match[4] else None
            return _moment(match[1], match[2], match[3], clock)
    if match := _NUMERIC.fullmatch(value):
        return _numeric(match, order)
    if value.isdigit() or value.replace(".", "", 1).isdigit():
        return _counted(value)
    if match := _ASIAN.fullmatch(value):
        return _moment(_western_year(match[1]), match[2], match[3], match[4])
    return _in_words(value)


def is_date(text: str) -> bool:
    """Whether ``text`` is a date for certain: a bare number, which may be one in a spreadsheet, is not."""
    value = text.strip()
    return not value.replace(".", "", 1).isdigit() and _readable(value)


def _readable(value: str) -> bool:
    return parse(value, DateOrder.DAY_FIRST) is not None or parse(value, DateOrder.MONTH_FIRST) is not None


def is_counted_date(text: str) -> bool:
    """Whether a bare number could be a spreadsheet's day, a compact date or seconds since 1970."""
    value = text.strip()
    return value.replace(".", "", 1).isdigit() and parse(value) is not None


def parse_clock(text: str) -> tuple[time, tzinfo | None] | None:
    """A time of day with its offset, if one is written: ``"3:30 p. m."``, ``"15:30Z"``, ``"15h30"``."""
    match = _CLOCK.fullmatch(" ".join(text.split()))
    if not match:
        return None
    hour = int(match["hour"])
    half = (match["half"] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    try:
        return time(hour, int(match["minute"]), int(match["second"] or 0)), _zone(match["zone"])
    except ValueError:
        return None


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-ahead if text[0] == "-" else ahead)


def _numeric(match: re.Match[str], order: DateOrder) -> Moment | None:
    first, second, year = int(match[1]), int(match[3]), match[4]
    if first > 12 and order is not DateOrder.MONTH_FIRST:
        day, month = first, second
    elif second > 12 and order is not DateOrder.DAY_FIRST:
        day, month = second, first
    elif order is DateOrder.DAY_FIRST or first == second:
        day, month = first, second
    elif order is DateOrder.MONTH_FIRST:
        day, month = second, first
    else:
        return None
    return _moment(year, str(month), str(day), match[5])


def _moment(year: str, month: str, day: str, clock: str | None) -> Moment | None:
    try:
        written = date(_full_year(year), int(month), int(day))
    except ValueError:
        return None
    if not EARLIEST <= written.year <= LATEST:
        return None
    if not clock or not clock.strip():
        return Moment(written)
    found = parse_clock(clock)
    return Moment(written, *found) if found else None


def _full_year(text: str) -> int:
    if len(text) != 2:
        return int(text)
    year = int(text)
    return 2000 + year if year < 69 else 1900 + year


def _western_year(text: str) -> str:
    era = _ERAS.get(text[:2])
    if era is None:
        return text
    return str(era + (1 if text[2:] == "元" else int(text[2:])))


def _counted(value: str) -> Moment | None:
    """A spreadsheet's day number, or seconds or milliseconds since 1970."""
    whole = value.split(".")[0]
    number = float(value)
    if _SHEET_DAYS[0] <= number <= _SHEET_DAYS[1]:
        part = timedelta(seconds=round((number - int(number)) * 86_400))
        clock = datetime.fromtimestamp(part.total_seconds(), UTC).time() if part and part < timedelta(days=1) else None
        return Moment(_SHEET_DAY_0 + timedelta(days=int(number)), clock)
    if len(whole) in (10, 13):
        at = datetime.fromtimestamp(number / (1000 if len(whole) == 13 else 1), UTC)
        return Moment(at.date(), at.time().replace(microsecond=0), UTC) if 1990 <= at.year <= LATEST else None
    return None


def _in_words(value: str) -> Moment | None:
    """``"14 de marzo de 2024"``, ``"Thu, 14 Mar 2024 10:30:00 +0100"``, ``"March 14, 2024 3:30 PM"``."""
    clock = _CLOCK.search(value)
    rest = value[: clock.start()] + " " + value[clock.end() :] if clock else value
    if clock and re.search(r"\d{4}", rest) is None and re.search(r"\b\d{2}\b", rest) is None:
        return None
    words = _WORDS.findall(fold(rest))
    months = [_MONTHS[word] for word in words if word in _MONTHS]
    numbers = [word for word in words if word.isdigit()]
    if not months or len(months) > 2 or len(numbers) != 2 or len(words) > 8:
        return None
    year = next((number for number in numbers if len(number) == 4), numbers[-1])
    day = numbers[1] if numbers[0] == year else numbers[0]
    # Two months only where a weekday looks like one: "mar. 14 mars 2024".
    return _moment(year, str(months[-1]), day, clock.group(0) if clock else None)
