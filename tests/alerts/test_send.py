"""The sender: claims, checks again, hands over, settles; against a real SMTP server (M2, M3)."""

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from alerts import claim, recheck
from alerts.budget import new_delivery
from alerts.choices import DeliveryState, EventKind, Purpose
from alerts.models import Alert, Delivery
from alerts.refused import address_refused
from alerts.send import send_due
from alerts.tell import tell_events
from crm.models import Clock, Customer
from tests.alerts.mail_stage import NOW, alert, call_back, client, days, event, silence
from tests.cast import Cast
from tests.support.mailbox import MailServer

pytestmark = [pytest.mark.django_db, pytest.mark.smtp]
SOON = NOW + dt.timedelta(hours=1)


@pytest.fixture
def server(smtp_server: MailServer, settings: Any) -> MailServer:
    settings.EMAIL_TRANSPORT = {
        "host": "127.0.0.1", "port": smtp_server.port, "username": "", "password": "",
        "use_tls": False, "use_ssl": False, "timeout": 5,
    }  # fmt: skip
    settings.SITE_URL = "https://constante.example.com"
    return smtp_server


def planned(cast: Cast, to: User | None = None) -> Delivery:
    call_back(to or cast.ana, cast.iberia)
    tell_events(NOW)
    return Delivery.objects.order_by("-pk")[:1].get()


def again(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def test_it_sends_what_is_due(cast: Cast, server: MailServer) -> None:
    mail = planned(cast)
    assert send_due(NOW) == 1
    (received,) = server.messages
    assert received.recipients == ["ana@constante.test"]
    assert received.message["Subject"] == "Clínica Mirador: call back by 12:00"
    assert (again(mail).state, again(mail).attempts) == (DeliveryState.SENT, 1)


def test_it_sends_nothing_before_its_window(cast: Cast, server: MailServer) -> None:
    Delivery.objects.filter(pk=planned(cast).pk).update(next_try_at=SOON)
    assert send_due(NOW) == 0
    assert server.messages == []


def test_it_says_that_the_rung_was_reached(cast: Cast, server: MailServer) -> None:
    told = silence(cast.ana, cast.iberia, key=True)
    tell_events(NOW)
    send_due(NOW)
    reached = Alert.objects.get(pk=told.alert_id).reached_at
    assert reached is not None
    assert NOW <= reached < NOW + dt.timedelta(seconds=30)


def test_its_headers_keep_machines_quiet(cast: Cast, server: MailServer) -> None:
    mail = planned(cast)
    send_due(NOW)
    message = server.messages[0].message
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-ID"] == "Constante <alerts.constante.example.com>"
    assert server.messages[0].message_id == f"<{mail.key.replace(':', '.')}@constante.example.com>"


def test_a_name_cannot_smuggle_in_a_header(cast: Cast, server: MailServer) -> None:
    Customer.objects.filter(pk=call_back(cast.ana, cast.iberia).alert.customer_id).update(
        name="Solís\r\nBcc: x@example.com"
    )
    User.objects.filter(pk=cast.ana.pk).update(name="Ana\nBcc: y@example.com")
    tell_events(NOW)
    send_due(NOW)
    message = server.messages[0].message
    assert (message["Bcc"], server.messages[0].recipients) == (None, ["ana@constante.test"])
    assert message["Subject"].startswith("Solís Bcc: x@example.com: call back")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"closed_at": NOW}, recheck.CLOSED),
        ({"snoozed_until": SOON}, recheck.SNOOZED),
        ({"dismissed_until": SOON}, recheck.DISMISSED),
        ({"admitted_at": None, "rung": 0}, recheck.RESTARTED),
    ],
)
def test_it_withholds_what_is_so_no_more(cast: Cast, server: MailServer, change: dict[str, Any], reason: str) -> None:
    told = silence(cast.ana, cast.iberia, key=True)
    tell_events(NOW)
    Alert.objects.filter(pk=told.alert_id).update(**change)
    send_due(NOW)
    mail = Delivery.objects.get()
    assert (mail.state, mail.reason, server.messages) == (DeliveryState.WITHHELD, reason, [])


def test_it_withholds_what_is_not_theirs_to_see_any_more(cast: Cast, server: MailServer) -> None:
    mail = planned(cast)
    Clock.objects.update(owner=cast.bruno)
    send_due(NOW)
    assert (again(mail).state, again(mail).reason) == (DeliveryState.WITHHELD, recheck.NOT_THEIRS)
    assert server.messages == []


def test_it_leaves_out_only_what_is_so_no_more(cast: Cast, server: MailServer) -> None:
    gone = call_back(cast.ana, cast.iberia, "Gone")
    call_back(cast.ana, cast.iberia, "Still here")
    tell_events(NOW)
    Alert.objects.filter(pk=gone.alert_id).update(closed_at=NOW)
    send_due(NOW)
    assert server.messages[0].message["Subject"].startswith("Still here: call back")
    assert gone.deliveries.get().withheld == recheck.CLOSED


def test_it_reports_what_a_colleague_did(cast: Cast, server: MailServer) -> None:
    made = alert(client(cast.ana, cast.iberia), closed_at=NOW)
    event(made, EventKind.CLOSED, actor=cast.bruno, data={"reason": "attended"})
    tell_events(NOW)
    send_due(NOW)
    assert "Ferretería Solís: Bruno Sanz has attended to them." in Delivery.objects.get().text_body


def test_it_withholds_the_report_of_a_closing_that_was_taken_back(cast: Cast, server: MailServer) -> None:
    event(alert(client(cast.ana, cast.iberia)), EventKind.CLOSED, actor=cast.bruno, data={"reason": "attended"})
    tell_events(NOW)
    send_due(NOW)
    assert (Delivery.objects.get().reason, server.messages) == (recheck.REOPENED, [])


def test_it_never_mails_a_demo_reader_but_shows_the_mail(cast: Cast, server: MailServer) -> None:
    User.objects.filter(pk=cast.ana.pk).update(is_demo=True)
    mail = planned(cast)
    Delivery.objects.update(window_at=dt.datetime.now(dt.UTC))
    send_due(NOW)
    assert (again(mail).state, again(mail).reason, server.messages) == (DeliveryState.WITHHELD, recheck.DEMO, [])
    assert "Clínica Mirador" in again(mail).html_body


def test_it_does_not_word_old_mails_of_the_demo(cast: Cast, server: MailServer) -> None:
    User.objects.filter(pk=cast.ana.pk).update(is_demo=True)
    mail = planned(cast)
    Delivery.objects.update(window_at=dt.datetime.now(dt.UTC) - days(91))
    send_due(NOW)
    assert (again(mail).state, again(mail).html_body) == (DeliveryState.WITHHELD, "")


def test_it_tries_again_later_with_the_same_message_id(cast: Cast, server: MailServer) -> None:
    mail = planned(cast)
    server.refuse_data = "451 try later"
    send_due(NOW)
    first = again(mail)
    server.refuse_data = ""
    send_due(first.next_try_at)
    assert (first.state, first.last_error, first.handed_at) == (DeliveryState.PLANNED, "451 try later", None)
    assert 8 <= (first.next_try_at - NOW).total_seconds() <= 13
    assert (again(mail).state, server.messages[0].message_id) == (DeliveryState.SENT, first.message_id)


def test_it_takes_a_permanent_refusal_as_the_last_word(cast: Cast, server: MailServer) -> None:
    mail = planned(cast)
    server.refuse_recipient = "550 no such person"
    send_due(NOW)
    assert (again(mail).state, again(mail).last_error) == (DeliveryState.REFUSED, "550 no such person")
    assert User.objects.get(pk=cast.ana.pk).address_refused_at is not None


def test_a_permanent_refusal_is_told_once_to_who_can_have_it_mended(cast: Cast, server: MailServer) -> None:
    server.refuse_recipient = "550 no such person"
    for _ in range(2):
        planned(cast)
        send_due(NOW)
    (told,) = Delivery.objects.exclude(to_user=cast.ana)
    assert told.to_user == cast.carla

    server.refuse_recipient = ""
    send_due(SOON)
    message = server.messages[0].message
    assert message["Subject"] == "Our mail does not reach Ana Torres"
    body = message.get_body(("plain",))
    assert body is not None
    assert "Ana Torres gets no alerts: the mail server of ana@constante.test refuses them." in body.get_content()


def test_a_supervisor_s_refused_address_is_told_to_the_administrators(cast: Cast, server: MailServer) -> None:
    User.objects.filter(pk=cast.carla.pk).update(address_refused_at=NOW)
    address_refused(cast.ana, NOW)
    assert [one.to_user for one in Delivery.objects.all()] == [cast.eva]


def test_a_mail_that_arrives_mends_a_refused_address(cast: Cast, server: MailServer) -> None:
    User.objects.filter(pk=cast.ana.pk).update(address_refused_at=NOW)
    planned(cast)
    send_due(NOW)
    assert User.objects.get(pk=cast.ana.pk).address_refused_at is None


def test_a_policy_refusal_does_not_condemn_the_address(cast: Cast, server: MailServer) -> None:
    planned(cast)
    server.refuse_recipient = "550 5.7.1 relaying denied"
    send_due(NOW)
    assert User.objects.get(pk=cast.ana.pk).address_refused_at is None


def test_it_gives_up_after_three_days(cast: Cast, server: MailServer) -> None:
    mail = planned(cast)
    server.refuse_data = "451 try later"
    send_due(NOW + days(4))
    assert again(mail).state == DeliveryState.REFUSED


def test_it_stops_at_the_time_limit_and_may_have_sent(cast: Cast, server: MailServer, settings: Any) -> None:
    settings.MAIL_LIMIT_SECONDS = 1
    mail = planned(cast)
    server.delay = 2.0
    send_due(NOW)
    assert (again(mail).state, again(mail).handed_at is not None) == (DeliveryState.PLANNED, True)


def test_a_repeat_that_may_not_go_was_perhaps_sent(cast: Cast, server: MailServer) -> None:
    mail = planned(cast)
    Delivery.objects.filter(pk=mail.pk).update(handed_at=NOW)
    Alert.objects.update(closed_at=NOW)
    send_due(NOW)
    assert again(mail).state == DeliveryState.PERHAPS_SENT


def test_it_waits_when_the_server_is_away_and_gives_the_rest_back(cast: Cast, server: MailServer) -> None:
    server.stop()
    mails = [planned(cast), planned(cast, cast.bruno)]
    send_due(NOW)
    assert [(again(mail).state, again(mail).attempts) for mail in mails] == [("planned", 1), ("planned", 0)]
    assert all(again(mail).next_try_at > NOW for mail in mails)


def test_one_that_cannot_be_worked_on_stops_no_other(cast: Cast, server: MailServer) -> None:
    bad, good = planned(cast), planned(cast, cast.bruno)
    Delivery.objects.filter(pk=bad.pk).update(attachments=[{"name": "no content"}])
    with pytest.raises(ExceptionGroup):
        send_due(NOW)
    assert (again(good).state, again(bad).state) == (DeliveryState.SENT, DeliveryState.PLANNED)
    assert (again(bad).last_error, again(bad).next_try_at > NOW + dt.timedelta(minutes=59)) == (
        "KeyError: 'type'",
        True,
    )


def test_a_lost_sender_is_taken_over_after_its_lease(cast: Cast, server: MailServer, settings: Any) -> None:
    mail = planned(cast)
    claim.claim(NOW, 20)
    assert send_due(NOW + dt.timedelta(seconds=settings.MAIL_LEASE_SECONDS - 1)) == 0
    assert send_due(NOW + dt.timedelta(seconds=settings.MAIL_LEASE_SECONDS)) == 1
    assert (len(server.messages), again(mail).state) == (1, DeliveryState.SENT)


def test_it_hands_over_nothing_that_somebody_else_holds(cast: Cast) -> None:
    mail = planned(cast)
    token = claim.claim(NOW, 20)
    held = Delivery.objects.get(lease_token=token)
    Delivery.objects.filter(pk=mail.pk).update(lease_token=uuid.uuid4())
    with pytest.raises(claim.LeaseLost):
        claim.stamp_handed(held, NOW)
    assert not claim.settle(held, DeliveryState.SENT, NOW)


def test_two_senders_share_nothing(cast: Cast) -> None:
    planned(cast)
    planned(cast, cast.bruno)
    first, second = claim.claim(NOW, 1), claim.claim(NOW, 5)
    assert [Delivery.objects.filter(lease_token=token).count() for token in (first, second)] == [1, 1]
    assert claim.claim(NOW, 5) is None


def test_it_speaks_the_language_of_the_reader(cast: Cast, server: MailServer) -> None:
    User.objects.filter(pk=cast.ana.pk).update(language="es")
    planned(cast)
    send_due(NOW)
    assert 'lang="es"' in again(Delivery.objects.get()).html_body


def test_it_keeps_mails_as_files_without_a_server(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.EMAIL_TRANSPORT, settings.MAIL_DIR = None, tmp_path / "mail"
    mail = planned(cast)
    send_due(NOW)
    (file,) = (tmp_path / "mail").iterdir()
    assert (again(mail).state, file.name) == (DeliveryState.SENT, f"{mail.pk:08d}.eml")
    assert b"ana@constante.test" in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0


def test_a_list_of_many_stays_small(cast: Cast, server: MailServer) -> None:
    for n in range(25):
        event(alert(client(cast.ana, cast.iberia, f"Client {n}" + " with a long name" * 4, key=True)))
    tell_events(NOW)
    send_due(NOW)
    mail = Delivery.objects.get()
    assert "And 15 more clients wait." in mail.text_body
    assert len(mail.html_body.encode()) <= 30_000


def test_its_queries_do_not_grow_with_the_clients(
    cast: Cast, server: MailServer, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        event(alert(client(cast.ana, cast.iberia, f"Client {n}", key=True)))
    tell_events(NOW)
    with django_assert_max_num_queries(48):
        send_due(NOW)


def test_many_senders_send_each_mail_once(transactional_db: None, cast: Cast, server: MailServer) -> None:
    Delivery.objects.bulk_create(new_delivery(cast.ana, Purpose.TEST, NOW, now=NOW) for _n in range(60))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _n: send_all(), range(4)))
    assert len(server.messages) == len({mail.message_id for mail in server.messages}) == 60
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.SENT}


def send_all() -> None:
    """Send until nothing is due, as a worker does."""
    try:
        while send_due(NOW, 7):
            pass
    finally:
        connection.close()
