"""The clients of the demo firm: names, cities, people, phones, what they are worth. Drawn from a seeded source."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

_SPAIN = {
    "Madrid": "91", "Sevilla": "95", "Valencia": "96", "Bilbao": "94", "Zaragoza": "976", "Málaga": "952",
    "Vigo": "986", "Valladolid": "983", "Oviedo": "985", "Murcia": "968", "Alicante": "965", "Granada": "958",
}  # fmt: skip
_ANDES = {
    "Bogotá": ("CO", "+5760155"), "Medellín": ("CO", "+5760455"), "Cali": ("CO", "+5760255"),
    "Lima": ("PE", "+511555"), "Arequipa": ("PE", "+5154555"), "Quito": ("EC", "+5932255"),
    "Guayaquil": ("EC", "+5934255"), "La Paz": ("BO", "+5912255"),
}  # fmt: skip
_ZONES = {
    "ES": "Europe/Madrid",
    "CO": "America/Bogota",
    "PE": "America/Lima",
    "EC": "America/Guayaquil",
    "BO": "America/La_Paz",
}
_SURNAMES = (
    "Solís", "Lugo", "Valdés", "Mirador", "Costa", "Andrade", "Figueroa", "Ibáñez", "Quintana", "Salcedo", "Robles",
    "Cifuentes", "Paredes", "Montalvo", "Herrera", "Bustos", "Zambrano", "Olmedo", "Peralta", "Aguirre", "Fonseca",
    "Galindo", "Nieto", "Barrios", "Escobar", "Lozano", "Medina", "Trujillo", "Rivas", "Cárdenas", "Serrano", "Vega",
    "Acosta", "Beltrán", "Crespo", "Duarte", "Echeverri", "Farías", "Gálvez", "Hinojosa",
)  # fmt: skip
_FIRST = (
    "Julián", "Clara", "Marta", "Rosa", "Andrés", "Pilar", "Gonzalo", "Inés", "Tomás", "Elena", "Ricardo", "Camila",
    "Óscar", "Beatriz", "Hernán", "Natalia", "Íñigo", "Paula", "Sergio", "Amparo", "Joaquín", "Daniela", "Raúl",
    "Noelia",
)  # fmt: skip
#: Trade → how its firms are called.
_SHAPES = {
    "ferretería": ("Ferretería {a}", "Suministros {a} y {b}", "Almacenes {a}"),
    "clínica": ("Clínica {a}", "Centro Médico {a}", "Óptica {a}"),
    "taller": ("Talleres {a}", "Mecánica {a} Hermanos", "Carrocerías {a}"),
    "notaría": ("Notaría {a}", "Despacho {a} y {b}", "Gestoría {a}"),
    "hotel": ("Hotel {a}", "Hostal {a}", "Hoteles {a} del {b}"),
    "escuela": ("Colegio {a}", "Escuela Infantil {a}", "Academia {a}"),
    "agencia": ("Agencia {a}", "Estudio {a}", "{a} & {b} Comunicación"),
    "distribuidora": ("Distribuidora {a}", "Grupo {a}", "Comercial {a} {b}"),
}
_ROLES = (
    ("Dueño", "decides"),
    ("Gerente", "decides"),
    ("Compras", "influences"),
    ("Administración", "uses"),
    ("Recepción", ""),
)


@dataclass(frozen=True)
class Person:
    name: str
    role: str
    influence: str
    email: str
    phone: str


@dataclass(frozen=True)
class Firm:
    """A client before they are one: everything that does not change in the two years."""

    name: str
    trade: str
    city: str
    country: str
    zone: str
    segment: str
    value: int
    currency: str
    people: tuple[Person, ...]


def firms(source: random.Random, team: str, count: int) -> Iterator[Firm]:
    """`count` different firms of a team's countries."""
    used: set[str] = set()
    while len(used) < count:
        firm = _firm(source, team)
        if firm.name not in used:
            used.add(firm.name)
            yield firm


def _firm(source: random.Random, team: str) -> Firm:
    trade = source.choice(sorted(_SHAPES))
    name = source.choice(_SHAPES[trade]).format(a=source.choice(_SURNAMES), b=source.choice(_SURNAMES))
    city = source.choice(sorted(_SPAIN if team == "Iberia" else _ANDES))
    country, prefix = ("ES", f"+34{_SPAIN[city]}") if team == "Iberia" else _ANDES[city]
    segment = source.choices(("A", "B", "C"), (18, 42, 40))[0]
    worth = {"A": (40, 120), "B": (12, 45), "C": (2, 14)}[segment]
    slug = "".join(letter for letter in name.lower() if letter.isascii() and letter.isalnum())
    people = tuple(_person(source, slug, prefix, place) for place in range(source.choice((1, 2, 2, 3))))
    currency = "EUR" if team == "Iberia" else source.choices(("USD", "COP", "PEN"), (6, 3, 2))[0]
    scale = {"COP": 4_000_000, "PEN": 4_000}.get(currency, 1000)
    return Firm(name, trade, city, country, _ZONES[country], segment, source.randint(*worth) * scale, currency, people)


def _person(source: random.Random, slug: str, prefix: str, place: int) -> Person:
    first, last = source.choice(_FIRST), source.choice(_SURNAMES)
    role, influence = _ROLES[0] if place == 0 else source.choice(_ROLES[1:])
    plain = "".join(letter for letter in first.lower() if letter.isascii())
    digits = 12 - len(prefix) if prefix.startswith("+34") else 4
    # 555 and the like: numbers that nobody has.
    number = prefix + "".join(str(source.randint(0, 9)) for _ in range(digits))
    return Person(f"{first} {last}", role, influence, f"{plain}@{slug}.example", number)
