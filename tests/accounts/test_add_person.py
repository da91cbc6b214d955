"""`manage.py add_person`."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from tests.cast import Cast


def add(*arguments: str) -> str:
    printed = StringIO()
    call_command("add_person", *arguments, stdout=printed)
    return printed.getvalue()


def test_it_adds_a_supervisor_in_the_zone_of_the_team(cast: Cast) -> None:
    add("Gil@Constante.test", "--name", "Gil Paz", "--team", "andes", "--supervises")
    gil = User.objects.get(email="gil@constante.test")
    assert (gil.name, gil.role, gil.time_zone) == ("Gil Paz", "supervisor", "America/Bogota")
    assert gil.supervised_team_ids == [cast.andes.pk]
    assert gil.memberships.get().is_primary
    assert not gil.is_superuser


def test_the_link_lets_them_choose_a_password(cast: Cast, client: Client) -> None:
    link = add("gil@constante.test").split()[-1]
    page = client.get(link.removeprefix("http://localhost:8000"), follow=True).redirect_chain[-1][0]
    client.post(page, {"password1": "una clave de las largas", "password2": "una clave de las largas"})
    assert User.objects.get(email="gil@constante.test").check_password("una clave de las largas")


def test_it_adds_another_team_and_keeps_the_rest(cast: Cast) -> None:
    add(cast.carla.email, "--team", "Andes", "--supervises")
    carla = User.objects.get(pk=cast.carla.pk)
    assert carla.name == cast.carla.name
    assert carla.supervised_team_ids == sorted([cast.iberia.pk, cast.andes.pk])
    assert carla.memberships.get(is_primary=True).team_id == cast.iberia.pk


@pytest.mark.parametrize("wrong", [["no-email"], ["g@c.test", "--team", "Mars"], ["g@c.test", "--zone", "Mars"]])
def test_what_does_not_fit_is_refused(cast: Cast, wrong: list[str]) -> None:
    with pytest.raises(CommandError):
        add(*wrong)
    assert not User.objects.filter(email="g@c.test").exists()
