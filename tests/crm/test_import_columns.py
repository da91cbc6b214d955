"""Recognising columns, of known systems and of files never seen."""

import json
from pathlib import Path

import pytest

from crm.importing.columns import Recognition, UnknownColumn, recognise
from crm.importing.dates import DateOrder
from crm.importing.fields import Kind
from crm.importing.reading import read_layout
from crm.importing.sources import find_source

DATA = Path(__file__).parent.parent / "data"
UNSEEN = DATA / "unseen"
ANSWERS = json.loads((UNSEEN / "key.json").read_text())
# Name, phone, email, date and outcome: what has to be found in nine of ten.
MEASURED = frozenset(
    "name first_name last_name person contact_name customer_name phone contact_phone email contact_email when "
    "client_since birthday last_contact renewal_on outcome".split()
)


def read(path: Path, kind: str, **told: object) -> Recognition:
    layout = read_layout(path)
    return recognise(Kind(kind), layout.headers, layout.sample, region="ES", **told)  # type: ignore[arg-type]


def found(name: str, kind: str) -> dict[str, str]:
    return {column.header: column.field for column in read(DATA / name, kind).columns if column.field}


def test_nine_in_ten_columns_of_files_never_seen_are_found() -> None:
    hits, misses = 0, []
    for name, answer in ANSWERS.items():
        fields = {column.header: column.field for column in read(UNSEEN / name, answer["kind"]).columns}
        for header, field in answer["columns"].items():
            if field in MEASURED:
                hits += fields.get(header) == field
                misses += [] if fields.get(header) == field else [(name, header, field, fields.get(header))]
    assert hits + len(misses) >= 80
    assert hits / (hits + len(misses)) >= 0.9, misses


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_a_file_never_seen_puts_nothing_of_its_own_into_a_wrong_field(name: str) -> None:
    answer = ANSWERS[name]
    recognition = read(UNSEEN / name, answer["kind"])
    taken = {c.header: c.field for c in recognition.columns if c.field in MEASURED}
    assert {header: field for header, field in taken.items() if answer["columns"].get(header) != field} == {}


def test_hubspot_activities_have_all_they_need() -> None:
    fields = found("hubspot_activities.csv", "interactions")
    assert fields["Activity Date"] == "when"
    assert fields["Associated Contact Email"] == "contact_email"
    assert [fields[name] for name in ("Call Outcome", "Meeting Outcome", "Task Status")] == ["outcome"] * 3


def test_the_revenue_of_the_client_is_not_its_value_to_us() -> None:
    assert "Annual Revenue" not in found("hubspot_companies.csv", "customers")


def test_a_date_of_the_export_is_never_client_since() -> None:
    assert "Create Date" not in found("hubspot_contacts.csv", "contacts")


def test_outlook_in_spanish() -> None:
    fields = found("outlook_contactos.csv", "contacts")
    assert fields["Móvil"] == "phone" and fields["Dirección de correo electrónico"] == "email"
    assert "Fax del trabajo" not in fields


def test_without_anything_to_go_by_the_import_asks() -> None:
    recognition = read(DATA / "sin_sentido.csv", "customers")
    assert not recognition.is_sure and recognition.missing


def test_dates_that_can_be_read_in_two_ways_are_asked_about() -> None:
    assert [column.header for column in read(DATA / "fechas_dudosas.csv", "interactions").undated] == ["Fecha"]
    assert read(DATA / "fechas_dudosas.csv", "interactions", date_order=DateOrder.DAY_FIRST).is_sure


def test_what_a_person_says_wins_over_what_was_found() -> None:
    recognition = read(DATA / "hubspot_companies.csv", "customers", told={"City": "name", "Company Name": ""})
    fields = {column.header: column.field for column in recognition.columns}
    assert (fields["City"], fields["Company Name"]) == ("name", "")


def test_a_column_or_field_that_does_not_exist_is_said() -> None:
    for told in ({"Nope": "name"}, {"City": "nope"}):
        with pytest.raises(UnknownColumn):
            read(DATA / "hubspot_companies.csv", "customers", told=told)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("hubspot_companies.csv", "hubspot"),
        ("hubspot_contacts.csv", "hubspot"),
        ("hubspot_activities.csv", "hubspot"),
        ("salesforce_Account.csv", "salesforce"),
        ("salesforce_Contact.csv", "salesforce"),
        ("salesforce_Task.csv", "salesforce"),
        ("google_contacts.csv", "google"),
        ("outlook_contacts.csv", "outlook"),
        ("outlook_contactos.csv", "outlook"),
        ("odoo_contactos.csv", "odoo"),
        ("clientes_preambulo.csv", "csv"),
    ],
)
def test_the_system_is_told_from_the_headings(name: str, source: str) -> None:
    assert find_source(read_layout(DATA / name).headers) == source
