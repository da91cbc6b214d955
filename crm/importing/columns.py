"""Which column is which field: by its heading, by what it holds, and how sure that is."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from crm.importing import contents, dates, names
from crm.importing.contents import Content, Holdings
from crm.importing.dates import DateOrder
from crm.importing.fields import FIELDS, NEEDED, Field, Kind
from crm.importing.folding import fold_header

#: Below this a column is not taken for a field; where the field decides, the import stops and asks.
SURE = 0.6

# How far a column is trusted for what it holds alone, without a telling heading.
_TRUST = {
    Content.EMAIL: 0.9,
    Content.PHONE: 0.8,
    Content.DATE: 0.78,
    Content.OUTCOME: 0.8,
    Content.ACT: 0.8,
    Content.WAY: 0.75,
    Content.PERSON: 0.78,
    Content.ORGANISATION: 0.76,
}
_TYPED = frozenset(
    (
        Content.EMAIL,
        Content.DATE,
        Content.PHONE,
        Content.URL,
        Content.IDENTIFIER,
        Content.NUMBER,
        Content.CLOCK,
        Content.FLAG,
    )
)
_STAFF = frozenset(("owner", "by"))


@dataclass
class Column:
    """One column of the file and what it was taken for (``field`` empty: for nothing)."""

    index: int
    header: str
    holdings: Holdings
    order: DateOrder = DateOrder.PLAIN
    field: str = ""
    confidence: float = 0.0
    told: bool = False
    is_numbering: bool = False

    @property
    def heading(self) -> str:
        return fold_header(self.header)


@dataclass
class Recognition:
    """All columns of a file, and what is still to be asked (empty lists: nothing)."""

    kind: Kind
    columns: list[Column]
    missing: list[tuple[str, ...]] = field(default_factory=list)
    doubtful: list[Column] = field(default_factory=list)
    undated: list[Column] = field(default_factory=list)

    @property
    def is_sure(self) -> bool:
        return not (self.missing or self.doubtful or self.undated)

    def of(self, name: str) -> list[Column]:
        """The columns taken for the field ``name``, in the file's order."""
        return [column for column in self.columns if column.field == name]


class UnknownColumn(Exception):
    """A ``--map`` names a column that the file does not have, or a field that we do not have."""


def recognise(
    kind: Kind,
    headers: list[str],
    sample: list[list[str]],
    *,
    region: str,
    told: dict[str, str] | None = None,
    date_order: DateOrder | None = None,
) -> Recognition:
    """Take each column for the field that fits best.

    ``told`` is what a person said (their heading → our field, empty for "leave it out"); it always wins. ``date_order``
    settles dates that can be read in two ways. Raises ``UnknownColumn``.
    """
    columns = []
    for index, header in enumerate(headers):
        values = [row[index] for row in sample if len(row) > index]
        column = Column(index, header, contents.look(values, region), dates.decide_order(values))
        column.is_numbering = all(value.strip() == str(place) for place, value in enumerate(values, start=1))
        columns.append(column)
    _agree_on_order(columns, date_order)
    taken = _apply_told(kind, columns, told or {})
    _assign(kind, columns, sample, taken)
    _split_names(columns, sample)
    _due_is_when(kind, columns)
    result = Recognition(kind, columns)
    _ask(result)
    return result


def _agree_on_order(columns: Iterable[Column], told: DateOrder | None) -> None:
    """What a person said settles what the column leaves open."""
    for column in columns:
        if told and column.order in (DateOrder.UNDECIDED, DateOrder.MIXED):
            column.order = told


def _apply_told(kind: Kind, columns: list[Column], told: dict[str, str]) -> set[int]:
    by_header = {column.header: column for column in columns}
    by_folded = {column.heading: column for column in columns}
    by_number = {str(column.index + 1): column for column in columns}
    for theirs, ours in told.items():
        column = by_header.get(theirs) or by_folded.get(fold_header(theirs)) or by_number.get(theirs.strip())
        if column is None:
            raise UnknownColumn(theirs)
        if ours and ours not in FIELDS[kind]:
            raise UnknownColumn(ours)
        column.field, column.confidence, column.told = ours, 1.0, True
    return {column.index for column in columns if column.told}


def _assign(kind: Kind, columns: list[Column], sample: list[list[str]], settled: set[int]) -> None:
    """The surest pair of column and field first; a field takes one column unless it can hold many."""
    fields = FIELDS[kind]
    has_company = kind is Kind.CUSTOMERS and any(
        column.heading in names.COMPANY_HEADINGS and column.holdings.filled >= 0.5 for column in columns
    )
    pairs = [
        (confidence(kind, one, column, has_company=has_company), -order, -column.index, one, column)
        for column in columns
        if column.index not in settled
        for order, one in enumerate(fields.values())
    ]
    full = {column.field for column in columns if column.field and not fields[column.field].many}
    done = set(settled)
    for score, _order, _index, one, column in sorted(pairs, key=lambda pair: pair[:3], reverse=True):
        if score < 0.45:
            break
        if column.index in done or one.name in full:
            continue
        column.field, column.confidence = one.name, score
        done.add(column.index)
        if not one.many:
            full.add(one.name)
    _doubt_rivals(kind, columns, has_company=has_company)


def _doubt_rivals(kind: Kind, columns: list[Column], *, has_company: bool) -> None:
    """Where a column was taken for what it holds and another would do as well, neither is sure."""
    for column in columns:
        if not column.field or column.told or not FIELDS[kind][column.field].decides:
            continue
        one = FIELDS[kind][column.field]
        if names.fit(kind, one.name, column.heading) >= SURE:
            continue
        rivals = [
            other
            for other in columns
            if not other.field
            and not other.told
            and confidence(kind, one, other, has_company=has_company) >= column.confidence - 0.08
        ]
        if rivals:
            column.confidence = min(column.confidence, SURE - 0.1)


def confidence(kind: Kind, one: Field, column: Column, *, has_company: bool = False) -> float:
    """How sure it is (0–1) that ``column`` is the field ``one``."""
    named = names.fit(kind, one.name, column.heading)
    if has_company and column.heading in names.PLAIN_NAME_HEADINGS:
        named = {"name": 0.0, "person": 0.9}.get(one.name, named)
    held = column.holdings
    if held.filled == 0:
        return 0.5 * named
    fits = compatible(one, column)
    if one.name == "external_id" and not _identifies(column):
        return 0.0
    by_name = named * (0.25 + 0.75 * fits)
    by_content = _by_content(kind, one, column, fits)
    return min(1.0, max(by_name, by_content) + 0.15 * min(by_name, by_content))


def _identifies(column: Column) -> bool:
    """An identifier is not repeated, and a mere numbering of the lines, which the next export changes, is none."""
    numbering = (
        column.is_numbering and column.heading in ("no", "n", "nr", "num", "numero", "番号", "")
    ) or not column.heading
    return column.holdings.distinct > 0.97 and not numbering


def compatible(one: Field, column: Column) -> float:
    """The share (0–1) of a column's cells that the field could take."""
    held = column.holdings
    if Content.TEXT in one.holds:
        wrong = sum(held.of(content) for content in _TYPED if content not in one.holds)
        return max(0.0, 1.0 - wrong)
    best = max((held.of(content) for content in one.holds), default=0.0)
    if one.holds == (Content.DATE,) and best < 0.5 and held.of(Content.NUMBER) >= 0.8:
        return _counted_dates(column)
    return best


def _counted_dates(column: Column) -> float:
    """Bare numbers under a heading that says date: a spreadsheet's days or seconds since 1970."""
    return 0.9 if column.holdings.of(Content.NUMBER) >= 0.8 else 0.0


def _by_content(kind: Kind, one: Field, column: Column, fits: float) -> float:
    held, heading = column.holdings, column.heading
    if one.name in _STAFF:
        return _staff(kind, column)
    if not one.by_content:
        return 0.0
    if one.name in ("name", "person", "contact_name", "customer_name"):
        score = _name_by_content(kind, one.name, held)
    else:
        content = one.holds[0]
        score = _TRUST[content] * held.of(content)
        if content is Content.EMAIL and kind is not Kind.INTERACTIONS and held.kinds > 1:
            score *= min(1.0, 0.45 + 1.1 * held.distinct)
        if content is Content.EMAIL and kind is Kind.INTERACTIONS:
            score *= 0.9 + 0.1 * held.distinct
    if names.denies(one.name, heading):
        score *= 0.5
    if one.holds[0] is not Content.EMAIL and (names.is_elsewhere(heading) or names.is_known(heading)):
        # A heading that says something else is believed, unless nearly every cell is a person's name.
        score *= 0.8 if held.of(Content.PERSON) >= 0.85 and one.holds[0] is Content.PERSON else 0.5
    return score


def _staff(kind: Kind, column: Column) -> float:
    """The same few addresses over and over are our own people's."""
    held = column.holdings
    few = held.of(Content.EMAIL) >= 0.8 and held.filled > 0.3 and held.kinds <= 60
    return 0.85 * (1 - held.distinct) if few and held.distinct < 0.5 else 0.0


def _name_by_content(kind: Kind, name: str, held: Holdings) -> float:
    person, firm = held.of(Content.PERSON), held.of(Content.ORGANISATION)
    varied = 1.0 if kind is Kind.INTERACTIONS else min(1.0, 0.35 + held.distinct)
    if held.of(Content.PROSE) > 0.3 or held.namelike + firm < 0.5:
        return 0.0
    if name in ("person", "contact_name") or (name == "name" and kind is Kind.CONTACTS):
        return _TRUST[Content.PERSON] * min(1.0, 1.35 * person) * varied * (1.0 if firm < 0.4 else 0.5)
    if name == "customer_name":
        # Of firms without a form in their name only some are told apart from people and places.
        return _TRUST[Content.ORGANISATION] * min(1.0, 2.2 * firm) * varied
    merely = 0.85 * held.namelike if held.distinct >= 0.9 else 0.6 * held.namelike
    named = max(min(1.0, 2.2 * firm), 0.9 * min(1.0, 1.35 * person), merely)
    return _TRUST[Content.ORGANISATION] * named * varied


def _split_names(columns: list[Column], sample: list[list[str]]) -> None:
    """Beside a first name, a "Name" that does not hold it is the last name; beside a last name, the first."""
    found = {column.field: column for column in columns if column.field in ("name", "first_name", "last_name")}
    for have, becomes in (("first_name", "last_name"), ("last_name", "first_name")):
        if "name" in found and have in found and becomes not in found and not found["name"].told:
            whole, part = found["name"], found[have]
            if whole.heading in names.COMPANY_HEADINGS:
                return
            rows = [row for row in sample if len(row) > max(whole.index, part.index) and row[part.index].strip()]
            holds = sum(1 for row in rows if row[part.index].strip().lower() in row[whole.index].lower())
            if rows and holds < 0.3 * len(rows):
                whole.field = becomes
            return


def _due_is_when(kind: Kind, columns: list[Column]) -> None:
    """Activities that only have a due date happened, or are planned, on it."""
    if kind is Kind.INTERACTIONS and not any(column.field == "when" for column in columns):
        for column in columns:
            if column.field == "due" and not column.told:
                column.field = "when"


def _ask(result: Recognition) -> None:
    """Note what a person has to say before anything is written, and drop what is not sure."""
    fields = FIELDS[result.kind]
    for column in result.columns:
        if column.field and column.confidence < SURE:
            if fields[column.field].decides:
                result.doubtful.append(column)
            else:
                column.field = ""
    for group in NEEDED[result.kind]:
        if not any(result.of(name) for name in group):
            result.missing.append(group)
    if any(
        set(group) & {column.field for column in result.columns if column not in result.doubtful}
        for group in NEEDED[result.kind]
    ):
        _forgive(result)
    for column in result.columns:
        is_dates = column.field and fields[column.field].holds == (Content.DATE,)
        if is_dates and column.order in (DateOrder.UNDECIDED, DateOrder.MIXED):
            result.undated.append(column)


def _forgive(result: Recognition) -> None:
    """A doubtful column of a group that a sure one already fills is left out, not asked about."""
    for group in NEEDED[result.kind]:
        sure = [column for name in group for column in result.of(name) if column.confidence >= SURE]
        if not sure:
            continue
        for column in [one for one in result.doubtful if one.field in group]:
            result.doubtful.remove(column)
            column.field = ""
