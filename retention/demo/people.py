"""The people of the demo firm: two teams, eight persons, how punctual each is."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from accounts.calendar_build import rebuild
from accounts.models import Membership, Team, User
from accounts.models.user import Role
from accounts.setup import make_calendar

DOMAIN = "demo.constante.example"


@dataclass(frozen=True)
class Person:
    """A person of the firm. `slips`: the share of contacts that they let pass their due."""

    key: str
    name: str
    role: str
    team: str
    slips: float = 0.1
    language: str = "es"


#: Names are invented. The two supervisors read English and Spanish, so that both are seen.
PEOPLE = (
    Person("ana", "Ana Rojas", Role.MANAGER, "Iberia", 0.04),
    Person("bruno", "Bruno Díaz", Role.MANAGER, "Iberia", 0.10),
    Person("lucia", "Lucía Paz", Role.MANAGER, "Iberia", 0.05),
    Person("carla", "Carla Núñez", Role.SUPERVISOR, "Iberia", language="en"),
    Person("diego", "Diego Quispe", Role.MANAGER, "Andes", 0.05),
    Person("valentina", "Valentina Ospina", Role.MANAGER, "Andes", 0.08),
    Person("ramiro", "Ramiro Lagos", Role.SUPERVISOR, "Andes"),
    Person("eva", "Eva Molina", Role.ADMINISTRATOR, "", language="en"),
)
#: Team → name of its zone, country of its public holidays.
TEAMS = {"Iberia": ("Europe/Madrid", "ES"), "Andes": ("America/Bogota", "CO")}


@dataclass
class Staff:
    """The people and teams as they stand in the database, with the passwords that were made for them."""

    users: dict[str, User]
    teams: dict[str, Team]
    password: str

    def managers(self, team: str) -> list[Person]:
        return [person for person in PEOPLE if person.team == team and person.role == Role.MANAGER]

    def supervisor(self, team: str) -> User:
        return next(self.users[p.key] for p in PEOPLE if p.team == team and p.role == Role.SUPERVISOR)


def hire(today: dt.date, joined: dt.datetime) -> Staff:
    """Create the teams with their calendars, and the people, all marked as demo, with one random password."""
    password = "-".join(secrets.token_hex(2) for _ in range(3))
    teams = {}
    for name, (zone, country) in TEAMS.items():
        calendar = make_calendar(f"{name} (demo)", zone, country=country)
        rebuild(calendar, today=today)
        calendar.refresh_from_db()
        teams[name] = Team.objects.create(name=f"{name} (demo)", calendar=calendar, is_demo=True)
    users = {person.key: _engage(person, teams, joined) for person in PEOPLE}
    for user in users.values():
        user.set_password(password)
    User.objects.bulk_update(users.values(), ["password"])
    return Staff(users, teams, password)


def _engage(person: Person, teams: dict[str, Team], joined: dt.datetime) -> User:
    user = User.objects.create_user(
        email=f"{person.key}@{DOMAIN}",
        name=person.name,
        role=person.role,
        language=person.language,
        time_zone=TEAMS.get(person.team, ("Europe/Madrid", ""))[0],
        is_demo=True,
        first_signed_in_at=joined,
    )
    if person.team:
        Membership.objects.create(
            user=user, team=teams[person.team], is_primary=True, supervises=person.role == Role.SUPERVISOR
        )
    return user
