"""A page as a tree: enough of it to ask which element a word stands in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

#: Elements without an end.
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())


@dataclass(eq=False)
class Node:
    """An element: `parts` are its elements and texts in order."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    parent: Node | None = None
    parts: list[Node | str] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def text(self) -> str:
        """All its words, each gap one blank."""
        return " ".join(" ".join(words for _place, words in self.texts()).split())

    def texts(self) -> Iterator[tuple[Node, str]]:
        """Each text below, with the element that it stands in."""
        for part in self.parts:
            if isinstance(part, str):
                yield self, part
            else:
                yield from part.texts()

    def below(self) -> Iterator[Node]:
        """Every element below, in order."""
        for part in self.parts:
            if isinstance(part, Node):
                yield part
                yield from part.below()

    def up(self) -> Iterator[Node]:
        """The element itself and all around it."""
        node: Node | None = self
        while node is not None:
            yield node
            node = node.parent

    def having(self, attribute: str) -> Iterator[Node]:
        """The elements that have an attribute, itself among them."""
        yield from (one for one in (self, *self.below()) if attribute in one.attributes)

    def with_id(self, name: str) -> Node | None:
        return next((one for one in self.having("id") if one.attributes["id"] == name), None)


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.here = Node("")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.parts.append(node)
        if tag not in VOID:
            self.here = node

    def handle_endtag(self, tag: str) -> None:
        ended = next((node for node in self.here.up() if node.tag == tag), None)
        if ended is not None and ended.parent is not None:
            self.here = ended.parent

    def handle_data(self, data: str) -> None:
        self.here.parts.append(data)


def tree_of(html: str) -> Node:
    """The page as a tree; its root has no tag."""
    builder = _Builder()
    builder.feed(html)
    return builder.root
