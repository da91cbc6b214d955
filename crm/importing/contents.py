"""What the cells of a column hold, told from the values alone."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

import phonenumbers

from crm.importing import dates, outcomes
from crm.importing.folding import fold
from crm.importing.given_names import GIVEN_NAMES

SAMPLE = 400


class Content(StrEnum):
    """The kinds of content that are told apart."""

    EMAIL = "email"
    PHONE = "phone"
    DATE = "date"
    PERSON = "person"
    ORGANISATION = "organisation"
    OUTCOME = "outcome"
    ACT = "act"
    WAY = "way"
    URL = "url"
    IDENTIFIER = "identifier"
    NUMBER = "number"
    FLAG = "flag"
    CLOCK = "clock"
    PROSE = "prose"
    TEXT = "text"
    EMPTY = "empty"


_EMAIL = re.compile(r"[^\s@,;<>()\"]+@[^\s@,;<>()\"]+\.[^\W\d_]{2,}", re.UNICODE)
_PHONE = re.compile(
    r"(?:tel\.?:?\s*)?\(?(?:\+|00)?[\d(][\d\s().\-/·]{5,24}\d\)?(?:\s*(?:x|ext\.?|extn?|int\.?|#)\s?\d{1,6})?",
    re.IGNORECASE,
)
_DATE_SHAPE = re.compile(r"\d{1,4}[-/. ]{1,3}\d{1,2}[-/. ]{1,3}\d{1,4}(?!\d)")
_SEVERAL = re.compile(r"\s*(?:[;,|\n]|:::)\s*(?!$)")
_SEVERAL_PHONES = re.compile(r"\s*(?:[;,|\n/]|:::|\by\b|\band\b|\bo\b)\s*")
_URL = re.compile(r"(?:https?://\S+|www\.\S+\.\S+|(?:[a-z0-9-]+\.)+[a-z]{2,10}(?:/\S*)?)", re.IGNORECASE)
_UUID = re.compile(r"(?:[A-Za-z]{2,8}-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_RECORD_ID = re.compile(r"[a-zA-Z0-9]{15}(?:[A-Z0-9]{3})?")
_CODE = re.compile(r"[A-Z]{1,5}[-_ /.]?\d{2,}(?:[-_/][A-Z0-9]+)?|__export__\S+|\w+\.\w+_\d+(?:_\w+)?")
_NUMBER = re.compile(r"[-+]?[$€£¥R]{0,2}\s?\d[\d.,' ]*\s?(?:[$€£¥%]|[A-Z]{3})?")
_NAME_WORD = re.compile(r"[^\W\d_]+(?:['’.\-·][^\W\d_]*)*\.?")
_FLAGS = frozenset("true false yes no y n si 0 1 t f on off verdadero falso x oui non ja nein sim nao".split())
_ORG_WORDS = frozenset(
    "sl sa slu sau sas srl sarl spa gmbh ag kg ug inc llc ltd llp plc corp corporation company co group grupo groupe "
    "gruppe holding holdings limited limitada ltda cia sociedad sociedade cooperativa asociacion fundacion asesores "
    "asesoria consultores consulting consultoria abogados hermanos hnos hijos sons brothers partners partnership associates "
    "industrias industries industria talleres transportes construcciones servicios services solutions soluciones sistemas "
    "systems tecnologias technologies seguros insurance banco bank clinica clinic hospital farmacia pharmacy hotel hoteles "
    "restaurante restaurant panaderia libreria ferreteria inmobiliaria cafe bodegas bodega escuela colegio academia "
    "university universidad instituto institute comercial distribuciones distribuidora editorial imprenta logistica logistics "
    "studio estudio estudios agency agencia media labs software foods alimentos agro import export muebles constructora "
    "boulangerie garage cabinet etablissements societe ets freres fils bv nv oy ab kk trading enterprises ventures capital "
    "motors auto autos optica viajes travel gestoria despacho electronics pharma energy energia design works trust".split()
)
_ORG_JAPANESE = ("株式会社", "有限会社", "合同会社", "(株)", "(有)", "商店", "商会", "工業", "銀行", "製作所", "事務所")
_ROLE_WORDS = frozenset(
    "manager director directora gerente jefe jefa head chief officer ceo cfo cto coo engineer ingeniero ingeniera analyst "
    "analista consultant consultor consultora assistant asistente administrativo administrativa president presidente vp "
    "founder fundador socio socia owner propietario developer sales ventas marketing compras purchasing accountant contable "
    "responsable coordinador coordinadora supervisor supervisora executive secretary secretaria technician tecnico designer "
    "teacher nurse lawyer abogado doctor specialist representative commercial comercial buyer comptable gerant directeur "
    "directrice geschaftsfuhrer leiter".split()
)
_PLACE_WORDS = frozenset(
    "calle avenida avda plaza paseo street avenue road st rd ave apt suite rue boulevard strasse carrer camino ronda "
    "rua via piso bajo planta poligono".split()
)


def is_email(text: str) -> bool:
    """One or more addresses and nothing else, each bare, as ``Name <address>`` or ``mailto:``."""
    return bool(find_emails(text))


@lru_cache(maxsize=32768)
def find_emails(text: str) -> tuple[str, ...]:
    """The addresses in a cell that holds addresses (lower case); none where other words stand around them."""
    if "@" not in text:
        return ()
    found = []
    for part in _SEVERAL.split(text.strip()):
        match = _EMAIL.search(part)
        if not match:
            return ()
        rest = (part[: match.start()] + part[match.end() :]).strip()
        if rest and rest != "mailto:" and not (part.rstrip().endswith((">", ")")) and len(rest) <= 60):
            return ()
        found.append(match[0].removeprefix("mailto:").rstrip(".").lower())
    return tuple(found)


@lru_cache(maxsize=32768)
def find_phones(text: str) -> tuple[str, ...]:
    """The numbers, as written, in a cell that holds phone numbers and nothing else."""
    value = text.strip().lstrip("'").removesuffix(".0")
    if _one_phone(value):
        return (value,)
    parts = tuple(part.strip() for part in _SEVERAL_PHONES.split(value) if part.strip())
    return parts if len(parts) > 1 and all(_one_phone(part) for part in parts) else ()


def is_phone(text: str) -> bool:
    """Whether ``text`` is written as phone numbers: 7 to 15 digits and the signs people put between them."""
    return bool(find_phones(text))


def _one_phone(value: str) -> bool:
    if not _PHONE.fullmatch(value) or (_DATE_SHAPE.match(value) and dates.is_date(value)):
        return False
    digits = sum(char.isdigit() for char in re.split(r"(?i)x|ext|int|#", value)[0])
    return 7 <= digits <= 15 and not re.fullmatch(r"\d+\.\d{1,4}", value)


@lru_cache(maxsize=32768)
def is_dialled(text: str, region: str) -> bool:
    """Whether the number exists in the dialling plan of its country, or of ``region``."""
    if not find_phones(text):
        return False
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(find_phones(text)[0], region))
    except phonenumbers.NumberParseException:
        return False


def is_person(text: str) -> bool:
    """Two to five capitalised words with a given name among them and nothing of a firm, role or street."""
    words = _name_words(text)
    if not words or len(words) > 6 or not _capital(text):
        return False
    folded = {fold(word) for word in words}
    if folded & _ORG_WORDS or folded & _ROLE_WORDS or folded & _PLACE_WORDS:
        return False
    return bool(folded & GIVEN_NAMES) or (not text.isascii() and _is_japanese_name(text))


def is_organisation(text: str) -> bool:
    """A firm's form, trade or the like among its words."""
    if any(mark in text for mark in _ORG_JAPANESE):
        return True
    words = set(fold(text.replace(".", "")).split()) | set(fold(text).split())
    return bool(words & _ORG_WORDS) or ("&" in text and len(words) >= 2)


def _name_words(text: str) -> list[str]:
    value = text.strip().replace(",", " ")
    if any(char.isdigit() or char in "@/:;|" for char in value):
        return []
    return _NAME_WORD.findall(value)


def _capital(text: str) -> bool:
    letters = [word[0] for word in re.findall(r"[^\W\d_]+", text)]
    return bool(letters) and (not letters[0].islower() or text.islower())


def _is_japanese_name(text: str) -> bool:
    bare = text.replace("　", " ").strip()
    return bool(re.fullmatch(r"[\u4e00-\u9fff々]{1,4}[ ]?[\u4e00-\u9fff々\u3040-\u30ff]{1,5}(?: ?様)?", bare))


def looks_like_name(text: str) -> bool:
    """Capitalised words without digits, one to six: a person's, a firm's or a place's name."""
    words = _name_words(text)
    return 1 <= len(words) <= 6 and _capital(text) and len(text) <= 80


def is_data(text: str) -> bool:
    """Whether a cell can't be a column's name: an address, a number, a date, an identifier."""
    value = text.strip()
    if not value:
        return False
    return (
        is_email(value)
        or dates.is_date(value)
        or bool(_NUMBER.fullmatch(value))
        or is_phone(value)
        or bool(_UUID.fullmatch(value))
        or bool(re.match(r"https?://", value))
    )


@dataclass(frozen=True)
class Holdings:
    """A column's sample in figures: the share of filled cells, of distinct ones, and the share of each content."""

    filled: float
    distinct: float
    kinds: int
    words: float
    namelike: float
    share: dict[Content, float]

    def of(self, content: Content) -> float:
        """The share (0–1) of the filled cells that hold ``content``."""
        return self.share.get(content, 0.0)

    @property
    def main(self) -> Content:
        """The content that most cells hold, the more particular first; TEXT when none has more than half."""
        for content in Content:
            if self.of(content) >= 0.6:
                return content
        return Content.EMPTY if self.filled == 0 else Content.TEXT


def look(values: Sequence[str], region: str) -> Holdings:
    """Describe a column by a sample of its cells; ``region`` (``"ES"``) is where numbers without +code are dialled."""
    cells = [value.strip() for value in values if value.strip()][:SAMPLE]
    if not cells:
        return Holdings(0.0, 0.0, 0, 0.0, 0.0, {Content.EMPTY: 1.0})
    total = len(cells)
    counts: Counter[Content] = Counter()
    for cell, times in Counter(cells).items():
        for content in _contents_of(cell):
            counts[content] += times
    share = {content: counts[content] / total for content in counts}
    kinds = len(set(cells))
    words = sum(len(cell.split()) for cell in cells) / total
    namelike = sum(1 for cell in cells if looks_like_name(cell)) / total
    _weigh_phones(cells, share, region)
    _weigh_words(cells, kinds, words, share)
    return Holdings(len(cells) / max(1, min(len(values), SAMPLE * 4)), kinds / total, kinds, words, namelike, share)


def _contents_of(cell: str) -> set[Content]:
    if is_email(cell):
        return {Content.EMAIL}
    if dates.is_date(cell):
        return {Content.DATE}
    found = _contents_of_signs(cell)
    if not found and _URL.fullmatch(cell) and "." in cell:
        return {Content.URL}
    return found or _contents_of_words(cell)


def _contents_of_signs(cell: str) -> set[Content]:
    found: set[Content] = set()
    if _UUID.fullmatch(cell) or (_RECORD_ID.fullmatch(cell) and any(char.isdigit() for char in cell)):
        found.add(Content.IDENTIFIER)
    if is_phone(cell):
        found.add(Content.PHONE)
    if _NUMBER.fullmatch(cell):
        found.add(Content.NUMBER)
    elif _CODE.fullmatch(cell):
        found.add(Content.IDENTIFIER)
    if dates.parse_clock(cell):
        found.add(Content.CLOCK)
    if fold(cell) in _FLAGS:
        found.add(Content.FLAG)
    return found


def _contents_of_words(cell: str) -> set[Content]:
    found: set[Content] = set()
    short = len(cell.split()) <= 5
    if short and outcomes.read_end(cell):
        found.add(Content.OUTCOME)
    if short and outcomes.read_act(cell):
        found.add(Content.ACT)
    if short and outcomes.read_way(cell):
        found.add(Content.WAY)
    if is_person(cell):
        found.add(Content.PERSON)
    if is_organisation(cell):
        found.add(Content.ORGANISATION)
    if len(cell.split()) >= 6 or len(cell) > 60:
        found.add(Content.PROSE)
    return found or {Content.TEXT}


def _weigh_phones(cells: list[str], share: dict[Content, float], region: str) -> None:
    """Bare digits are a phone number only where they can be dialled, else they are a code or a count."""
    if not share.get(Content.PHONE):
        return
    phones = [cell for cell in cells if is_phone(cell)]
    dressed = sum(1 for cell in phones if not cell.isdigit())
    dialled = sum(1 for cell in phones if is_dialled(cell, region))
    long_enough = sum(1 for cell in phones if cell.isdigit() and 9 <= len(cell) <= 12)
    trust = max(dressed, dialled, 0.7 * long_enough) / len(phones)
    lengths = Counter(len(cell) for cell in phones)
    if (not dressed and _is_counting(phones)) or (
        not dialled and not dressed and len(lengths) == 1 and len(phones) > 20
    ):
        trust *= 0.4
    share[Content.PHONE] *= trust


def _is_counting(numbers: list[str]) -> bool:
    values = [int(number) for number in numbers if number.isdigit()]
    rising = sum(1 for one, next_one in pairwise(values) if 0 < next_one - one <= 50)
    return len(values) > 3 and rising >= 0.7 * (len(values) - 1)


def _weigh_words(cells: list[str], kinds: int, words: float, share: dict[Content, float]) -> None:
    """Outcomes and kinds of activity come from a short list; prose that holds such a word is still prose."""
    if kinds > max(12, 0.5 * len(cells)) or words > 5:
        for content in (Content.OUTCOME, Content.ACT, Content.WAY):
            share[content] = share.get(content, 0.0) * 0.3
