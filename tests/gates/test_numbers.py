"""Each number opens the list behind it, and the list has that count: one walk over all pages, as each role.

In a page, `<a href data-count="7">` says how many its list has, `data-total="7"` beside a list how many it is. Whatever
else is a number where pages count stands in an element that says why it is none of these: `data-uncounted="days"`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from crm.log import Entry, log_interaction
from crm.models import Customer
from retention.snapshots import rebuild
from tests.cast import Cast
from tests.gates.matrix import ACTORS, ROWS
from tests.gates.samples import Samples, build_samples
from tests.gates.scene import crowd, rich
from tests.gates.watch import Browsers
from tests.portfolio import NOW
from tests.support.html import Node, tree_of

pytestmark = pytest.mark.django_db

WALKERS = ("ana", "carla", "eva")
#: Where pages count: classes, and elements.
PLACES = frozenset(
    "tile-value tile-note slice-count slice-worth panel-count panel-link number chip chip-big lead list-count".split()
)
PLACE_TAGS = ("h2", "summary")
#: Words that make a number a count wherever it stands.
COUNTED = re.compile(r"\d\+? (?:\w+ )?(?:clients?|alerts?|promises?|people|mails?|opened|closed|more|of them)\b")
#: Lists that are no rows: what narrows, chooses, turns over.
ASIDE = ("chips", "menu-list", "tiles")
NUMBER = re.compile(r"\d+")
#: What counts nobody: dates, times, spans of time, shares, money.
OTHERWISE = re.compile(
    r"(?:\d+ )?(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)\w*(?: \d{4})?|\d\d?:\d\d|\d+(?:\.\d+)? ?%"
    r"|(?:about )?\d+ (?:working )?(?:min|h|hours?|days?|weeks?|months?|years?)\b|[€$]\d[\d,.KM]*"
)


@dataclass(frozen=True)
class Opened:
    """One page that somebody opened."""

    who: str
    address: str
    page: Node

    def __str__(self) -> str:
        return f"{self.who} {self.address}"


@dataclass
class Walk:
    """Pages are read once for each person."""

    browsers: Browsers
    samples: Samples
    read: dict[tuple[str, str], Opened | None] = field(repr=False)

    def open(self, who: str, address: str) -> Opened | None:
        """The page without what follows its #; None where it is refused or no page."""
        address = address.partition("#")[0]
        if (who, address) not in self.read:
            answer = self.browsers.of(who).get(address)
            is_page = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
            made = Opened(who, address, tree_of(answer.content.decode())) if is_page else None
            self.read[who, address] = made
        return self.read[who, address]

    def pages(self, who: str) -> Iterator[Opened]:
        """Every page of the table that `who` gets."""
        for row in ROWS:
            is_theirs = row.method == "GET" and row.codes[ACTORS.index(who)] == "200"
            if is_theirs and (opened := self.open(who, self.samples.url(row.address))):
                yield opened

    def lists(self, who: str) -> Iterator[Opened]:
        """The lists that the numbers of the pages open, each once."""
        seen = set()
        for opened in self.pages(who):
            for link in links(opened.page):
                address = address_of(link, opened).partition("#")[0]
                if address not in seen and (found := self.open(who, address)):
                    yield found
                seen.add(address)


def address_of(link: Node, opened: Opened) -> str:
    """Where a link leads, from the page that it stands on."""
    to = link.attributes["href"]
    here = opened.address.partition("?")[0]
    return to if to.startswith("/") else f"{here}{to}" if to.startswith("?") else f"{opened.address}{to}"


def links(page: Node) -> Iterator[Node]:
    return (node for node in page.having("data-count") if node.tag == "a")


@pytest.fixture(scope="module")
def walk(stage: Cast, browsers: Browsers) -> Walk:
    """A firm in which no number is bound to be nought, with three weeks of evenings."""
    samples = build_samples(stage)
    scene = rich(stage)
    for customer, sentiment in ((scene.customer, 1), (scene.others[0], 2)):
        entry = Entry(customer=customer, outcome="reached", at=NOW - dt.timedelta(hours=2), sentiment=sentiment)
        log_interaction(entry, actor=stage.ana, now=NOW)
    # Due a little after what counts as near.
    crowd(stage.ana, stage.iberia, ["Notaría Lago"], by=stage.ana, days=(21,), annual_value=500, currency="EUR")
    Customer.objects.filter(owner=stage.bruno).update(annual_value=100, currency="EUR")
    rebuild(NOW.date() - dt.timedelta(days=30), NOW.date() - dt.timedelta(days=1), NOW)
    return Walk(browsers, samples, {})


def says(words: str, count: str) -> bool:
    """Whether the words of a link are its number, in digits, as "one", or as what these are worth together."""
    return count in NUMBER.findall(words) or not NUMBER.search(OTHERWISE.sub("", words))


def badges(page: Node) -> Iterator[Node]:
    """The links of the navigation that have a number beside them."""
    for badge in page.having("data-count"):
        if badge.tag == "span" and badge.text:
            yield next(node for node in badge.up() if node.tag == "a")


def total_at(found: Opened | None, fragment: str) -> str:
    """The count that a list says of itself, of the part named by `fragment` if there is one."""
    part = found and (found.page.with_id(fragment) if fragment else found.page)
    if not part:
        return "nothing"
    return next((node.attributes["data-total"] for node in part.having("data-total")), "no total")


@pytest.mark.parametrize("who", WALKERS)
def test_each_number_opens_a_list_of_that_count(who: str, walk: Walk) -> None:
    wrong, checked = [], 0
    for opened in (*walk.pages(who), *walk.lists(who)):
        for link in links(opened.page):
            count = link.attributes["data-count"]
            address = address_of(link, opened)
            total = total_at(walk.open(who, address), address.partition("#")[2])
            if total != count or not says(link.text, count):
                wrong.append(f"{opened}: {link.text!r} says {count}, {address} has {total}")
            checked += 1
    assert not wrong, "\n".join(dict.fromkeys(wrong))
    assert checked > (30 if who == "ana" else 200)


@pytest.mark.parametrize("who", WALKERS)
def test_the_badges_of_the_navigation_are_the_count_of_their_page(who: str, walk: Walk) -> None:
    today = walk.open(who, "/")
    assert today
    found = [
        (NUMBER.findall(link.text), total_at(walk.open(who, link.attributes["href"]), ""))
        for link in badges(today.page)
    ]
    assert found
    assert all(said == [total] for said, total in found), found


@pytest.mark.parametrize("who", WALKERS)
def test_no_number_stands_bare(who: str, walk: Walk) -> None:
    wrong = [bare for opened in (*walk.pages(who), *walk.lists(who)) for bare in bare_in(opened)]
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def bare_in(opened: Opened) -> Iterator[str]:
    """The numbers where pages count that neither open a list nor say why not."""
    main = opened.page.with_id("main")
    # What has none is a mail shown in a frame.
    for place, words in main.texts() if main else ():
        if place.tag == "script":
            continue
        around = list(place.up())
        counts = [node for node in around if PLACES.intersection(node.classes) or node.tag in PLACE_TAGS]
        said = " ".join(words.split())
        is_count = NUMBER.search(OTHERWISE.sub("", said)) if counts else COUNTED.search(said)
        if is_count and not any(is_said(node, words) for node in around):
            yield f"{opened}: <{place.tag} {' '.join(counts[0].classes) if counts else ''}> {said!r}"


def is_said(node: Node, words: str) -> bool:
    """Whether an element says what becomes of the number in its words."""
    said = node.attributes
    if "data-total" in said:
        return NUMBER.findall(words) == [said["data-total"]]
    return "data-uncounted" in said or (node.tag == "a" and "data-count" in said) or node.tag == "th"


@pytest.mark.parametrize("who", WALKERS)
def test_a_list_has_as_many_rows_as_it_says(who: str, walk: Walk) -> None:
    wrong, checked = [], 0
    for opened in (*walk.pages(who), *walk.lists(who)):
        for node in opened.page.having("data-total"):
            rows, goes_on = rows_beside(node)
            if not goes_on and rows != int(node.attributes["data-total"]):
                wrong.append(f"{opened}: {node.text!r} has {rows} rows")
            checked += 1
    assert not wrong, "\n".join(dict.fromkeys(wrong))
    assert checked > 20


def rows_beside(node: Node) -> tuple[int, bool]:
    """The rows of the panel or page that a total stands in, and whether there are more on another page."""
    part = next(one for one in node.up() if one.tag in ("section", "main", ""))
    rows = [one for one in part.below() if is_row(one)]
    return len(rows), any(one.attributes.get("rel") in ("next", "prev") for one in part.below())


def is_row(node: Node) -> bool:
    """Whether an element is a row of a table or of a list of facts, or the first level of a list."""
    around = list(node.up())[1:]
    if node.tag in ("tr", "dt"):
        return node.tag == "dt" or around[0].tag == "tbody"
    within = any(one.tag == "li" or set(ASIDE).intersection(one.classes) for one in around)
    return node.tag == "li" and not within and "data-uncounted" not in node.attributes


def test_the_walk_finds_what_is_bare() -> None:
    page = """<main id="main"><p class="lead">5 wait</p><td class="number"><b>3</b></td><p>9</p><p>6 more clients</p>
        <a class="chip" data-count="2" href="/">2</a><span class="chip" data-uncounted="rank">4th</span><p class="lead">
        8 days since 3 May</p><h2 data-total="8">7 of 8</h2></main>"""
    found = [one.rpartition("> ")[2] for one in bare_in(Opened("ana", "/", tree_of(page)))]
    assert found == ["'5 wait'", "'3'", "'6 more clients'", "'7 of 8'"]
