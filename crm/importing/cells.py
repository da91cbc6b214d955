"""Cells read as values: numbers, money, phone numbers, web addresses, lists."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from urllib.parse import urlsplit

import phonenumbers

from crm.importing import contents

_DIGITS = re.compile(r"-?\d[\d.,'  ]*")
_SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY", "US$": "USD", "R$": "BRL"}
_CODE = re.compile(r"\b[A-Z]{3}\b")
_BLANK = frozenset(
    ("", "-", "--", "n/a", "na", "null", "none", "nan", "#n/a", "0000-00-00", "0/0/00", "(blank)", "s/d", ".")
)


def is_blank(text: str) -> bool:
    """Whether a cell says nothing, in one of the ways in which exports say so."""
    return text.strip().lower() in _BLANK


def decimal_comma(values: Iterable[str]) -> bool:
    """Whether a column of amounts writes decimals after a comma: ``"12.500,50"`` rather than ``"12,500.50"``."""
    commas = dots = 0
    for value in values:
        match = _DIGITS.search(value)
        if not match:
            continue
        number = match[0].strip()
        commas += bool(re.search(r",\d{1,2}$", number)) or number.count(".") > 1
        dots += bool(re.search(r"\.\d{1,2}$", number)) or number.count(",") > 1
    if commas == dots == 0:
        # 12.500 with nothing else to go by: three digits after a dot are thousands, as in 12,500.
        return any(re.fullmatch(r"\D*\d{1,3}\.\d{3}\D*", value.strip()) for value in values)
    return commas > dots


def read_number(text: str, *, comma: bool) -> Decimal | None:
    """The amount in ``text`` with two decimals at most kept exact; None when there is none."""
    match = _DIGITS.search(text)
    if not match or re.search(r"[^\W\d_]{4,}", text):
        return None
    number = re.sub(r"['  ]", "", match[0])
    number = number.replace(".", "").replace(",", ".") if comma else number.replace(",", "")
    try:
        return Decimal(number).quantize(Decimal("0.01"))
    except InvalidOperation:
        return None


def read_currency(text: str) -> str:
    """The currency that an amount names by its sign or code; empty for a bare ``$``, which many countries use."""
    for sign, code in _SIGNS.items():
        if sign in text:
            return code
    found = _CODE.search(text)
    return found[0] if found else ""


@dataclass(frozen=True, slots=True)
class Phone:
    """A number in E.164 (as written where it could not be read) and the extension to ask for."""

    value: str
    extension: str = ""


@lru_cache(maxsize=65536)
def read_phones(text: str, regions: tuple[str, ...]) -> tuple[Phone, ...]:
    """The numbers in a cell, dialled from the first of ``regions`` in which they can exist."""
    return tuple(_phone(part, regions) for part in contents.find_phones(text))


def _phone(text: str, regions: tuple[str, ...]) -> Phone:
    for region in regions or ("",):
        try:
            number = phonenumbers.parse(text, region or None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            return Phone(plain, number.extension or "")
        if text.strip().startswith(("+", "00")):
            break
    return Phone(text.strip()[:60])


@lru_cache(maxsize=8192)
def read_website(text: str) -> str:
    """A web address with its scheme; empty when it is none or too long to keep."""
    value = text.strip().split()[0] if text.strip() else ""
    if not value or "." not in value or "@" in value:
        return ""
    full = value if "://" in value else f"https://{value}"
    try:
        host = urlsplit(full).hostname or ""
    except ValueError:
        return ""
    return full if "." in host and len(full) <= 200 else ""


@lru_cache(maxsize=65536)
def domain_of(text: str) -> str:
    """The domain of a web address, without ``www.``: what companies are known by in some exports."""
    address = read_website(text)
    return (urlsplit(address).hostname or "").removeprefix("www.") if address else ""


def read_tags(text: str) -> list[str]:
    """The labels in a cell, without Google's own groups."""
    parts = (part.strip().lstrip("*").strip() for part in re.split(r"\s*(?:;|,|\||:::)\s*", text))
    return [part[:40] for part in parts if part and part not in ("My Contacts", "myContacts", "starred")]


_LANGUAGES = {
    "es": "es spanish espanol castellano", "en": "en english ingles", "fr": "fr french frances francais",
    "de": "de german aleman deutsch", "pt": "pt portuguese portugues", "it": "it italian italiano", "ca": "ca catalan catala",
    "eu": "eu basque euskera", "gl": "gl galician gallego galego", "ja": "ja japanese japones",
}  # fmt: skip


def read_language(text: str) -> str:
    """A language's code from its name or locale (``"Spanish"``, ``"es_MX"``); empty when it is not known."""
    from crm.importing.folding import fold

    first = fold(text).split(" ")[0] if text.strip() else ""
    return next((code for code, words in _LANGUAGES.items() if first in words.split()), "")


def is_true(text: str) -> bool:
    """Whether a flag says yes, in the languages of ``contents``."""
    return text.strip().lower() in (
        "true",
        "yes",
        "y",
        "si",
        "sí",
        "1",
        "t",
        "x",
        "oui",
        "ja",
        "sim",
        "verdadero",
        "vip",
    )


_DURATION = re.compile(r"(?:(\d+):)?(\d{1,3}):(\d{2})")


def read_minutes(text: str) -> int | None:
    """Whole minutes from ``"25"``, ``"25 min"``, ``"1 h 10 min"`` or ``"00:25:40"``; None when it says nothing."""
    value = text.strip().lower()
    if match := _DURATION.fullmatch(value):
        hours, minutes = (int(match[1]), int(match[2])) if match[1] else (0, int(match[2]))
        return _minutes(hours * 60 + minutes)
    if match := re.fullmatch(r"(\d+)\s*h(?:ours?|oras?|rs?)?\.?\s*(\d+)?\s*(?:m\w*\.?)?", value):
        return _minutes(int(match[1]) * 60 + int(match[2] or 0))
    if match := re.fullmatch(r"(\d+)(?:[.,]\d+)?\s*(?:m\w*\.?|')?", value):
        return _minutes(int(match[1]))
    return None


def _minutes(number: int) -> int | None:
    return number if 0 <= number <= 24 * 60 else None
