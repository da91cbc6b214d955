"""The people that every test uses. They are built once for a test run; each test gets fresh objects of them.

Ana and Bruno are managers of the team "Iberia" (Madrid), which Carla supervises. Diego is a manager of the team "Andes"
(Bogotá), which Fatima supervises: strangers to the first three. Eva administers and belongs to no team. The firm's
default team (from the migration) has no members. All of them sign in with `PASSWORD`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import transaction
from pytest_django import DjangoDbBlocker

from accounts.calendar_build import rebuild
from accounts.models import Calendar, Membership, Team, User
from accounts.setup import ensure_defaults, make_calendar

PASSWORD = "unaclavedeprueba"
JOINED = dt.datetime(2024, 1, 8, 9, tzinfo=dt.UTC)


@dataclass
class Cast:
    """The people and teams by name."""

    ana: User
    bruno: User
    carla: User
    diego: User
    eva: User
    fatima: User
    iberia: Team
    andes: Team
    default: Team

    @property
    def madrid(self) -> Calendar:
        return self.iberia.calendar

    @property
    def bogota(self) -> Calendar:
        return self.andes.calendar

    @property
    def people(self) -> dict[str, User]:
        names = ("ana", "bruno", "carla", "diego", "eva", "fatima")
        return {name: getattr(self, name) for name in names}


@transaction.atomic
def build_cast(today: dt.date | None = None) -> None:
    """Create the people, teams and calendars, unless they are there; tables around `today` (else the real one)."""
    default = ensure_defaults(today=today)
    if User.objects.filter(email="ana@constante.test").exists():
        return
    bogota = make_calendar("Bogotá", "America/Bogota")
    rebuild(bogota, today=today or dt.datetime.now(dt.UTC).date())
    iberia = Team.objects.create(name="Iberia", calendar=default.calendar)
    andes = Team.objects.create(name="Andes", calendar=bogota)
    _person("ana", "Ana Torres", "manager", iberia)
    _person("bruno", "Bruno Sanz", "manager", iberia)
    _person("carla", "Carla Núñez", "supervisor", iberia)
    _person("diego", "Diego Rojas", "manager", andes)
    _person("fatima", "Fátima Díaz", "supervisor", andes)
    _person("eva", "Eva Molina", "administrator", None)


def _person(key: str, name: str, role: str, team: Team | None) -> User:
    zone = team.calendar.zone if team else "Europe/Madrid"
    user = User.objects.create(
        email=f"{key}@constante.test",
        name=name,
        role=role,
        time_zone=zone,
        # One iteration: thousands of tests need no strong hash.
        password=PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1),
        first_signed_in_at=JOINED,
    )
    if team:
        Membership.objects.create(user=user, team=team, supervises=role == "supervisor", is_primary=True)
    return user


def load_cast() -> Cast:
    """Read the people and teams afresh. Two queries."""
    people = {user.email.split("@")[0]: user for user in User.objects.filter(email__endswith="@constante.test")}
    teams = {
        "default" if team.is_default else team.name.lower(): team for team in Team.objects.select_related("calendar")
    }
    return Cast(
        ana=people["ana"],
        bruno=people["bruno"],
        carla=people["carla"],
        diego=people["diego"],
        eva=people["eva"],
        fatima=people["fatima"],
        iberia=teams["iberia"],
        andes=teams["andes"],
        default=teams["default"],
    )


@pytest.fixture(scope="session")
def _cast_built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        build_cast()


@pytest.fixture
def cast(_cast_built: None, db: None) -> Cast:
    """The people and teams; built again where a test that commits has emptied the database before."""
    if not User.objects.filter(email="ana@constante.test").exists():
        build_cast()
    return load_cast()
