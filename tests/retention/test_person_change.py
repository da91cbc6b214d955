"""Changing a person: what follows is said before; who may; two editors; what happens to clients (A8)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import SettingChange, User
from accounts.rights import Rights, give, rights_of
from alerts.models import Deadline, Morning
from alerts.mornings import ensure_mornings
from crm.models import Clock
from retention.person_changes import ChangedMeanwhile, Edit, LastAdministrator, change, mark_of, plan_of
from tests.cast import Cast
from tests.portfolio import NOW, client_of, logged


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def typed(user: User, **said: Any) -> dict[str, Any]:
    """What the form sends untouched, and what is said otherwise."""
    plan = plan_of(user)
    teams = {f"team_{team}": what for team, what in plan["teams"].items()}
    values = {"name": plan["name"], "language": plan["language"], "zone": plan["zone"]}
    own = {"primary": plan["primary"] or ""} | ({"administrator": "on"} if plan["administrator"] else {})
    return values | own | teams | said


class Page:
    """The page as an administrator uses it."""

    def __init__(self, client: Client, cast: Cast, user: User) -> None:
        self.client, self.user, self.path = client, user, f"/people/{user.pk}/change/"
        client.force_login(cast.eva)
        opened = re.search(r'name="opened" value="([^"]+)"', client.get(self.path).content.decode())
        assert opened
        self.opened = opened[1]

    def look(self, **said: Any) -> str:
        data = typed(self.user, **said) | {"opened": self.opened, "do": "look"}
        return self.client.post(
            self.path, {name: value for name, value in data.items() if value is not None}
        ).content.decode()

    def save(self, looked: str, reason: str = "As agreed", **more: str) -> Any:
        token = re.search(r'name="token" value="([^"]+)"', looked)
        assert token, looked
        return self.client.post(self.path, {"token": token[1], "reason": reason, "do": "save"} | more)


def done(user: User, actor: User, **edit: Any) -> None:
    change(user, Edit(**edit), base=mark_of(plan_of(user)), actor=actor, reason="So", now=NOW)  # type: ignore[typeddict-item]


def test_looked_at_nothing_is_kept_saved_it_holds(client: Client, cast: Cast) -> None:
    page = Page(client, cast, cast.bruno)
    looked = page.look(name="Bruno Sanz Gil", language="es", **{f"team_{cast.andes.pk}": "supervisor"})

    assert "Andes: they see all its clients and people" in looked
    assert plan_of(User.objects.get(pk=cast.bruno.pk)) == plan_of(cast.bruno)

    assert page.save(looked).status_code == 302
    bruno = User.objects.get(pk=cast.bruno.pk)
    assert (bruno.name, bruno.language, bruno.role) == ("Bruno Sanz Gil", "es", "supervisor")
    assert rights_of(bruno) == Rights({cast.iberia.pk: False, cast.andes.pk: True}, cast.iberia.pk, False)


def test_who_changed_what_and_why_stands_on_their_page(client: Client, cast: Cast) -> None:
    page = Page(client, cast, cast.bruno)
    page.save(page.look(**{f"team_{cast.andes.pk}": "member"}), reason="He helps out in winter")

    html = client.get(f"/people/{cast.bruno.pk}/").content.decode()
    assert "He helps out in winter" in html and "Eva Molina changed it on 24 Nov 2026" in html
    assert re.search(r"Andes: <s>.*not in it</s>\s*<span[^>]*>→</span> <b>works in it</b>", html)


def test_a_reason_is_asked_for(client: Client, cast: Cast) -> None:
    page = Page(client, cast, cast.bruno)
    answer = page.save(page.look(name="Other"), reason=" ")
    assert "Say why" in answer.content.decode() and User.objects.get(pk=cast.bruno.pk).name == "Bruno Sanz"


def test_what_is_lost_is_said_too(client: Client, cast: Cast) -> None:
    client_of(cast.carla, "Taller", cast.iberia)
    looked = Page(client, cast, cast.carla).look(
        primary=cast.andes.pk, **{f"team_{cast.iberia.pk}": "", f"team_{cast.andes.pk}": "member"}
    )
    assert "Iberia: they see its people and their clients no longer" in looked
    assert "Iberia is left without a supervisor" in looked
    assert "1 client of theirs is in Iberia: stays theirs" in looked


def test_clients_without_a_team_follow_the_calendar_of_the_first_team(client: Client, cast: Cast) -> None:
    ours, theirs = client_of(cast.bruno, "Of no team", None), client_of(cast.bruno, "Of Iberia", cast.iberia)
    logged(ours, cast.bruno, "11-20 11:00")
    ensure_mornings(NOW)
    due, morning = Clock.objects.get(pk=ours.pk).due_at, Morning.objects.get(user=cast.bruno).next_at
    page = Page(client, cast, cast.bruno)

    looked = page.look(primary=cast.andes.pk, zone="America/Bogota", **{f"team_{cast.iberia.pk}": ""})
    assert "They work by the calendar Bogotá" in looked and "So does 1 client" in looked
    assert "1 client falls due later" in looked and "0 clients fall due earlier" in looked
    assert Clock.objects.get(pk=ours.pk).due_at == due and Morning.objects.get(user=cast.bruno).next_at == morning

    page.save(looked)
    clock = Clock.objects.get(pk=ours.pk)
    assert clock.calendar == cast.bogota and due is not None and clock.due_at is not None and clock.due_at > due
    assert Clock.objects.get(pk=theirs.pk).calendar == cast.madrid
    dated = Deadline.objects.open().get(customer=ours, kind="attention")
    assert dated.cause == "calendar" and dated.replaces is not None
    assert Morning.objects.get(user=cast.bruno).next_at != morning


def test_the_last_who_administers_stays(client: Client, cast: Cast) -> None:
    with pytest.raises(LastAdministrator):
        done(cast.eva, cast.eva, administrator=False, teams={str(cast.iberia.pk): "member"})
    looked = Page(client, cast, cast.eva).look(administrator=None, primary=cast.iberia.pk)
    assert "Nobody else administers" in looked


def test_an_invited_administrator_is_none_yet(cast: Cast) -> None:
    User.objects.filter(pk=cast.carla.pk).update(role="administrator", first_signed_in_at=None)
    with pytest.raises(LastAdministrator):
        done(cast.eva, cast.eva, administrator=False, teams={str(cast.iberia.pk): "member"})


def test_oneself_is_asked_to_tick_it(client: Client, cast: Cast) -> None:
    User.objects.filter(pk=cast.carla.pk).update(role="administrator")
    page = Page(client, cast, cast.eva)
    looked = page.look(administrator=None, primary=cast.iberia.pk)
    assert "I mean myself" in looked

    assert "Tick that you mean yourself" in page.save(looked).content.decode()
    assert User.objects.get(pk=cast.eva.pk).is_administrator
    page.save(looked, confirm="on")
    assert not User.objects.get(pk=cast.eva.pk).is_administrator


def test_who_administers_no_longer_loses_the_support_pages(cast: Cast) -> None:
    User.objects.filter(pk=cast.carla.pk).update(role="administrator", is_staff=True, is_superuser=True)
    carla = User.objects.get(pk=cast.carla.pk)
    done(carla, cast.eva, administrator=False)
    carla.refresh_from_db()
    assert (carla.role, carla.is_staff, carla.is_superuser) == ("supervisor", False, False)


def test_the_second_editor_is_told_and_undoes_nothing(client: Client, cast: Cast) -> None:
    page = Page(client, cast, cast.bruno)
    done(cast.bruno, cast.carla, teams={str(cast.andes.pk): "member"})

    looked = page.look(name="Bruno Sanz Gil", **{f"team_{cast.andes.pk}": ""})
    assert "Somebody changed this person meanwhile" in looked
    page.save(looked)

    bruno = User.objects.get(pk=cast.bruno.pk)
    assert bruno.name == "Bruno Sanz Gil" and cast.andes.pk in rights_of(bruno).teams


def test_changed_between_looking_and_saving_it_is_shown_again(client: Client, cast: Cast) -> None:
    page = Page(client, cast, cast.bruno)
    looked = page.look(name="Bruno Sanz Gil")
    done(cast.bruno, cast.carla, language="es")

    again = page.save(looked).content.decode()
    assert "Somebody changed this person meanwhile" in again
    assert User.objects.get(pk=cast.bruno.pk).name == "Bruno Sanz"
    page.save(again)
    assert User.objects.get(pk=cast.bruno.pk).name == "Bruno Sanz Gil"


def test_a_stale_base_is_refused(cast: Cast) -> None:
    with pytest.raises(ChangedMeanwhile):
        change(cast.bruno, Edit(name="X"), base="other", actor=cast.eva, reason="So", now=NOW)
    assert not SettingChange.objects.exists()


def test_nobody_is_left_in_no_team(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        done(cast.bruno, cast.eva, teams={str(cast.iberia.pk): ""}, primary=None)


def test_the_hour_of_the_morning_mail_is_not_asked_for(client: Client, cast: Cast) -> None:
    client.force_login(cast.eva)
    html = client.get(f"/people/{cast.bruno.pk}/change/").content.decode()
    assert "digest" not in html and 'name="name"' in html


def test_the_first_team_may_change_places(cast: Cast) -> None:
    give(cast.bruno, Rights({cast.iberia.pk: False, cast.andes.pk: False}, cast.iberia.pk, False))
    give(cast.bruno, Rights({cast.iberia.pk: False, cast.andes.pk: True}, cast.andes.pk, False))
    assert rights_of(cast.bruno) == Rights({cast.andes.pk: True, cast.iberia.pk: False}, cast.andes.pk, False)
    assert cast.bruno.supervised_team_ids == [cast.andes.pk]


def test_an_absence_follows_the_new_calendar(cast: Cast) -> None:
    from accounts import absences
    from accounts.models import Absence

    starts = NOW + dt.timedelta(days=20)
    absence = Absence(user=cast.bruno, cover=cast.ana, starts_at=starts, ends_at=starts + dt.timedelta(days=3))
    absences.save(absence, actor=cast.eva)
    until = absence.seen_until

    done(cast.bruno, cast.eva, primary=cast.andes.pk, teams={str(cast.andes.pk): "member"})
    absence.refresh_from_db()
    assert absence.seen_until != until


@pytest.mark.parametrize("page", ["invite/", "invite/several/", "{}/change/"])
@pytest.mark.parametrize("value", ["a\0b", "9" * 25, "x" * 100_000])
def test_nonsense_is_refused_with_a_word(client: Client, cast: Cast, page: str, value: str) -> None:
    client.force_login(cast.eva)
    fields = ["name", "email", "people", "team", "primary", "language", "zone", "opened", "token", "reason"]
    data = dict.fromkeys([*fields, f"team_{cast.iberia.pk}"], value)
    for do in ("look", "save", "invite"):
        assert client.post("/people/" + page.format(cast.bruno.pk), data | {"do": do}).status_code == 422
