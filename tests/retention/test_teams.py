"""Teams: seen, made, renamed, given another calendar with its effect shown before, archived once empty."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import Membership, SettingChange, Team, User
from alerts.models import Deadline, Morning
from alerts.mornings import ensure_mornings
from crm.models import Clock
from retention import calendar_changes, teams
from retention.models import CalendarChange
from retention.team_calendars import customers_of
from tests.cast import Cast
from tests.portfolio import NOW, client_of, logged


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def page(client: Client, reader: User, path: str) -> str:
    client.force_login(reader)
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def token_in(html: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', html)
    assert found, html
    return found[1]


def test_the_list_counts_people_and_clients_of_ones_teams(client: Client, cast: Cast) -> None:
    client_of(cast.ana, "One", cast.iberia)
    client_of(None, "Two", cast.iberia)

    html = page(client, cast.carla, "/settings/teams/")
    assert "Iberia" in html and "Andes" not in html and "supervised by Carla Núñez" in html
    assert re.search(rf'href="/people/\?team={cast.iberia.pk}"\s+data-count="3"', html)
    link = re.search(r'href="(/customers/\?[^"]+)"\s+data-count="2"', html)
    assert link and "2 clients" in client.get(link[1].replace("&amp;", "&")).content.decode()
    everything = page(client, cast.eva, "/settings/teams/")
    assert "Andes" in everything and "the firm’s default" in everything and "nobody supervises it" in everything


def test_what_each_role_may_is_said(client: Client, cast: Cast) -> None:
    html = page(client, cast.carla, "/settings/teams/")
    for role in ("Account manager", "Supervisor", "Administrator", "Cover"):
        assert f"{role}</dt>" in html


def test_a_team_is_made_and_renamed(client: Client, cast: Cast) -> None:
    client.force_login(cast.eva)
    client.post("/settings/teams/new/", {"name": "Norte", "calendar": cast.bogota.pk})
    team = Team.objects.get(name="Norte")
    client.post(f"/settings/teams/{team.pk}/", {"do": "rename", "name": "Norte y Centro"})

    html = page(client, cast.eva, f"/settings/teams/{team.pk}/")
    assert "Norte y Centro" in html and team.calendar == cast.bogota
    labels = [row.lines[0]["label"] for row in SettingChange.objects.filter(area="teams").order_by("pk")]
    assert labels == ["New team", "Name"]


@pytest.mark.parametrize("name", ["Andes", "andes", ""])
def test_a_name_of_another_team_is_refused(client: Client, cast: Cast, name: str) -> None:
    client.force_login(cast.eva)
    answer = client.post(f"/settings/teams/{cast.iberia.pk}/", {"do": "rename", "name": name})
    assert answer.status_code == 422 and Team.objects.get(pk=cast.iberia.pk).name == "Iberia"


def test_another_calendar_is_looked_at_then_in_force_and_its_job_dates_the_clients(client: Client, cast: Cast) -> None:
    ours = client_of(cast.bruno, "Of Iberia", cast.iberia)
    alone, others = client_of(cast.ana, "Of no team", None), client_of(cast.diego, "Of Andes", cast.andes)
    logged(ours, cast.bruno, "11-20 11:00")
    logged(alone, cast.ana, "11-20 11:00")
    ensure_mornings(NOW)
    due, unmoved = Clock.objects.get(pk=ours.pk).due_at, Clock.objects.get(pk=others.pk).due_at
    client.force_login(cast.eva)
    path = f"/settings/teams/{cast.iberia.pk}/"

    looked = client.post(path, {"do": "look", "calendar": cast.bogota.pk}).content.decode()
    assert "2 clients fall due later" in looked and "2 clients are reckoned by this calendar" in looked
    assert Team.objects.get(pk=cast.iberia.pk).calendar == cast.madrid
    assert not CalendarChange.objects.exists() and Clock.objects.get(pk=ours.pk).due_at == due

    answer = client.post(path, {"do": "force", "token": token_in(looked), "reason": "They moved"})
    change = CalendarChange.objects.get()
    assert answer["Location"] == f"/settings/calendars/changes/{change.pk}/" and change.total == 2
    assert calendar_changes.work(NOW)
    clocks = Clock.objects.in_bulk([ours.pk, alone.pk, others.pk])
    assert {clocks[ours.pk].calendar, clocks[alone.pk].calendar} == {cast.bogota}
    now_due = clocks[ours.pk].due_at
    assert due and now_due and now_due - due == dt.timedelta(hours=6)
    assert clocks[others.pk].due_at == unmoved
    assert Deadline.objects.open().filter(customer=ours, kind="attention", calendar=cast.bogota).exists()
    assert "They moved" in page(client, cast.eva, path)


def test_it_is_taken_back_while_nothing_changed_since(client: Client, cast: Cast) -> None:
    ours = client_of(cast.bruno, "Of Iberia", cast.iberia)
    due = Clock.objects.get(pk=ours.pk).due_at
    who: dict[str, Any] = {"actor": cast.eva, "now": NOW}
    change = calendar_changes.ask_for_team(cast.iberia, cast.bogota, base=cast.madrid.pk, reason="So", **who)
    calendar_changes.work(NOW)
    client.force_login(cast.eva)

    html = client.get(f"/settings/calendars/changes/{change.pk}/").content.decode()
    assert re.search(r"Iberia: <s>.*Madrid</s>\s*<span[^>]*>→</span> <b>Bogotá</b>", html)
    client.post(f"/settings/calendars/changes/{change.pk}/undo/")
    calendar_changes.work(NOW)

    assert Team.objects.get(pk=cast.iberia.pk).calendar == cast.madrid
    assert Clock.objects.get(pk=ours.pk).due_at == due
    change.refresh_from_db()
    assert not calendar_changes.may_undo(change)


def test_a_job_begun_twice_does_it_once(cast: Cast) -> None:
    ours = client_of(cast.bruno, "Of Iberia", cast.iberia)
    who: dict[str, Any] = {"actor": cast.eva, "now": NOW, "reason": "So"}
    change = calendar_changes.ask_for_team(cast.iberia, cast.bogota, base=cast.madrid.pk, **who)
    calendar_changes.work(NOW)
    rows = list(Deadline.objects.order_by("pk").values_list("pk", "due_at", "cancelled_at"))
    CalendarChange.objects.filter(pk=change.pk).update(finished_at=None, held_until=NOW)

    calendar_changes.work(NOW)
    assert list(Deadline.objects.order_by("pk").values_list("pk", "due_at", "cancelled_at")) == rows
    assert Clock.objects.get(pk=ours.pk).calendar == cast.bogota


def test_of_two_who_change_it_the_second_is_told(client: Client, cast: Cast) -> None:
    client.force_login(cast.eva)
    path = f"/settings/teams/{cast.iberia.pk}/"
    looked = client.post(path, {"do": "look", "calendar": cast.bogota.pk}).content.decode()
    Team.objects.filter(pk=cast.iberia.pk).update(calendar=cast.bogota)

    answer = client.post(path, {"do": "force", "token": token_in(looked), "reason": "So"}).content.decode()
    assert "That is how it is already" in answer and not CalendarChange.objects.exists()


def test_a_reason_is_asked_for(client: Client, cast: Cast) -> None:
    client.force_login(cast.eva)
    path = f"/settings/teams/{cast.iberia.pk}/"
    looked = client.post(path, {"do": "look", "calendar": cast.bogota.pk}).content.decode()
    answer = client.post(path, {"do": "force", "token": token_in(looked), "reason": ""}).content.decode()
    assert "Say why" in answer and Team.objects.get(pk=cast.iberia.pk).calendar == cast.madrid


def test_only_an_empty_team_is_archived(client: Client, cast: Cast) -> None:
    for team in (cast.iberia, cast.default):
        with pytest.raises(ValidationError):
            teams.archive_team(team, actor=cast.eva, now=NOW)
    Membership.objects.filter(team=cast.andes).delete()
    one = client_of(cast.ana, "Guest", cast.andes)
    assert "It has clients" in page(client, cast.eva, f"/settings/teams/{cast.andes.pk}/")
    one.team = cast.iberia
    one.save(update_fields=["team"])

    client.post(f"/settings/teams/{cast.andes.pk}/archive/")
    assert Team.objects.get(pk=cast.andes.pk).archived_at == NOW
    assert f"team_{cast.andes.pk}" not in page(client, cast.eva, "/people/invite/")
    assert client.get(f"/settings/teams/{cast.andes.pk}/").status_code == 404
    client.post(f"/settings/teams/{cast.andes.pk}/archive/", {"do": "back"})
    assert f"team_{cast.andes.pk}" in page(client, cast.eva, "/people/invite/")


def test_who_joins_is_changed_on_their_page_with_what_follows(client: Client, cast: Cast) -> None:
    client.force_login(cast.eva)
    answer = client.get(f"/settings/teams/{cast.andes.pk}/?person={cast.bruno.pk}")
    assert answer["Location"] == f"/people/{cast.bruno.pk}/change/?team={cast.andes.pk}"
    html = page(client, cast.eva, answer["Location"])
    assert re.search(rf'name="team_{cast.andes.pk}">.*?value="member" selected', html, re.S)
    assert client.get(f"/settings/teams/{cast.andes.pk}/?person=x").status_code == 422


def test_the_default_team_dates_whom_nothing_else_dates(cast: Cast) -> None:
    nobodys, evas = client_of(None, "Queue of nobody", None), client_of(cast.eva, "Of Eva", None)
    anas, iberias = client_of(cast.ana, "Of Ana", None), client_of(None, "Queue", cast.iberia)
    assert set(customers_of(cast.default)) == {nobodys, evas}
    assert set(customers_of(cast.iberia)) == {anas, iberias}


def test_a_supervisor_looks_and_changes_nothing(client: Client, cast: Cast) -> None:
    html = page(client, cast.carla, f"/settings/teams/{cast.iberia.pk}/")
    assert "Ana Torres" in html and "Rename" not in html
    assert client.post(f"/settings/teams/{cast.iberia.pk}/", {"do": "rename", "name": "X"}).status_code == 403
    assert client.get(f"/settings/teams/{cast.andes.pk}/").status_code == 404


def test_mornings_follow(cast: Cast) -> None:
    ensure_mornings(NOW)
    before = Morning.objects.get(team=cast.iberia).next_at
    calendar_changes.ask_for_team(cast.iberia, cast.bogota, base=cast.madrid.pk, actor=cast.eva, reason="So", now=NOW)
    calendar_changes.work(NOW)
    assert Morning.objects.get(team=cast.iberia).next_at != before
