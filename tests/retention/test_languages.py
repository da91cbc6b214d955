"""Languages and zones: what somebody new begins with, and what each person has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from accounts.models import NewPeople, SettingChange, User
from tests.cast import Cast
from tests.portfolio import NOW

PATH = "/settings/languages/"


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def test_an_invitation_begins_with_it_and_nobody_who_is_here_changes(client: Client, cast: Cast) -> None:
    before = list(User.objects.order_by("pk").values_list("language", "time_zone"))
    client.force_login(cast.eva)
    client.post(PATH, {"language": "es", "zone": "Atlantic/Canary"})

    html = client.get("/people/invite/").content.decode()
    assert 'value="es" selected' in html and 'value="Atlantic/Canary" selected' in html
    assert list(User.objects.order_by("pk").values_list("language", "time_zone")) == before


def test_its_history_says_who_and_what(client: Client, cast: Cast) -> None:
    client.force_login(cast.eva)
    client.post(PATH, {"language": "es", "zone": ""})
    client.post(PATH, {"language": "es", "zone": "Atlantic/Canary"})
    client.post(PATH, {"language": "es", "zone": "Atlantic/Canary"})

    assert SettingChange.objects.filter(area="languages").count() == 2 and NewPeople.objects.count() == 1
    html = client.get(PATH).content.decode()
    assert "Eva Molina changed it" in html and "<b>Atlantic/Canary</b>" in html and "that of the first team" in html


def test_each_person_has_a_line_and_a_supervisor_sees_theirs(client: Client, cast: Cast) -> None:
    client.force_login(cast.eva)
    html = client.get(PATH).content.decode()
    assert "03:12 there now" in html and f"/people/{cast.diego.pk}/change/" in html

    client.force_login(cast.carla)
    html = client.get(PATH).content.decode()
    assert (
        "Ana Torres" in html and "Diego Rojas" not in html and "/change/" not in html and f'action="{PATH}"' not in html
    )
    assert client.post(PATH, {"language": "es", "zone": ""}).status_code == 403


@pytest.mark.parametrize("said", [{"language": "xx", "zone": ""}, {"language": "es", "zone": "Mars\0"}])
def test_what_is_no_language_or_zone_is_refused(client: Client, cast: Cast, said: dict[str, str]) -> None:
    client.force_login(cast.eva)
    assert client.post(PATH, said).status_code == 422 and not NewPeople.objects.exists()
