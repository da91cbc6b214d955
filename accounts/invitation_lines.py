"""Reading pasted people, one a line: "Name <email>", a column of a sheet, or addresses between commas."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db.models.functions import Lower
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User

#: So many at once: more is an import's work.
MOST = 200
ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]]+@[^\s<>,;:\"()\[\]]+")
NO_ADDRESS = _("There is no address in it.")
SEVERAL = _("There is more than one address in it.")
NOT_ONE = _("This is no address that mail could reach.")
TWICE = _("This address stands above already.")
KNOWN = _("They are here already.")
TOO_MANY = _("These are too many at once: %(most)s lines at most.")
_is_address = EmailValidator()


@dataclass(frozen=True)
class Line:
    """One line as it was understood; `fault` says why nobody is invited by it; `known`: who has that address."""

    text: str
    name: str = ""
    email: str = ""
    fault: str | Promise = ""
    known: User | None = None


def read(text: str) -> list[Line]:
    """Understand each line that is not empty. One query. Raises ValidationError for more than `MOST`."""
    pieces = [piece for line in text.splitlines() for piece in _pieces(line) if piece.strip()]
    if len(pieces) > MOST:
        raise ValidationError(TOO_MANY, params={"most": MOST})
    lines = [_line(piece.strip()) for piece in pieces]
    emails = [line.email for line in lines if line.email]
    same = User.objects.annotate(lower=Lower("email")).filter(lower__in=emails)
    known = {user.email.lower(): user for user in same}
    seen: set[str] = set()
    found = []
    for line in lines:
        found.append(_against(line, seen, known))
        seen.add(line.email)
    return found


def _pieces(line: str) -> list[str]:
    """A line of one person stays whole; of several addresses each piece between commas is one."""
    parts = re.split(r"[,;]", line)
    each_has_one = len(parts) > 1 and all(len(ADDRESS.findall(part)) == 1 for part in parts if part.strip())
    return parts if each_has_one else [line]


def _line(text: str) -> Line:
    text = text.replace("\0", "")
    addresses = ADDRESS.findall(text)
    if not addresses:
        return Line(text, fault=NO_ADDRESS)
    if len({address.lower() for address in addresses}) > 1:
        return Line(text, fault=SEVERAL)
    email = addresses[0].lower().rstrip(".")
    name = _name(ADDRESS.sub(" ", text)) or name_from(email)
    try:
        _is_address(email)
    except ValidationError:
        return Line(text, fault=NOT_ONE)
    return Line(text, name[:120], email, "" if len(email) <= 254 else NOT_ONE)


def _name(rest: str) -> str:
    return " ".join(re.sub(r"[<>,;\"\[\]()\t]|mailto:", " ", rest).split())


def name_from(email: str) -> str:
    """A name to begin with where none was given: "ana.torres@…" is Ana Torres."""
    words = re.split(r"[._\-+\d]+", email.partition("@")[0])
    return " ".join(word.capitalize() for word in words if word) or email.partition("@")[0]


def _against(line: Line, seen: set[str], known: dict[str, User]) -> Line:
    if line.fault or not line.email:
        return line
    if line.email in seen:
        return Line(line.text, line.name, line.email, TWICE)
    if line.email in known:
        return Line(line.text, line.name, line.email, KNOWN, known[line.email])
    return line
