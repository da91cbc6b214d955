"""What can be filled from a file, for each kind of import, and what each field may hold."""

from dataclasses import dataclass
from enum import StrEnum

from crm.importing.contents import Content


class Kind(StrEnum):
    """What the rows of a file are."""

    CUSTOMERS = "customers"
    CONTACTS = "contacts"
    INTERACTIONS = "interactions"


@dataclass(frozen=True)
class Field:
    """One field of ours.

    ``holds`` lists the contents that fit it; ``many`` says that several columns may fill it; ``by_content`` that a
    column without a telling name may be taken for it by what it holds; ``decides`` that the import stops when it is
    not sure about it.
    """

    name: str
    holds: tuple[Content, ...] = ()
    many: bool = False
    by_content: bool = False
    decides: bool = False


_NAMES = (Content.PERSON, Content.ORGANISATION, Content.TEXT)
_TEXTS = (Content.TEXT, Content.PROSE, Content.OUTCOME, Content.ACT, Content.ORGANISATION, Content.PERSON)
_IDS = (Content.IDENTIFIER, Content.NUMBER, Content.PHONE, Content.TEXT, Content.EMAIL, Content.URL)
_PLACES = (Content.TEXT, Content.PERSON, Content.ORGANISATION)

_CUSTOMERS = (
    Field("external_id", _IDS),
    Field("name", _NAMES, by_content=True, decides=True),
    Field("first_name", _NAMES, decides=True),
    Field("last_name", _NAMES, decides=True),
    Field("person", (Content.PERSON, Content.TEXT), by_content=True),
    Field("role", _TEXTS),
    Field("email", (Content.EMAIL,), many=True, by_content=True),
    Field("phone", (Content.PHONE,), many=True, by_content=True),
    Field("website", (Content.URL,)),
    Field("domain", (Content.URL,)),
    Field("city", _PLACES),
    Field("country", _PLACES),
    Field("segment", (*_TEXTS, Content.NUMBER, Content.IDENTIFIER)),
    Field("owner", (Content.EMAIL, Content.PERSON, Content.TEXT, Content.IDENTIFIER)),
    Field("client_since", (Content.DATE,)),
    Field("renewal_on", (Content.DATE,)),
    Field("annual_value", (Content.NUMBER,)),
    Field("currency", (Content.TEXT,)),
    Field("source", _TEXTS),
    Field("language", (Content.TEXT,)),
    Field("tags", _TEXTS),
    Field("key", (Content.FLAG,)),
    Field("note", _TEXTS, many=True),
    Field("birthday", (Content.DATE,)),
    Field("last_contact", (Content.DATE,)),
)

_CONTACTS = (
    Field("external_id", _IDS),
    Field("name", (Content.PERSON, Content.TEXT, Content.ORGANISATION), by_content=True, decides=True),
    Field("first_name", _NAMES, decides=True),
    Field("last_name", _NAMES, decides=True),
    Field("addressed_as", _NAMES),
    Field("role", _TEXTS),
    Field("email", (Content.EMAIL,), many=True, by_content=True),
    Field("phone", (Content.PHONE,), many=True, by_content=True),
    Field("customer_name", (Content.ORGANISATION, Content.TEXT, Content.PERSON), by_content=True),
    Field("customer_id", _IDS),
    Field("customer_domain", (Content.URL,)),
    Field("owner", (Content.EMAIL, Content.PERSON, Content.TEXT, Content.IDENTIFIER)),
    Field("birthday", (Content.DATE,)),
    Field("client_since", (Content.DATE,)),
    Field("last_contact", (Content.DATE,)),
    Field("city", _PLACES),
    Field("country", _PLACES),
    Field("language", (Content.TEXT,)),
    Field("source", _TEXTS),
    Field("website", (Content.URL,)),
    Field("note", _TEXTS, many=True),
)

_INTERACTIONS = (
    Field("external_id", _IDS),
    Field("when", (Content.DATE,), by_content=True, decides=True),
    Field("clock", (Content.CLOCK,)),
    Field("act", (Content.ACT, Content.WAY, Content.TEXT), by_content=True),
    Field("way", (Content.WAY, Content.ACT, Content.TEXT), by_content=True),
    Field("outcome", (Content.OUTCOME, Content.TEXT, Content.FLAG), many=True, by_content=True),
    Field("minutes", (Content.NUMBER, Content.CLOCK, Content.TEXT)),
    Field("seconds", (Content.NUMBER,)),
    Field("subject", _TEXTS),
    Field("summary", _TEXTS, many=True),
    Field("by", (Content.EMAIL, Content.PERSON, Content.TEXT, Content.IDENTIFIER)),
    Field("contact_email", (Content.EMAIL,), by_content=True),
    Field("contact_phone", (Content.PHONE,), by_content=True),
    Field("contact_name", (Content.PERSON, Content.TEXT), by_content=True),
    Field("contact_id", _IDS),
    Field("customer_name", (Content.ORGANISATION, Content.TEXT, Content.PERSON), by_content=True),
    Field("customer_id", _IDS),
    Field("customer_domain", (Content.URL,)),
    Field("due", (Content.DATE,)),
)

FIELDS: dict[Kind, dict[str, Field]] = {
    Kind.CUSTOMERS: {field.name: field for field in _CUSTOMERS},
    Kind.CONTACTS: {field.name: field for field in _CONTACTS},
    Kind.INTERACTIONS: {field.name: field for field in _INTERACTIONS},
}

# At least one of each group must be found, else nothing can be imported.
NEEDED: dict[Kind, tuple[tuple[str, ...], ...]] = {
    Kind.CUSTOMERS: (("name", "first_name", "last_name", "person"),),
    Kind.CONTACTS: (("name", "first_name", "last_name", "email"),),
    Kind.INTERACTIONS: (
        ("when",),
        (
            "contact_email",
            "contact_id",
            "contact_name",
            "contact_phone",
            "customer_id",
            "customer_name",
            "customer_domain",
        ),
    ),
}
