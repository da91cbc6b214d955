"""A page asks the database as often for sixty rows as for one, and no more often than it may."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Calendar, Team, User
from alerts.mail.tokens import Act, address_of, token_of
from alerts.models import Alert, Delivery
from alerts.sweep import run_sweep
from crm.events import Change, facts_changed
from crm.models import Customer, Interaction
from retention.measuring import write_weeks
from tests.cast import Cast
from tests.gates.scene import admit, busy_page, crowd, mails, plan
from tests.gates.watch import Browsers
from tests.portfolio import NOW

pytestmark = pytest.mark.django_db

#: What each page asked last time, with session and person; it may ask less, never more.
BASELINE = Path(__file__).with_name("query_counts.json")
OTHERWISE = 15
BUDGET = {
    "log: save": 20,
    # An alert closes and open promises are looked at again.
    "log: save beside promises": 29,
    # Both save within a savepoint to say what saving would do, and take it back.
    "log: preview": 31,
    "log: drawer": 37,
    # Who is told next, and when, is asked of the ladder, the calendar and the absences.
    "alert": 24,
    "from a mail": 25,
}
#: Pages that may ask a little more where there is more to show: by how much, and why.
TOLERATED: dict[str, int] = {}
MANY = 60

FRAGMENT = {"HX-Request": "true"}
ENTRY = {"channel": "call", "direction": "out", "outcome": "reached", "summary": "Hablamos."}


def fill(stage: Cast, first: int, last: int) -> None:
    """Clients, alerts, promises and mails of Ana's, as many of the queue and of Bruno's."""
    names = [f"Taller {i}" for i in range(first, last)]
    made = crowd(stage.ana, stage.iberia, names, by=stage.ana, days=(41, 60, 95), annual_value=900, currency="EUR")
    crowd(None, stage.iberia, [f"Bodega {i}" for i in range(first, last)], by=stage.ana, days=(50,))
    crowd(stage.bruno, stage.iberia, [f"Hotel {i}" for i in range(first, last)], by=stage.bruno, days=(44, 5))
    for one in made:
        plan(one, stage.ana, "Paso", days=-1)
    busy_page(made[0], stage.ana, last - first) if first == 0 else busy_page(page_of(), stage.ana, last - first)
    sour = Interaction.objects.filter(customer__in=made)
    sour.update(sentiment=1)
    facts_changed(Customer.objects.filter(pk__in=[one.pk for one in made]), change=Change("import"), now=NOW)
    run_sweep(NOW)
    admit()
    write_weeks(NOW)
    mails(stage.ana, list(Alert.objects.filter(customer__in=made).select_related("customer")))
    with connection.cursor() as cursor:
        # Tables that were emptied before are planned for as empty until the database has looked at them.
        cursor.execute("ANALYZE")


def page_of() -> Customer:
    return Customer.objects.get(name="Taller 0")


def link_of(mail: int, alert: int) -> str:
    reader = Delivery.objects.values_list("to_user", flat=True).get(pk=mail)
    return address_of(Act.CALL, token_of(Act.CALL, delivery=mail, reader=reader or 0, alert=alert))


def pages() -> dict[str, tuple[str, str, str, bool]]:
    """Name of the page: who asks, method, address, whether htmx asks for a part."""
    pk, alert = page_of().pk, Alert.objects.filter(customer=page_of(), family="silence").latest("pk").pk
    mail = Delivery.objects.filter(subject="Taller 0").earliest("pk").pk
    return {
        "today": ("ana", "get", "/", False),
        "today: part": ("ana", "get", "/", True),
        "today of a supervisor": ("carla", "get", "/", False),
        "customers": ("ana", "get", "/customers/", False),
        "customers: part": ("ana", "get", "/customers/?sort=value", True),
        "customers: team's": ("ana", "get", "/customers/?tab=teams", False),
        "customers: found": ("ana", "get", "/customers/?q=taller", False),
        "customer": ("ana", "get", f"/customers/{pk}/", False),
        "customer: reduced": ("bruno", "get", f"/customers/{pk}/", False),
        "customer: changes": ("ana", "get", f"/customers/{pk}/changes/", False),
        "customer: files": ("ana", "get", f"/customers/{pk}/files/", False),
        "customer: form": ("ana", "get", f"/customers/{pk}/edit/", False),
        "customer: new": ("ana", "get", "/customers/new/", False),
        "alerts": ("ana", "get", "/alerts/", False),
        "alerts of a supervisor": ("carla", "get", "/alerts/", False),
        "alerts: part": ("ana", "get", "/alerts/", True),
        "alert": ("ana", "get", f"/alerts/{alert}/", False),
        "at risk": ("carla", "get", "/at-risk/", False),
        "who moved this week": ("carla", "get", "/at-risk/week/", False),
        "alerts of a date": ("carla", "get", f"/at-risk/{NOW:%Y-%m-%d}/", False),
        "promises kept": ("carla", "get", "/promises-kept/", False),
        "how we do": ("carla", "get", "/how-we-do/", False),
        "how we do: alerts": ("carla", "get", "/how-we-do/alerts/", False),
        "how we do: contacts": ("carla", "get", "/how-we-do/contacts/", False),
        "watch list": ("ana", "get", "/watch-list/", False),
        "team": ("carla", "get", "/team/", False),
        "people": ("carla", "get", "/people/", False),
        "people of an administrator": ("eva", "get", "/people/", False),
        "invite": ("eva", "get", "/people/invite/", False),
        "person: form": ("eva", "get", f"/people/{User.objects.get(email__startswith='ana@').pk}/change/", False),
        "person": ("carla", "get", f"/people/{User.objects.get(email__startswith='ana@').pk}/", False),
        "customers to tick": ("carla", "get", "/customers/?tick=1", False),
        "hand over": ("carla", "get", f"/reassign/?owner={User.objects.get(email__startswith='ana@').pk}", False),
        "leave": ("eva", "get", f"/people/{User.objects.get(email__startswith='ana@').pk}/leave/", False),
        "promises": ("carla", "get", "/settings/promises/", False),
        "promise": ("eva", "get", "/settings/promises/everybody/", False),
        "calendars": ("carla", "get", "/settings/calendars/", False),
        "calendar": ("eva", "get", f"/settings/calendars/{Calendar.objects.earliest('pk').pk}/", False),
        "alert settings": ("eva", "get", "/settings/alerts/", False),
        "teams": ("carla", "get", "/settings/teams/", False),
        "team settings": ("eva", "get", f"/settings/teams/{Team.objects.get(name='Iberia').pk}/", False),
        "languages": ("eva", "get", "/settings/languages/", False),
        "mail settings": ("eva", "get", "/settings/mail/", False),
        "what counts": ("eva", "get", "/settings/what-counts/", False),
        "what counts: history": ("eva", "get", "/settings/what-counts/history/", False),
        "sent mail": ("ana", "get", "/sent-mail/", False),
        "sent mail of an administrator": ("eva", "get", "/sent-mail/", False),
        "mail": ("ana", "get", f"/sent-mail/{mail}/", False),
        "from a mail": ("nobody", "get", link_of(mail, alert), False),
        "away": ("ana", "get", f"/away/{User.objects.get(email__startswith='ana@').pk}/", False),
        "find": ("ana", "get", "/find/?q=taller", True),
        "log: drawer": ("ana", "get", f"/log/?customer={pk}", True),
        "log: nobody chosen": ("ana", "get", "/log/", True),
        "log: preview": ("ana", "post", f"/log/preview/?customer={pk}", True),
        "log: save": ("ana", "post", f"/log/?customer={Customer.objects.get(name='Bodega 0').pk}", True),
        "log: save beside promises": ("ana", "post", f"/log/?customer={pk}", True),
    }


def asked(browsers: Browsers, page: tuple[str, str, str, bool], attempt: Callable) -> list[str]:
    """The statements of one request; savepoints stand for transactions here and are none."""
    who, method, address, part = page
    path, _sign, pk = address.partition("?customer=")
    client, headers = browsers.of(who), FRAGMENT if part else {}
    with (
        attempt(),
        CaptureQueriesContext(
            connection,
        ) as captured,
    ):
        if method == "post":
            answer = client.post(path, ENTRY | {"customer": pk}, headers=headers)
        else:
            answer = client.get(address, headers=headers)
    assert answer.status_code in (200, 204), (page, answer.status_code)
    return [sql for query in captured if not (sql := query["sql"]).startswith(("SAVEPOINT", "RELEASE", "ROLLBACK TO"))]


def warm(browsers: Browsers, attempt: Callable) -> None:
    """What a process asks once in its life is asked before."""
    for page in pages().values():
        asked(browsers, page, attempt)


@pytest.fixture(scope="module")
def counted(stage: Cast, browsers: Browsers) -> dict[str, tuple[list[str], list[str]]]:
    """By page: its statements with one row and with many."""
    from tests.gates.conftest import taken_back

    fill(stage, 0, 1)
    warm(browsers, taken_back)
    few = {name: asked(browsers, page, taken_back) for name, page in pages().items()}
    fill(stage, 1, MANY)
    many = {name: asked(browsers, page, taken_back) for name, page in pages().items()}
    return {name: (few[name], many[name]) for name in few}


def numbered(statements: list[str]) -> str:
    return "\n".join(f"{n:3} {sql[:300]}" for n, sql in enumerate(statements, 1))


def test_every_page_has_its_number(counted: dict[str, tuple[list[str], list[str]]]) -> None:
    found = {name: max(len(few), len(many)) for name, (few, many) in counted.items()}
    kept = json.loads(BASELINE.read_text())

    assert list(found) == list(kept), f"write down: {json.dumps(found)}"


@pytest.mark.parametrize("name", json.loads(BASELINE.read_text()))
def test_sixty_rows_cost_as_much_as_one_and_no_more_than_they_may(
    name: str, counted: dict[str, tuple[list[str], list[str]]]
) -> None:
    few, many = counted[name]
    most = min(json.loads(BASELINE.read_text())[name], BUDGET.get(name, OTHERWISE))

    worst = max(few, many, key=len)
    assert len(worst) <= most, f"{len(worst)} statements, {most} allowed:\n{numbered(worst)}"
    # A short list may ask once more whether there is more of it.
    assert len(many) - len(few) <= TOLERATED.get(name, 0), (
        f"one row: {len(few)}\n{numbered(few)}\n{MANY} rows: {len(many)}\n{numbered(many)}"
    )
