"""The pump publishes wake-ups for due work only, claims nothing, and survives a broker that is gone."""

import datetime as dt
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from alerts.budget import new_delivery
from alerts.choices import Purpose
from alerts.housekeeping import prune_bodies
from alerts.models import Alert, Delivery, Heartbeat, Morning
from alerts.nightly import NightJob, run_night
from alerts.pump import publish_due
from alerts.tell import tell_events
from tests.alerts.mail_stage import NOW, alert, call_back, client, days, silence
from tests.cast import Cast
from tests.support.mailbox import MailServer
from tests.support.ports import free_port
from tests.support.processes import AppProcess

SWEEP, SEND = "alerts.tasks.sweep", "alerts.tasks.send"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_broker")]


def test_it_publishes_nothing_when_nothing_is_due(cast: Cast) -> None:
    alert(client(cast.ana, cast.iberia), wake_at=NOW + days(1))
    Morning.objects.create(user=cast.ana, next_at=NOW + days(1))
    assert publish_due(NOW) == []


def test_it_wakes_the_sweep_for_an_alert(cast: Cast) -> None:
    alert(client(cast.ana, cast.iberia), wake_at=NOW)
    assert publish_due(NOW) == [SWEEP]


def test_it_wakes_the_sweep_for_a_morning(cast: Cast) -> None:
    Morning.objects.create(user=cast.ana, next_at=NOW)
    assert publish_due(NOW) == [SWEEP]


def test_it_wakes_the_sweep_for_something_untold(cast: Cast) -> None:
    silence(cast.ana, cast.iberia)
    assert publish_due(NOW) == [SWEEP]


def test_it_wakes_the_sender_for_a_mail_and_claims_nothing(cast: Cast) -> None:
    call_back(cast.ana, cast.iberia)
    tell_events(NOW)
    assert publish_due(NOW) == [SEND]
    assert Delivery.objects.get().lease_token is None


def test_a_mail_that_waits_for_its_morning_wakes_nobody(cast: Cast) -> None:
    Morning.objects.create(user=cast.ana, next_at=NOW + days(1))
    silence(cast.ana, cast.iberia)
    tell_events(NOW)
    assert publish_due(NOW) == []


@pytest.fixture
def silent_broker() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        yield listener.getsockname()[1]


@pytest.mark.worker
def test_a_worker_sends_what_the_pump_wakes_it_for(
    transactional_db: None, cast: Cast, worker: AppProcess, smtp_server: MailServer
) -> None:
    now = timezone.now()
    new_delivery(cast.ana, Purpose.TEST, now, now=now).save()
    assert publish_due(now) == [SEND]
    assert smtp_server.wait_for(1)[0].recipients == ["ana@constante.test"]


PUBLISH = """
import os, time, django
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
from alerts.pump import _publish
started = time.monotonic()
print(_publish("alerts.tasks.sweep"), time.monotonic() - started)
"""


def publish_to(port: int) -> tuple[str, float]:
    """Publish a wake-up from a fresh process to a Redis at that port: what came of it, and after how many seconds."""
    variables = {**os.environ, "REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    done = subprocess.run([sys.executable, "-c", PUBLISH], env=variables, capture_output=True, text=True, check=True)
    answer, seconds = done.stdout.split()
    return answer, float(seconds)


def test_it_gives_up_soon_on_a_broker_that_never_answers(silent_broker: int) -> None:
    answer, seconds = publish_to(silent_broker)
    assert (answer, seconds < 15) == ("False", True)


def test_it_gives_up_at_once_on_a_broker_that_is_gone() -> None:
    answer, seconds = publish_to(free_port())
    assert (answer, seconds < 3) == ("False", True)


def test_the_night_goes_on_after_a_job_that_fails(cast: Cast, monkeypatch: Any) -> None:
    def fail(_now: dt.datetime) -> None:
        raise ValueError("no")

    jobs = [NightJob("bad", fail, 1), NightJob("good", lambda now: None, 2)]
    monkeypatch.setattr("alerts.nightly._jobs", jobs)
    with pytest.raises(ExceptionGroup):
        run_night(NOW)
    assert [beat.name for beat in Heartbeat.objects.all()] == ["nightly.good"]


def test_bodies_are_kept_for_ninety_days(cast: Cast) -> None:
    for age in (89, 91):
        Delivery.objects.create(
            purpose="single", to_user=cast.ana, window_at=NOW, next_try_at=NOW, state="sent",
            settled_at=NOW - days(age), subject="Kept", text_body="text", html_body="<p>text</p>",
        )  # fmt: skip
    assert prune_bodies(NOW) == 1
    assert list(Delivery.objects.order_by("pk").values_list("subject", "text_body")) == [("Kept", "text"), ("Kept", "")]


def test_the_whole_night_runs(cast: Cast) -> None:
    Alert.objects.all().delete()
    run_night(dt.datetime.now(dt.UTC))
    assert {"nightly.calendars", "nightly.mails", "nightly.sessions"} <= set(
        Heartbeat.objects.values_list("name", flat=True)
    )
