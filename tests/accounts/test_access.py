"""Who sees which teams and people."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from accounts.access import person_for, supervisors_only, team_for, teams_of
from accounts.models import User
from tests.cast import Cast


def test_teams_are_seen_by_who_supervises_them(cast: Cast) -> None:
    assert list(teams_of(cast.ana)) == []
    assert list(teams_of(cast.carla)) == [cast.iberia]
    assert set(teams_of(cast.eva)) == {cast.iberia, cast.andes, cast.default}
    assert team_for(cast.fatima, cast.andes.pk) == cast.andes
    with pytest.raises(Http404):
        team_for(cast.carla, cast.andes.pk)


def test_people_are_seen_by_those_of_their_teams(cast: Cast) -> None:
    assert person_for(cast.ana, cast.bruno.pk) == cast.bruno
    assert person_for(cast.eva, cast.diego.pk) == cast.diego
    with pytest.raises(Http404):
        person_for(cast.ana, cast.diego.pk)


def test_a_page_for_supervisors_refuses_managers(cast: Cast, rf: RequestFactory) -> None:
    @supervisors_only
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse("numbers")

    def opened_by(user: User) -> HttpResponse:
        request = rf.get("/")
        request.user = user
        return page(request)

    assert opened_by(cast.carla).content == opened_by(cast.eva).content == b"numbers"
    with pytest.raises(PermissionDenied):
        opened_by(cast.ana)
