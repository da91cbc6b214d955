"""Words made comparable: without accents, case, camelCase or punctuation."""

import re
import unicodedata
from functools import lru_cache

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OTHER = re.compile(r"[^\w]+|_+")


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower case, accents off, every run of punctuation one space: ``"Teléfono_Móvil:"`` → ``"telefono movil"``.

    Japanese kana keep their voicing marks, so they are recomposed after the accents are taken off.
    """
    if text.isascii():
        return " ".join(_OTHER.sub(" ", text.lower()).split())
    wide = unicodedata.normalize("NFKC", text)
    bare = "".join(
        char for char in unicodedata.normalize("NFD", wide) if not unicodedata.combining(char) or char in "\u3099\u309a"
    )
    return " ".join(_OTHER.sub(" ", unicodedata.normalize("NFC", bare).lower()).split())


def fold_header(text: str) -> str:
    """As ``fold``, and camelCase and a custom field's ``__c`` taken apart: ``"MobilePhone"`` → ``"mobile phone"``."""
    bare = text.strip()
    if bare.lower().endswith("__c"):
        bare = bare[:-3]
    return fold(_CAMEL.sub(" ", bare))
