"""Which system a file comes from, told from its headings: part of every external id."""

from collections.abc import Sequence

from crm.importing.folding import fold_header

_SIGNS: tuple[tuple[str, frozenset[str], int], ...] = (
    (
        "salesforce",
        frozenset(
            "system modstamp|is deleted|who id|what id|master record id|billing street|mailing street".split("|")
        ),
        2,
    ),
    (
        "hubspot",
        frozenset(
            "lifecycle stage|associated contact email|associated company domain|company domain name|hubspot owner|contact owner|"
            "company owner|activity owner|record id|lead status|associated company ids|etapa del ciclo de vida|id de registro|"
            "propietario del contacto|associated contact ids|associated company".split("|")
        ),
        2,
    ),
    (
        "google",
        frozenset(
            "e mail 1 value|e mail 1 label|phone 1 value|group membership|labels|yomi name|organization 1 name".split(
                "|"
            )
        ),
        2,
    ),
    (
        "outlook",
        frozenset(
            "e mail display name|e mail type|business phone|business fax|home phone 2|web page|business street|"
            "tipo de correo electronico|calle del trabajo|telefono del trabajo|segundo nombre|home street".split("|")
        ),
        2,
    ),
    (
        "odoo",
        frozenset(
            "id externo|external id|nombre mostrado|display name|es una empresa|is a company|vendedor|salesperson|notas internas|"
            "puesto de trabajo|tipo de compania|company type|related company".split("|")
        ),
        2,
    ),
)


def find_source(headers: Sequence[str]) -> str:
    """ "hubspot", "salesforce", "google", "outlook", "odoo", or "csv" for any other."""
    headings = {fold_header(header) for header in headers}
    scores = [
        (len(headings & signs) / len(signs), name) for name, signs, least in _SIGNS if len(headings & signs) >= least
    ]
    return max(scores)[1] if scores else "csv"
