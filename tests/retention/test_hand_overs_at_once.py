"""At once: workers on one job, jobs about the same clients, calls logged, administrators who send each other away."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts.models import User
from crm.models import Clock, Customer, Interaction
from retention import departures, hand_over_jobs, reassignments
from retention.departures import Heirs
from retention.models import Left, Reassignment
from retention.person_changes import LastAdministrator
from tests import portfolio
from tests.alerts.test_two_workers import together
from tests.cast import Cast
from tests.portfolio import client_of, logged

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = portfolio.NOW.astimezone(dt.UTC)
MANY = 8


def asked(cast: Cast, to: User | None) -> Reassignment:
    said: dict[str, Any] = {"team_follows": True, "actor": cast.eva, "reason": "New portfolios", "now": NOW}
    return reassignments.ask(Customer.objects.filter(name__startswith="Taller"), owner=to, **said)


@pytest.fixture
def firm(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr("retention.reassignments.AT_A_TIME", 2)
    for number in range(MANY):
        client_of(cast.ana, f"Taller {number}", cast.iberia)
    return cast


def test_two_jobs_about_the_same_clients_move_each_once(firm: Cast) -> None:
    jobs = [asked(firm, firm.bruno), asked(firm, firm.carla)]
    done = together(*[lambda: hand_over_jobs.work(NOW, lambda: NOW)] * 2)
    assert done == [True, True], done
    moved = [job.rows.filter(moved_at__isnull=False).count() for job in jobs]
    left = [job.rows.filter(left=Left.TOUCHED).count() for job in jobs]
    assert sum(moved) == sum(left) == MANY
    assert Customer.objects.filter(owner=firm.ana).count() == 0
    assert Clock.objects.filter(owner=firm.bruno).count() == moved[0]


def test_of_two_who_send_each_other_away_one_stays(firm: Cast) -> None:
    User.objects.filter(pk=firm.carla.pk).update(role="administrator")

    def sent(who: User, actor: User) -> object:
        return departures.leave(who, Heirs(None), actor=actor, reason="So", now=NOW)

    done = together(lambda: sent(firm.eva, firm.carla), lambda: sent(firm.carla, firm.eva))

    assert [type(one) for one in done if not isinstance(one, Reassignment)] == [LastAdministrator], done
    assert User.objects.administrators().count() == 1


def test_two_workers_do_a_job_once_and_calls_beside_it_count(firm: Cast) -> None:
    job = asked(firm, firm.bruno)
    customers = list(Customer.objects.order_by("pk"))

    def calls() -> bool:
        return all(logged(one, firm.ana, "11-24 09:00") for one in customers)

    done = together(*[lambda: hand_over_jobs.work(NOW, lambda: NOW)] * 2, calls)

    assert sorted(done, key=repr) == [False, True, True], done
    job.refresh_from_db()
    assert (job.done, job.total, Interaction.objects.count()) == (MANY, MANY, MANY)
    assert Customer.history.filter(history_change_reason="handed over").count() == MANY
    clocks = Clock.objects.filter(owner=firm.bruno, last_attention_at=portfolio.at("11-24 09:00"))
    assert clocks.count() == MANY
