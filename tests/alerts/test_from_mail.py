"""M4: the links of a mail act without signing in, each for one act, once, and only while they may."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import logging
import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from alerts import actions
from alerts.choices import EventKind
from alerts.mail.tokens import Act, read
from alerts.models import Alert, AlertEvent, Delivery
from alerts.reassign import reassign
from alerts.send import send_due
from alerts.sweep import run_sweep
from config.log_lines import Line
from crm.choices import Outcome
from crm.models import Customer, Interaction, Task
from crm.tasks import plan_task
from tests.cast import Cast
from tests.gates.watch import changed, dump
from tests.portfolio import NOW, client_of, logged

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(minutes=8)
REACHED = {"outcome": "reached", "summary": "They are content."}
#: Each act with what a tap on its page posts.
TAPS = {Act.CALL: REACHED, Act.SNOOZE: {"days": "3"}}


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    cache.clear()
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """Mails leave as files, on a site of their own."""
    settings.EMAIL_TRANSPORT = None
    settings.MAIL_DIR = tmp_path
    settings.SITE_URL = "https://testserver"
    return tmp_path


@pytest.fixture
def customer(cast: Cast) -> Customer:
    made = client_of(cast.ana, "Ferretería Solís", cast.iberia, phone="+34954550188", key=True)
    logged(made, cast.ana, "10-01 11:00", summary="They lost a customer.")
    return made


@pytest.fixture
def paths(customer: Customer, folder: Path, clock: time_machine.Traveller) -> dict[str, str]:
    """The links of the mail that Ana got about her client, by act; she reads it a few minutes later."""
    swept_and_sent()
    clock.move_to(LATER)
    return links_of(letter(folder))


def swept_and_sent() -> None:
    run_sweep(NOW)
    send_due(NOW)


def letter(folder: Path) -> EmailMessage:
    (file,) = folder.glob("*.eml")
    return email.message_from_bytes(file.read_bytes(), policy=email.policy.default)


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def links_of(message: EmailMessage) -> dict[str, str]:
    found = re.findall(r"https://testserver(/from-mail/(\w+)/[^\s\"]+)", body(message, "plain"))
    return {act: path for path, act in found}


def ask(path: str, data: dict[str, str] | None = None, client: Client | None = None) -> Any:
    """One request, of a browser that knows nobody and insists on tokens of forms."""
    browser = client or Client(enforce_csrf_checks=True)
    return browser.get(path, secure=True) if data is None else browser.post(path, data, secure=True)


def text(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def the_alert(customer: Customer) -> Alert:
    return Alert.objects.filter(customer=customer).latest("pk")


# --- What leaves -----------------------------------------------------------------------------------------------------


def test_the_mail_has_a_link_for_each_act_and_what_is_kept_has_none(paths: dict[str, str], folder: Path) -> None:
    message, kept = letter(folder), Delivery.objects.get()

    assert set(paths) == {"call", "snooze", "open"}
    assert all(path in body(message, "html") for path in paths.values())
    assert "/from-mail/" not in kept.html_body + kept.text_body
    assert f"https://testserver/alerts/{Alert.objects.get().pk}/#call" in kept.html_body


def test_a_token_fits_its_own_act_only(paths: dict[str, str]) -> None:
    token = paths["snooze"].split("/")[3]

    assert read(token, Act.SNOOZE) is not None
    assert read(token, Act.CALL) is None
    assert ask(f"/from-mail/call/{token}/").status_code == 404


def test_a_full_list_is_no_larger_than_mails_may_be(cast: Cast, folder: Path) -> None:
    for n in range(12):
        made = client_of(cast.ana, f"Ferretería Hermanos Solís {n}", cast.iberia, phone=f"+3495455018{n}", key=True)
        logged(made, cast.ana, "10-01 11:00", summary="They lost a customer.")
    swept_and_sent()
    (file,) = folder.glob("*.eml")

    html = body(letter(folder), "html")
    assert html.count("/from-mail/call/") == 10
    assert len(html.encode()) <= 30_000
    assert len(file.read_bytes()) <= 60_000


# --- Reading changes nothing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head", "options"])
@pytest.mark.parametrize("act", list(Act))
def test_whatever_follows_links_changes_nothing(act: Act, method: str, paths: dict[str, str]) -> None:
    before, browser = dump(), Client()
    for _ in range(3):
        answer = getattr(browser, method)(paths[act], secure=True)

    assert answer.status_code == (405 if method == "options" else 200)
    assert not changed(before)
    assert not answer.cookies
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]


# --- Acting ----------------------------------------------------------------------------------------------------------


def test_one_tap_logs_the_call_as_its_reader(paths: dict[str, str], customer: Customer, cast: Cast) -> None:
    page = text(ask(paths["call"]))
    assert "Ferretería Solís has waited" in page
    assert "We spoke" in page

    answer = ask(paths["call"], REACHED)

    assert (answer.status_code, answer["Location"], dict(answer.cookies)) == (302, paths["call"], {})
    call = Interaction.objects.latest("pk")
    assert (call.customer, call.by, call.entered_by) == (customer, cast.ana, cast.ana)
    assert (call.channel, call.direction, call.outcome, call.summary) == ("call", "out", "reached", REACHED["summary"])
    assert the_alert(customer).closed_at is not None
    after = text(ask(paths["call"]))
    assert "Logged: We spoke You logged this for Ferretería Solís today at 09:20. Ferretería Solís is fine" in after


def test_the_same_link_twice_logs_once_and_says_so(paths: dict[str, str]) -> None:
    ask(paths["call"], REACHED)
    n = Interaction.objects.count()
    ask(paths["call"], {"outcome": "no_answer"})

    assert Interaction.objects.count() == n
    assert "Logged: We spoke" in text(ask(paths["call"]))


def test_a_log_is_taken_back_and_may_be_done_anew(
    paths: dict[str, str], customer: Customer, clock: time_machine.Traveller
) -> None:
    ask(paths["call"], REACHED)
    back = ask(paths["call"], {"undo": "1"})

    assert "Taken back" in text(ask(back["Location"]))
    assert the_alert(customer).closed_at is None
    ask(paths["call"], {"outcome": "no_answer"})
    assert "Logged: No answer" in text(ask(paths["call"]))

    clock.move_to(LATER + dt.timedelta(minutes=11))
    assert "Undo" not in text(ask(paths["call"]))
    assert "ten minutes to take it back are over" in text(ask(paths["call"], {"undo": "1"}))
    assert Interaction.objects.filter(deleted_at=None, outcome=Outcome.NO_ANSWER).exists()


def test_one_tap_pauses_and_says_until_when(paths: dict[str, str], customer: Customer, cast: Cast) -> None:
    assert "Until tomorrow" in text(ask(paths["snooze"]))
    ask(paths["snooze"], {"days": "3"})
    ask(paths["snooze"], {"days": "1"})

    (event,) = AlertEvent.objects.filter(kind=EventKind.SNOOZED)
    assert (event.actor, event.data["days"]) == (cast.ana, 3)
    assert "Paused until Friday" in text(ask(paths["snooze"]))

    back = ask(paths["snooze"], {"undo": "1"})
    assert "Taken back" in text(ask(back["Location"]))
    assert the_alert(customer).snoozed_until is None


@pytest.mark.parametrize("days", ["", "0", "7", "999999", "x", "²"])
def test_only_the_days_that_are_offered_are_taken(days: str, paths: dict[str, str], customer: Customer) -> None:
    assert ask(paths["snooze"], {"days": days}).status_code == 422
    assert the_alert(customer).snoozed_until is None


def test_what_is_refused_is_said_and_what_was_typed_stays(paths: dict[str, str]) -> None:
    answer = ask(paths["call"], {"outcome": "flown", "summary": "They are <content>."})

    assert answer.status_code == 422
    assert "They are &lt;content&gt;." in answer.content.decode()
    assert Interaction.objects.count() == 1


def test_a_promise_is_ticked_with_the_call(cast: Cast, customer: Customer, folder: Path) -> None:
    logged(customer, cast.ana, "11-23 11:00")
    task = plan_task(
        customer, title="Send the offer", due_on=NOW.date() - dt.timedelta(days=1), promised=True, channel="call",
        actor=cast.ana, now=NOW - dt.timedelta(days=3),
    )  # fmt: skip
    swept_and_sent()
    paths = links_of(letter(folder))
    assert "snooze" not in paths
    page = ask(paths["call"]).content.decode()
    (pk,) = re.findall(r'name="done_tasks"\s+value="(\d+)"\s+checked', page)

    ask(paths["call"], {"outcome": "reached", "done_tasks": pk})

    assert Task.objects.get(pk=task.pk).done_by == cast.ana


def test_open_says_what_the_mail_said_and_leads_its_reader_on(
    paths: dict[str, str], customer: Customer, cast: Cast
) -> None:
    page = ask(paths["open"])
    assert 'href="tel:+34954550188"' in page.content.decode()
    assert "They lost a customer." in text(page)

    signed_in, other = Client(), Client()
    signed_in.force_login(cast.ana)
    other.force_login(cast.carla)
    assert ask(paths["open"], client=signed_in)["Location"] == f"/customers/{customer.pk}/"
    assert ask(paths["open"], client=other).status_code == 200


def test_the_pages_speak_their_reader_s_language(paths: dict[str, str], cast: Cast) -> None:
    User.objects.filter(pk=cast.ana.pk).update(language="es")

    page = ask(paths["call"])
    assert '<html lang="es"' in page.content.decode()
    assert "Hablamos" in text(page)
    # The day brings its article along.
    assert "Hasta mañana Hasta el viernes" in text(ask(paths["snooze"]))


# --- Dead ------------------------------------------------------------------------------------------------------------


def check_dead(paths: dict[str, str], says: str, *, named: bool) -> None:
    """Every link shows why and leads on, taps do nothing."""
    before = dump()
    for act, path in paths.items():
        page = ask(path)
        assert (page.status_code, says in text(page)) == (410, True), (act, text(page))
        assert ("Solís" in page.content.decode()) is named
        assert "Sign in" in text(page)
        if act in TAPS:
            assert ask(path, TAPS[Act(act)]).status_code in (302, 410)
    assert not changed(before)


def test_dead_after_the_alert_s_end(paths: dict[str, str], customer: Customer, cast: Cast) -> None:
    logged(customer, cast.bruno, "11-24 09:20")
    check_dead(paths, "This is settled", named=False)


def test_dead_after_a_hand_over(paths: dict[str, str], customer: Customer, cast: Cast) -> None:
    reassign(Customer.objects.filter(pk=customer.pk), owner=cast.bruno, actor=cast.carla, now=LATER)
    check_dead(paths, "Somebody else looks after this client", named=False)


def test_dead_for_who_still_sees_the_client_after_a_hand_over(
    paths: dict[str, str], customer: Customer, cast: Cast
) -> None:
    Delivery.objects.update(to_user=cast.carla)
    mine = {act: path_for(path, cast.carla) for act, path in paths.items()}
    reassign(Customer.objects.filter(pk=customer.pk), owner=cast.bruno, actor=cast.carla, now=LATER)
    check_dead(mine, "Somebody else looks after this client", named=False)


def path_for(path: str, reader: User) -> str:
    """The link as it would have been signed for somebody else."""
    from alerts.mail.tokens import address_of, token_of

    act = Act(path.split("/")[2])
    alert = Alert.objects.get()
    return address_of(act, token_of(act, delivery=Delivery.objects.get().pk, reader=reader.pk, alert=alert.pk))


def test_dead_with_its_reader_s_access(paths: dict[str, str], cast: Cast) -> None:
    User.objects.filter(pk=cast.ana.pk).update(is_active=False)
    check_dead(paths, "This link is closed", named=False)


def test_dead_after_fourteen_days(paths: dict[str, str], customer: Customer, clock: time_machine.Traveller) -> None:
    clock.move_to(NOW + dt.timedelta(days=14))
    assert ask(paths["open"]).status_code == 200
    clock.move_to(LATER + dt.timedelta(days=14))
    check_dead(paths, "This link has grown old", named=False)


@pytest.mark.parametrize("act", list(Act))
def test_forged_links_lead_nowhere(act: Act, paths: dict[str, str], cast: Cast) -> None:
    token = paths[act].split("/")[3]
    said, _dot, signature = token.rpartition(".")
    before = dump()
    for forged in ("x", "1.2", f"{said}.{signature[::-1]}", f"{said[:-1]}.{signature}", token[:-1], f"{token}x"):
        answer = ask(f"/from-mail/{act}/{forged}/")
        assert answer.status_code == 404
        assert "This link leads nowhere" in text(answer)
        assert "Solís" not in text(answer)
        if act in TAPS:
            assert ask(f"/from-mail/{act}/{forged}/", TAPS[act]).status_code == 404
    assert not changed(before)


def test_dead_when_the_secret_changed(paths: dict[str, str], settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert ask(paths["call"]).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert ask(paths["call"]).status_code == 404


def test_a_climbed_silence_is_paused_by_its_supervisor_only(paths: dict[str, str], customer: Customer) -> None:
    Alert.objects.update(rung=2)
    answer = ask(paths["snooze"], {"days": "1"})

    assert answer.status_code == 422
    assert "ask your supervisor for a pause" in text(answer)


def test_a_link_stands_in_no_log(paths: dict[str, str]) -> None:
    record = logging.LogRecord("django.request", 30, "", 0, "%s: %s", ("Gone", paths["call"]), None)
    assert Line("{message}", style="{").format(record) == "Gone: /from-mail/call/…/"
    assert Line in {type(handler.formatter) for handler in logging.getLogger("django").handlers}


def test_taps_are_counted(paths: dict[str, str], settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"mail_link": "2/m/ip"}
    codes = [ask(paths["call"], REACHED).status_code for _ in range(3)]

    assert codes == [302, 200, 429]
    assert ask(paths["call"]).status_code == 200


def test_a_pause_of_somebody_else_leaves_the_link_as_it_was(
    paths: dict[str, str], customer: Customer, cast: Cast
) -> None:
    actions.snooze(the_alert(customer), days=1, actor=cast.carla, now=NOW)
    assert ask(paths["call"], REACHED).status_code == 302
    assert Interaction.objects.latest("pk").entered_by == cast.ana
