"""Countries by the names that exports use: ISO code, dialling region and currency."""

from functools import lru_cache

from phonenumbers import SUPPORTED_REGIONS

from crm.importing.folding import fold

_NAMES = """
ES espana spain espagne spanien spanje|MX mexico mejico mexique|AR argentina|CO colombia|CL chile chili|PE peru perou
UY uruguay|PY paraguay|BO bolivia|EC ecuador|VE venezuela|CR costa rica|PA panama|GT guatemala|HN honduras
SV el salvador|NI nicaragua|DO republica dominicana;dominican republic|CU cuba|PR puerto rico
US estados unidos;united states;united states of america;usa;eeuu;ee uu;u s a;etats unis;vereinigte staaten;america
CA canada|GB united kingdom;reino unido;uk;england;great britain;inglaterra;scotland;wales;royaume uni|IE ireland;irlanda
FR france;francia;frankreich|DE germany;alemania;deutschland;allemagne|IT italy;italia;italie|PT portugal
BR brazil;brasil;bresil|NL netherlands;paises bajos;holanda;the netherlands;nederland|BE belgium;belgica;belgique;belgie
CH switzerland;suiza;suisse;schweiz|AT austria;osterreich|LU luxembourg;luxemburgo|AD andorra|SE sweden;suecia
NO norway;noruega|DK denmark;dinamarca|FI finland;finlandia|PL poland;polonia;polska|CZ czech republic;chequia;czechia
RO romania;rumania|GR greece;grecia|HU hungary;hungria|MA morocco;marruecos;maroc|JP japan;japon;日本|CN china;中国
IN india|AU australia|NZ new zealand;nueva zelanda|ZA south africa;sudafrica|TR turkey;turquia|IL israel|AE united arab emirates
"""
_EURO = frozenset("ES FR DE IT PT IE NL BE AT LU FI GR AD".split())
_CURRENCIES = {
    "MX": "MXN", "AR": "ARS", "CO": "COP", "CL": "CLP", "PE": "PEN", "UY": "UYU", "PY": "PYG", "BO": "BOB", "EC": "USD",
    "CR": "CRC", "PA": "USD", "GT": "GTQ", "HN": "HNL", "SV": "USD", "NI": "NIO", "DO": "DOP", "US": "USD", "PR": "USD",
    "CA": "CAD", "GB": "GBP", "BR": "BRL", "CH": "CHF", "SE": "SEK", "NO": "NOK", "DK": "DKK", "PL": "PLN", "CZ": "CZK",
    "RO": "RON", "HU": "HUF", "MA": "MAD", "JP": "JPY", "CN": "CNY", "IN": "INR", "AU": "AUD", "NZ": "NZD", "ZA": "ZAR",
    "TR": "TRY", "IL": "ILS", "AE": "AED",
}  # fmt: skip


def _by_name() -> dict[str, str]:
    table = {}
    for entry in _NAMES.replace("\n", "|").split("|"):
        code, _, words = entry.strip().partition(" ")
        names = words.split(";") if ";" in words or code in ("CR", "SV", "PR") else words.split()
        table.update({name.strip(): code for name in names if name.strip()})
    return table | {code.lower(): code for code in SUPPORTED_REGIONS}


_BY_NAME = _by_name()


@lru_cache(maxsize=4096)
def country_code(text: str) -> str:
    """The ISO code of a country's name or code in English, Spanish or French; empty when it is not known."""
    return _BY_NAME.get(fold(text), "")


def currency_of(country: str) -> str:
    """The currency used in a country (ISO codes both); empty when it is not known."""
    return "EUR" if country in _EURO else _CURRENCIES.get(country, "")
