"""Somebody leaves, asked where all goes or not; comes back. Nobody is forgotten, whatever is killed (A9–A11)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client

from accounts import absences
from accounts.acting import acting_map
from accounts.models import Absence, SettingChange, User
from alerts.mail.letters import Contents, render
from alerts.models import Alert, AlertEvent, Delivery, Morning
from alerts.mornings import ensure_mornings
from alerts.pump import publish_due
from alerts.sweep import run_sweep
from crm.models import Customer, Segment, Task
from crm.tasks import plan_task
from retention import departures, hand_over_jobs, reassignments
from retention.audit import audit
from retention.departures import Heirs
from retention.models import Reassignment
from retention.person_changes import LastAdministrator
from tests import portfolio
from tests.cast import PASSWORD, Cast
from tests.portfolio import client_of, logged

pytestmark = pytest.mark.django_db
NOW = portfolio.NOW.astimezone(dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def few(cast: Cast, n: int = 3) -> list[Customer]:
    made = [client_of(cast.ana, f"Taller {i}", cast.iberia) for i in range(n)]
    for one in made:
        logged(one, cast.ana, "10-01 11:00")
    run_sweep(NOW)
    return made


def leaves(cast: Cast, heirs: Heirs | None = None, *, who: User | None = None, actor: User | None = None) -> Any:
    said: dict[str, Any] = {"actor": actor or cast.eva, "reason": "New job", "now": NOW}
    return departures.leave(who or cast.ana, heirs or Heirs(cast.bruno), **said)


def owners() -> dict[str, str]:
    return {name: owner or "" for name, owner in Customer.objects.values_list("name", "owner__name")}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# --- Leaving ---------------------------------------------------------------------------------------------------------


def test_the_access_ends_at_once_and_the_clients_follow(cast: Cast) -> None:
    few(cast)
    client_of(cast.ana, "Archivado", cast.iberia, archived_at=NOW)
    ensure_mornings(NOW)
    browser = signed_in(cast.ana)
    assert browser.get("/").status_code == 200

    job = leaves(cast)

    assert browser.get("/").headers["Location"].startswith("/accounts/login/")
    assert not Client().login(username="ana@constante.test", password=PASSWORD)
    assert not Morning.objects.filter(user=cast.ana).exists()
    # Nobody is forgotten meanwhile: the queue acts for them.
    assert acting_map([cast.ana.pk], NOW) == {cast.ana.pk: None}
    assert set(owners().values()) == {"Ana Torres"}

    assert hand_over_jobs.work(NOW) and not hand_over_jobs.work(NOW)

    job.refresh_from_db()
    assert set(owners().values()) == {"Bruno Sanz"}
    assert (job.done, job.total, job.is_open, job.leaver) == (4, 4, False, cast.ana)
    assert set(Alert.objects.open().values_list("customer__clock__owner", flat=True)) == {cast.bruno.pk}
    assert not Delivery.objects.filter(data__has_key="left").exists()


def test_a_session_of_before_is_dead_also_after_the_return(cast: Cast) -> None:
    browser = signed_in(cast.ana)
    assert browser.get("/").status_code == 200
    leaves(cast)
    departures.come_back(cast.ana, give_back=False, actor=cast.eva, reason="Back", now=NOW)
    assert browser.get("/").status_code == 302
    assert Client().login(username="ana@constante.test", password=PASSWORD)


def test_by_segment_to_several(cast: Cast) -> None:
    made = few(cast, 4)
    gold, silver = (Segment.objects.create(name=name, position=i) for i, name in enumerate(("Oro", "Plata")))
    for one, segment in zip(made, (gold, silver, silver), strict=False):
        Customer.objects.filter(pk=one.pk).update(segment=segment)
    leaves(cast, Heirs(cast.bruno, {gold.pk: cast.carla, None: None}))
    hand_over_jobs.work(NOW)
    assert owners() == {"Taller 0": "Carla Núñez", "Taller 1": "Bruno Sanz", "Taller 2": "Bruno Sanz", "Taller 3": ""}


def test_the_steps_go_with_the_clients_and_those_with_others_to_their_owners(cast: Cast) -> None:
    mine = few(cast, 1)[0]
    brunos, free = client_of(cast.bruno, "De Bruno", cast.iberia), client_of(None, "Libre", cast.iberia)
    for one in (mine, brunos, free):
        due: dict[str, Any] = {"due_on": NOW.date() - DAY, "promised": True, "channel": "", "now": NOW - 3 * DAY}
        task = plan_task(one, title=one.name, actor=cast.ana, **due)
        Task.objects.filter(pk=task.pk).update(owner=cast.ana)
    run_sweep(NOW)

    leaves(cast, Heirs(cast.carla))
    hand_over_jobs.work(NOW)

    steps = dict(Task.objects.values_list("title", "owner__name"))
    assert steps == {"Taller 0": "Carla Núñez", "De Bruno": "Bruno Sanz", "Libre": None}
    told = AlertEvent.objects.filter(kind="reassigned", alert__family="promise")
    assert sorted(told.values_list("alert__customer__name", "data__to")) == [
        ("De Bruno", cast.bruno.pk), ("Libre", None), ("Taller 0", cast.carla.pk),
    ]  # fmt: skip
    assert Task.history.filter(history_change_reason="handed over", history_user=cast.eva).count() == 3


def away(user: User, cover: User | None, days: int, *, until: int | None = 5) -> Absence:
    ends = NOW + (days + until) * DAY if until else None
    absence = Absence(user=user, cover=cover, starts_at=NOW + days * DAY, ends_at=ends)
    absences.save(absence, actor=user)
    return absence


def test_whom_they_cover_gets_another_cover_or_the_queue_and_their_own_absences_end(cast: Cast) -> None:
    covered, other = away(cast.bruno, cast.ana, 3), away(cast.carla, cast.ana, 9)
    own, running = away(cast.ana, cast.bruno, 20), away(cast.ana, None, -1)

    leaves(cast, Heirs(cast.bruno, covers={covered.pk: cast.carla}))

    covered.refresh_from_db()
    other.refresh_from_db()
    assert (covered.cover, other.cover) == (cast.carla, None)
    told = Delivery.objects.get(data__has_key="left")
    assert (told.to_user, told.data["left"]) == (cast.carla, [{"name": "Ana Torres", "away_from": "2026-12-03"}])
    # The new cover gets the list, the evening before.
    assert covered.tell_at is not None and covered.tell_at > NOW
    assert not Absence.objects.filter(pk=own.pk).exists()
    assert Absence.objects.get(pk=running.pk).ends_at == NOW


def test_an_absence_without_end_needs_another_cover(cast: Cast) -> None:
    endless = away(cast.bruno, cast.ana, 3, until=None)
    with pytest.raises(ValidationError) as refused:
        leaves(cast)
    assert f"cover_{endless.pk}" in refused.value.error_dict
    assert not Reassignment.objects.exists()


def test_it_needs_a_reason_somebody_else_and_heirs_at_work(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="Say why"):
        departures.leave(cast.ana, Heirs(None), actor=cast.eva, reason=" ", now=NOW)
    with pytest.raises(ValidationError, match="Somebody else"):
        leaves(cast, who=cast.eva)
    User.objects.filter(pk=cast.bruno.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="Bruno Sanz"):
        leaves(cast)
    with pytest.raises(ValidationError, match="does not work here"):
        leaves(cast, Heirs(None), who=cast.bruno)
    cast.ana.refresh_from_db()
    assert cast.ana.is_active


def test_the_last_administrator_stays(cast: Cast) -> None:
    with pytest.raises(LastAdministrator):
        leaves(cast, Heirs(None), who=cast.eva, actor=cast.carla)
    User.objects.filter(pk=cast.carla.pk).update(role="administrator")
    leaves(cast, Heirs(None), who=cast.eva, actor=cast.carla)
    # Of two who send each other away, the second is refused.
    with pytest.raises(LastAdministrator):
        leaves(cast, Heirs(None), who=cast.carla, actor=cast.eva)


def test_the_history_says_who_and_why(cast: Cast) -> None:
    leaves(cast)
    departures.come_back(cast.ana, give_back=False, actor=cast.eva, reason="Changed her mind", now=NOW)
    kept = SettingChange.objects.filter(area="people", subject=f"person:{cast.ana.pk}").order_by("pk")
    assert [(one.actor, one.reason, one.lines[0]["after"]) for one in kept] == [
        (cast.eva, "New job", "no"), (cast.eva, "Changed her mind", "yes"),
    ]  # fmt: skip


# --- Going on --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", ["move", "move_steps", "tell_left"])
def test_killed_anywhere_it_goes_on(cast: Cast, at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retention.reassignments.AT_A_TIME", 1)
    few(cast)
    task = plan_task(client_of(cast.bruno, "De Bruno", cast.iberia), title="Paso", due_on=NOW.date(), promised=False,
                     channel="", actor=cast.ana, now=NOW)  # fmt: skip
    Task.objects.filter(pk=task.pk).update(owner=cast.ana)
    leaves(cast, Heirs(None))
    module = reassignments if at == "move" else departures
    real, calls = getattr(module, at), []

    def dies(*args: Any, **more: Any) -> Any:
        calls.append(at)
        if len(calls) == 2 or at != "move":
            raise RuntimeError("no room left")
        return real(*args, **more)

    monkeypatch.setattr(module, at, dies)
    with pytest.raises(RuntimeError):
        hand_over_jobs.work(NOW)

    monkeypatch.setattr(module, at, real)
    assert hand_over_jobs.work(NOW + dt.timedelta(minutes=11))
    assert {name: owner for name, owner in owners().items() if name != "De Bruno"} == dict.fromkeys(
        ["Taller 0", "Taller 1", "Taller 2"], ""
    )
    assert Task.objects.get(pk=task.pk).owner == cast.bruno
    assert Delivery.objects.filter(data__has_key="left").count() == 1
    assert not hand_over_jobs.waits(NOW + DAY)


def test_an_heir_who_left_meanwhile_gets_nobody(cast: Cast) -> None:
    few(cast)
    leaves(cast)
    User.objects.filter(pk=cast.bruno.pk).update(is_active=False)
    while hand_over_jobs.work(NOW):
        pass
    assert set(owners().values()) == {""}


def test_who_came_to_them_on_the_way_goes_to_the_queue(cast: Cast) -> None:
    few(cast)
    leaves(cast)
    client_of(cast.ana, "Tarde", cast.iberia)
    hand_over_jobs.work(NOW)
    assert owners()["Tarde"] == "" and owners()["Taller 0"] == "Bruno Sanz"


def test_the_nightly_audit_does_not_run_ahead(cast: Cast) -> None:
    few(cast)
    leaves(cast)
    assert [one.clause for one in audit(NOW)] == []
    hand_over_jobs.work(NOW)
    assert set(owners().values()) == {"Bruno Sanz"}


# --- Without asking --------------------------------------------------------------------------------------------------


def test_a11_an_access_closed_without_asking_is_found_and_told(cast: Cast) -> None:
    few(cast)
    ensure_mornings(NOW)
    assert not hand_over_jobs.waits(NOW)
    User.objects.filter(pk=cast.ana.pk).update(is_active=False)

    assert hand_over_jobs.waits(NOW)
    assert "retention.tasks.reassign" in publish_due(NOW)
    assert hand_over_jobs.work(NOW) and not hand_over_jobs.waits(NOW)

    assert set(owners().values()) == {""}
    assert not Morning.objects.filter(user=cast.ana).exists()
    mail = Delivery.objects.get(data__has_key="left")
    assert (mail.to_user, mail.data["left"]) == (cast.carla, [{"name": "Ana Torres", "clients": 3}])
    assert SettingChange.objects.get(subject=f"person:{cast.ana.pk}").actor is None
    job = Reassignment.objects.get()
    assert "without saying where" in signed_in(cast.carla).get(f"/reassign/{job.pk}/").content.decode()
    assert signed_in(cast.fatima).get(f"/reassign/{job.pk}/").status_code == 404


def test_whom_they_were_to_cover_for_hears_of_it(cast: Cast) -> None:
    few(cast)
    endless = away(cast.bruno, cast.ana, 3, until=None)
    User.objects.filter(pk=cast.ana.pk).update(is_active=False)
    hand_over_jobs.work(NOW)
    mail = Delivery.objects.get(to_user=cast.bruno)
    reader = User.objects.get(pk=cast.bruno.pk)
    words = render(mail, reader, Contents(left=mail.data["left"]), NOW)
    assert "was to cover for you, away from 27 November 2026 on" in words.text
    assert "Ana Torres works here no more" in words.subject
    endless.refresh_from_db()
    assert acting_map([cast.bruno.pk], NOW + 4 * DAY) == {cast.bruno.pk: None}


def test_who_left_without_anything_is_nothing_to_do(cast: Cast) -> None:
    User.objects.filter(pk=cast.ana.pk).update(is_active=False)
    assert not hand_over_jobs.waits(NOW)


# --- Coming back -----------------------------------------------------------------------------------------------------


def test_back_with_no_clients_or_with_those_that_nobody_touched(cast: Cast) -> None:
    made = few(cast)
    leaves(cast)
    hand_over_jobs.work(NOW)
    Customer.objects.filter(pk=made[2].pk).update(version=50)

    job = departures.come_back(cast.ana, give_back=True, actor=cast.eva, reason="Back", now=NOW)
    assert set(owners().values()) == {"Bruno Sanz"} and job is not None
    hand_over_jobs.work(NOW)

    assert owners() == {"Taller 0": "Ana Torres", "Taller 1": "Ana Torres", "Taller 2": "Bruno Sanz"}
    assert signed_in(cast.ana).get("/").status_code == 200
    with pytest.raises(ValidationError, match="here already"):
        departures.come_back(cast.ana, give_back=False, actor=cast.eva, reason="Back", now=NOW)


def test_nothing_is_given_back_to_who_is_not_here(cast: Cast) -> None:
    few(cast)
    job = leaves(cast)
    hand_over_jobs.work(NOW)
    with pytest.raises(ValidationError, match="come back first"):
        reassignments.undo(job, actor=cast.eva, now=NOW)
    assert "arrow-back-up" not in signed_in(cast.eva).get(f"/reassign/{job.pk}/").content.decode()


# --- Its pages -------------------------------------------------------------------------------------------------------


def test_seen_first_then_done(cast: Cast) -> None:
    few(cast)
    covered = away(cast.bruno, cast.ana, 3)
    eva, page = signed_in(cast.eva), f"/people/{cast.ana.pk}/leave/"
    said = {"to": "queue", "team_follows": "on", f"cover_{covered.pk}": cast.carla.pk, "reason": "New job"}
    first = eva.get(page).content.decode()
    assert re.findall(r'<td class="number"[^>]*>\s*(?:<a[^>]*>)?(\d+)<', first) == ["3", "3", "3", "0", "0", "1"]

    seen = eva.post(page, said | {"do": "preview"})
    assert "3 clients move to " in seen.content.decode() and cast.ana.is_active
    assert eva.post(page, said | {"do": "force", "seen": "x"}).status_code == 422
    silent = eva.post(page, said | {"do": "force", "seen": seen.context["seen"], "reason": ""})
    assert silent.status_code == 422 and "Say why" in silent.content.decode()
    assert not Reassignment.objects.exists()

    done = eva.post(page, said | {"do": "force", "seen": seen.context["seen"]})
    job = Reassignment.objects.get()
    assert done.headers["Location"] == f"/reassign/{job.pk}/"
    hand_over_jobs.work(NOW)
    assert "Ana Torres left" in eva.get(f"/reassign/{job.pk}/").content.decode()
    person = eva.get(f"/people/{cast.ana.pk}/").content.decode()
    assert "They left on 24 Nov 2026." in person and "They come back" in person
    eva.post(f"/people/{cast.ana.pk}/return/", {"give_back": "on", "reason": "Back"})
    hand_over_jobs.work(NOW)
    assert set(owners().values()) == {"Ana Torres"}


def test_the_page_says_what_cannot_be(cast: Cast) -> None:
    eva = signed_in(cast.eva)
    assert "Somebody else has to do this" in eva.get(f"/people/{cast.eva.pk}/leave/").content.decode()
    refused = eva.post(f"/people/{cast.eva.pk}/leave/", {"to": "queue", "reason": "So", "do": "force"})
    assert refused.status_code == 422
    assert "Iberia is left without" in eva.get(f"/people/{cast.carla.pk}/leave/").content.decode()
    leaves(cast)
    assert eva.get(f"/people/{cast.ana.pk}/leave/").status_code == 302
    assert eva.get(f"/people/{cast.bruno.pk}/return/").status_code == 302
