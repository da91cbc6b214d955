"""The type-ahead: names without accents, people, phone digits; only whom one may log for."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from crm.find import OFFERED, find_customers
from tests.cast import Cast
from tests.portfolio import client_of, person_at

HTMX = {"HX-Request": "true"}


def names(user: User, text: str) -> list[str]:
    return [customer.name for customer in find_customers(user, text)]


@pytest.fixture
def clients(cast: Cast) -> Cast:
    clinic = client_of(cast.ana, "Clínica Mirador", cast.iberia, phone="+576015550142", city="Bogotá")
    person_at(clinic, "Íñigo Peña", "+34600111222")
    client_of(cast.ana, "Talleres Lugo", cast.iberia, phone="+34986550721")
    client_of(cast.diego, "Clínica del Sur", cast.andes)
    return cast


@pytest.mark.parametrize(
    "text",
    ["clinica", "CLÍNICA", "mirador clin", "inigo", "Peña", "6015550142", "601 555 0142", "600-111-222", "bogota"],
)
def test_it_finds_by_what_one_remembers(clients: Cast, text: str) -> None:
    assert names(clients.ana, text) == ["Clínica Mirador"]


@pytest.mark.parametrize("text", ["", "c", " ", "nobody at all", "%", "_____", "99999999"])
def test_it_finds_nothing_by_nothing(clients: Cast, text: str) -> None:
    assert names(clients.ana, text) == []


def test_a_colleagues_client_is_found_a_strangers_is_not(clients: Cast) -> None:
    assert names(clients.bruno, "clinica") == ["Clínica Mirador"]
    assert names(clients.diego, "clinica") == ["Clínica del Sur"]
    assert sorted(names(clients.eva, "clinica")) == ["Clínica Mirador", "Clínica del Sur"]


def test_a_page_with_and_without_a_strangers_client_is_the_same(client: Client, clients: Cast) -> None:
    client.force_login(clients.ana)
    before = client.get("/find/?q=clinica", headers=HTMX).content

    client_of(clients.diego, "Clínica Oculta", clients.andes)

    assert client.get("/find/?q=clinica", headers=HTMX).content == before


def test_active_ones_come_first_then_names_that_begin_so(clients: Cast) -> None:
    client_of(clients.ana, "Auto Lugo", clients.iberia, stage="departed")
    client_of(clients.ana, "Lugo y Hermanos", clients.iberia)

    assert names(clients.ana, "lugo") == ["Lugo y Hermanos", "Talleres Lugo", "Auto Lugo"]


def test_so_many_are_offered_and_the_list_has_all(client: Client, clients: Cast) -> None:
    for n in range(OFFERED + 2):
        client_of(clients.ana, f"Cafetería {n}", clients.iberia)
    client.force_login(clients.ana)

    html = client.get("/find/?q=cafet", headers=HTMX).content.decode()

    assert html.count('class="find-name"') == OFFERED
    assert "/customers/?q=cafet" in html


def test_a_colleagues_client_leads_to_the_drawer(client: Client, clients: Cast) -> None:
    clinic = find_customers(clients.ana, "mirador")[0]
    links = {}
    for user in (clients.ana, clients.bruno):
        client.force_login(user)
        links[user.name] = client.get("/find/?q=mirador", headers=HTMX).content.decode()

    assert f'href="/customers/{clinic.pk}/"' in links["Ana Torres"]
    assert f'href="/log/?customer={clinic.pk}"' in links["Bruno Sanz"]


def test_in_the_drawer_each_result_chooses_the_client(client: Client, clients: Cast) -> None:
    clinic = find_customers(clients.ana, "mirador")[0]
    client.force_login(clients.ana)

    html = client.get("/find/?q=mirador&for=log", headers=HTMX).content.decode()

    assert f'hx-get="/log/?customer={clinic.pk}"' in html


def test_without_javascript_enter_leads_on(client: Client, clients: Cast) -> None:
    clinic = find_customers(clients.ana, "mirador")[0]
    client.force_login(clients.ana)

    assert client.get("/find/?q=mirador")["Location"] == f"/customers/{clinic.pk}/"
    assert client.get("/find/?q=xyz")["Location"] == "/customers/?q=xyz"


def test_what_was_typed_is_never_markup(client: Client, clients: Cast) -> None:
    client.force_login(clients.ana)

    assert "<script>" not in client.get("/find/?q=<script>x", headers=HTMX).content.decode()


def test_few_queries(client: Client, clients: Cast) -> None:
    client.force_login(clients.ana)

    with CaptureQueriesContext(connection) as queries:
        client.get("/find/?q=clinica", headers=HTMX)

    assert len(queries) <= 5, "\n".join(query["sql"][:120] for query in queries)
