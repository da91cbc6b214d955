"""Writing what was read: customers, people, activities; idempotent, counted, with history."""

import csv
import shutil
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count

from accounts.models import User
from crm.importing.new_customers import search_text_of
from crm.importing.points import Address
from crm.models import Clock, Contact, ContactPoint, Customer, Interaction, Note, Task
from crm.search import reindex
from tests.cast import Cast

DATA = Path(__file__).parent.parent / "data"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def firm(cast: Cast) -> Cast:
    return cast


@pytest.fixture
def load(tmp_path: Path):
    """Import a file of ``tests/data`` from a folder of its own; returns what was printed."""

    def run(kind: str, name: str, *options: str) -> str:
        if not (tmp_path / name).exists():
            shutil.copy(DATA / name, tmp_path / name)
        out = StringIO()
        call_command("import_csv", kind, str(tmp_path / name), *options, stdout=out, stderr=StringIO())
        return out.getvalue()

    return run


@pytest.fixture
def hubspot(load):
    load("customers", "hubspot_companies.csv")
    load("contacts", "hubspot_contacts.csv")
    return load("interactions", "hubspot_activities.csv")


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return name


def test_the_sum_is_printed_and_is_the_number_of_rows(hubspot: str) -> None:
    assert "18 created + 0 updated + 0 unchanged + 3 rejected = 21 rows" in hubspot


@pytest.mark.parametrize(
    ("kind", "name", "rows"),
    [
        ("customers", "hubspot_companies.csv", 4),
        ("contacts", "hubspot_contacts.csv", 4),
        ("interactions", "hubspot_activities.csv", 18),
    ],
)
def test_the_same_file_again_changes_nothing(load, hubspot: str, kind: str, name: str, rows: int) -> None:
    before = [model.objects.count() for model in (Customer, Contact, ContactPoint, Interaction, Note, Task)]
    states = Customer.history.count() + Contact.history.count() + Interaction.history.count()
    assert f"0 created + 0 updated + {rows} unchanged" in load(kind, name)
    assert [model.objects.count() for model in (Customer, Contact, ContactPoint, Interaction, Note, Task)] == before
    assert Customer.history.count() + Contact.history.count() + Interaction.history.count() == states


def test_only_what_surely_reached_the_client_is_attention(hubspot: str) -> None:
    kinds = dict(Interaction.objects.values_list("counts_as").annotate(Count("id")).order_by())
    assert kinds == {"attention": 1, "personal": 1, "attempt": 4, "marks_address": 1}
    felt = Interaction.objects.filter(counts_as__in=("attention", "personal")).order_by("at")
    assert [f"{one.at:%Y-%m-%d}" for one in felt] == ["2023-07-14", "2023-10-01"]


def test_outgoing_mail_awaits_a_reply(hubspot: str) -> None:
    mail = Interaction.objects.get(channel="email")
    assert (mail.direction, mail.outcome, mail.counts_as) == ("out", "awaiting", "attempt")


@pytest.mark.parametrize("word", ["Rescheduled", "Cancelled", "Scheduled"])
def test_meetings_that_were_not_held_are_notes_in_the_words_of_the_file(hubspot: str, word: str) -> None:
    assert Note.objects.filter(text__startswith=f"Meeting · {word}\n").count() == 1


def test_tasks_and_a_call_still_to_come_are_tasks(hubspot: str) -> None:
    assert Task.objects.count() == 5
    assert Task.objects.filter(done_at__isnull=False).count() == 1
    planned = Task.objects.get(channel="call")
    assert f"{planned.due_on}" == "2031-05-05" and "has not been yet" in planned.title


def test_rejected_rows_go_to_a_file_beside_it_with_line_and_reason(hubspot: str, tmp_path: Path) -> None:
    with (tmp_path / "hubspot_activities.csv.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["line"] for row in rows] == ["20", "21", "22"]
    assert rows[1]["reason"].startswith("Nobody here has this name")
    assert rows[2]["Activity Date"] == "not a date"


def test_a_date_without_time_keeps_its_day(hubspot: str) -> None:
    assert f"{Interaction.objects.get(outcome='reached', channel='call').local_date}" == "2023-07-14"


def test_the_clock_is_reckoned_at_the_end(hubspot: str) -> None:
    clock = Clock.objects.get(customer__name="Alder & Finch")
    assert clock.last_attention_at is not None and f"{clock.last_attention_at:%Y-%m-%d}" == "2023-07-14"
    assert clock.due_at is not None and clock.owner is not None
    person = Contact.objects.get(name="Francisca Small")
    assert person.last_attention_at == clock.last_attention_at


def test_a_wrong_number_is_marked_unless_they_were_reached_later(hubspot: str) -> None:
    marked = ContactPoint.objects.filter(bad_since__isnull=False)
    assert [(point.contact.name, point.kind) for point in marked if point.contact] == [("Francisca Small", "phone")]


def test_an_owner_by_address_becomes_a_person_without_password_or_invitation(
    hubspot: str, mailoutbox: list[object]
) -> None:
    nora = User.objects.get(email="nora.field@firm.example")
    assert (nora.name, nora.has_usable_password(), nora.first_signed_in_at) == ("Nora Field", False, None)
    assert Customer.objects.filter(owner=nora, kind="organisation").count() == 2
    assert mailoutbox == []


def test_an_owner_who_is_here_brings_their_team(load, tmp_path: Path, cast: Cast) -> None:
    load("customers", write(tmp_path, "a.csv", f"Id,Name,Owner\n1,Casa Roja,{cast.ana.email.upper()}\n"))
    customer = Customer.objects.get(name="Casa Roja")
    assert (customer.owner, customer.team) == (cast.ana, cast.iberia)


def test_any_other_owner_needs_to_be_explained(load) -> None:
    out = load("contacts", "odoo_contactos.csv")
    assert "--owner-map 'Laura Vidal=EMAIL'" in out
    assert not Customer.objects.filter(owner__isnull=False).exists()
    load("contacts", "odoo_contactos.csv", "--owner-map", "Laura Vidal=laura@firm.example")
    assert User.objects.filter(email="laura@firm.example").exists()


def test_somebody_who_left_the_firm_owns_nothing(load, tmp_path: Path, cast: Cast) -> None:
    User.objects.filter(pk=cast.bruno.pk).update(is_active=False)
    load("customers", write(tmp_path, "a.csv", f"Id,Name,Owner\n1,Casa Roja,{cast.bruno.email}\n"))
    assert Customer.objects.get(name="Casa Roja").owner is None


def test_a_contact_without_company_becomes_a_person(hubspot: str) -> None:
    iris = Customer.objects.get(name="Iris Lone")
    assert iris.kind == "person" and iris.contacts.get().points.filter(kind="email").exists()


def test_contacts_go_to_the_company_of_their_domain_id_or_name(load) -> None:
    load("customers", "salesforce_Account.csv")
    load("contacts", "salesforce_Contact.csv")
    assert Contact.objects.get(name="Ashley Brock").customer.name == "Walker Henson and Compton"
    load("contacts", "odoo_contactos.csv")
    assert Contact.objects.get(name="Amaia Etxeberria").customer.name == "Aceros del Norte"


def test_contacts_before_their_companies_are_joined_by_them_later(load) -> None:
    load("contacts", "hubspot_contacts.csv")
    assert Customer.objects.filter(name="alderfinch.example").exists()
    load("customers", "hubspot_companies.csv")
    assert Contact.objects.get(name="Francisca Small").customer.name == "Alder & Finch"
    assert not Customer.objects.filter(name="alderfinch.example").exists()


def test_a_company_id_that_is_not_here_is_rejected(load) -> None:
    assert "1 created + 0 updated + 0 unchanged + 1 rejected = 2 rows" in load("contacts", "salesforce_Contact.csv")


def test_salesforce_calls_count_by_their_disposition_only(load) -> None:
    load("customers", "salesforce_Account.csv")
    load("contacts", "salesforce_Contact.csv")
    load("interactions", "salesforce_Task.csv")
    call = Interaction.objects.get(channel="call")
    assert (call.outcome, call.minutes) == ("reached", 6)
    assert Note.objects.filter(external_id="00TEc00000Co1WjMAJ").exists()


def test_phones_are_kept_in_e164_with_their_extension(hubspot: str) -> None:
    points = ContactPoint.objects.filter(customer__name="Bright, Cole and Daw", contact=None, kind="phone")
    assert [(point.value, point.label) for point in points] == [("+17819486348", "x4026")]
    assert ContactPoint.objects.filter(value="+34600112233").exists()


def test_a_cell_that_cannot_be_read_is_kept_and_its_row_too(load) -> None:
    out = load("customers", "clientes_preambulo.csv")
    assert "3 created + 0 updated + 0 unchanged + 1 rejected = 4 rows" in out
    kept = Customer.objects.get(name="Año Nuevo S.L.").custom
    assert kept == {"Teléfono": "esto no es un teléfono", "Correo": "no-es-correo", "Facturación anual": "x"}
    assert f"{Customer.objects.get(name='Peñalba e Hijos').annual_value}" == "12500.50"


def test_history_is_kept_by_bulk_too(hubspot: str) -> None:
    customer = Customer.objects.get(name="Alder & Finch")
    state = customer.history.get()
    assert (state.history_type, state.name, state.history_change_reason) == (
        "+",
        "Alder & Finch",
        "import hubspot_companies.csv",
    )
    held = Interaction.objects.get(counts_as="personal")
    assert held.history.get().outcome == "reached"
    assert [one.name for one in held.participants.all()] == ["Owen Bright"]


def test_labels_are_kept_in_history_too(load, tmp_path: Path) -> None:
    load("customers", write(tmp_path, "a.csv", "Id,Name,Tags\n1,Casa Roja,vip; norte\n"))
    customer = Customer.objects.get(name="Casa Roja")
    assert sorted(customer.tags.values_list("name", flat=True)) == ["norte", "vip"]
    assert customer.history.get().tags.count() == 2


def test_a_changed_row_updates_and_keeps_both_states(load, hubspot: str, tmp_path: Path) -> None:
    path = tmp_path / "hubspot_companies.csv"
    path.write_text(
        path.read_text().replace("Alder & Finch", "Alder, Finch and Sons").replace(",Retail,", ",,"), encoding="utf-8"
    )
    path.write_text(path.read_text().replace("Alder, Finch and Sons", '"Alder, Finch and Sons"'), encoding="utf-8")
    assert "0 created + 1 updated + 3 unchanged" in load("customers", "hubspot_companies.csv")
    customer = Customer.objects.get(name="Alder, Finch and Sons")
    assert [state.name for state in customer.history.order_by("history_id")] == [
        "Alder & Finch",
        "Alder, Finch and Sons",
    ]
    assert customer.version == 2 and "sons" in customer.search_text


def test_an_import_again_does_not_give_a_client_back_to_their_old_owner(load, hubspot: str, cast: Cast) -> None:
    Customer.objects.filter(name="Alder & Finch").update(owner=cast.ana)
    load("customers", "hubspot_companies.csv")
    assert Customer.objects.get(name="Alder & Finch").owner == cast.ana


def test_what_a_person_deleted_stays_deleted(load, hubspot: str, cast: Cast) -> None:
    now = datetime.now(UTC)
    Interaction.objects.filter(counts_as="personal").update(deleted_at=now, deleted_by=cast.ana)
    assert "18 unchanged" in load("interactions", "hubspot_activities.csv")
    assert Interaction.objects.get(counts_as="personal").deleted_at == now


def test_what_is_explained_later_becomes_what_it_was(load, hubspot: str) -> None:
    out = load("interactions", "hubspot_activities.csv", "--no-outcome", "reached")
    assert "0 created + 2 updated + 16 unchanged" in out
    assert Interaction.objects.filter(counts_as__in=("attention", "personal")).count() == 4
    assert Note.objects.count() == 4


def test_never_contacted_clients_have_their_place_by_owner(load, hubspot: str) -> None:
    nora = Customer.objects.filter(owner__email="nora.field@firm.example").order_by("pk")
    assert [(one.import_k, one.import_n) for one in nora] == [(1, 2), (2, 2)]
    first = nora[0].history.get()
    assert (first.import_k, first.import_n) == (1, 2)


def test_a_break_between_chunks_is_made_good_by_running_it_again(load, monkeypatch: pytest.MonkeyPatch) -> None:
    def power_cut(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crm.importing.run.CHUNK", 2)
    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr("crm.importing.run.reindex", power_cut)
        broken.setattr("crm.importing.run.date_never_contacted", power_cut)
        load("customers", "hubspot_companies.csv")
    assert Customer.objects.count() == 4 and not Clock.objects.filter(customer__import_source="hubspot").exists()
    assert "4 unchanged" in load("customers", "hubspot_companies.csv")
    assert Clock.objects.filter(customer__import_source="hubspot", due_at__isnull=False).count() == 4
    assert not Customer.objects.filter(import_k=None).exists()


def test_a_dry_run_says_it_all_and_writes_nothing(load, tmp_path: Path) -> None:
    users = User.objects.count()
    out = load("customers", "clientes_preambulo.csv", "--dry-run")
    assert "nothing was written" in out and "3 created + 0 updated + 0 unchanged + 1 rejected = 4 rows" in out
    assert (Customer.objects.count(), User.objects.count()) == (0, users)
    assert not list(tmp_path.glob("*.rejected.csv"))


@pytest.mark.parametrize(
    ("kind", "name", "line"),
    [
        ("customers", "sin_sentido.csv", "--map"),
        ("interactions", "fechas_dudosas.csv", "--dates day-first|month-first"),
    ],
)
def test_below_its_confidence_it_stops_and_prints_the_line_to_complete(load, kind: str, name: str, line: str) -> None:
    with pytest.raises(CommandError) as stopped:
        load(kind, name)
    assert stopped.value.returncode == 2
    assert line in str(stopped.value) and f"import_csv {kind}" in str(stopped.value)
    assert Customer.objects.count() == 0


def test_calls_without_any_outcome_are_asked_about(load, tmp_path: Path) -> None:
    load("customers", write(tmp_path, "c.csv", "Id,Name\n1,Casa Roja\n"))
    write(tmp_path, "a.csv", "Fecha,Cliente,Tipo\n2025-03-04,Casa Roja,Llamada\n")
    with pytest.raises(CommandError, match="--no-outcome"):
        load("interactions", "a.csv")
    load("interactions", "a.csv", "--no-outcome", "reached")
    assert Interaction.objects.get().counts_as == "attention"


def test_a_future_mail_is_rejected_and_a_time_just_ahead_is_now(load, tmp_path: Path) -> None:
    load("customers", write(tmp_path, "c.csv", "Id,Name\n1,Casa Roja\n"))
    soon = (datetime.now(UTC) + timedelta(minutes=3)).isoformat(timespec="seconds")
    later = (datetime.now(UTC) + timedelta(days=3)).isoformat(timespec="seconds")
    rows = f"{soon},Casa Roja,Llamada,Contestó\n{later},Casa Roja,Correo,Enviado\n{later},Casa Roja,Visita,Programada\n"
    out = load("interactions", write(tmp_path, "a.csv", f"Fecha,Cliente,Tipo,Resultado\n{rows}"))
    assert "2 created + 0 updated + 0 unchanged + 1 rejected = 3 rows" in out
    assert Interaction.objects.get().at <= datetime.now(UTC) and Task.objects.get().channel == "visit"


def test_two_clients_of_one_name_and_different_addresses_stay_two(load, tmp_path: Path) -> None:
    write(tmp_path, "a.csv", "Name,Email\nJuan García,juan@uno.example\nJuan García,juan@dos.example\n")
    assert "2 created" in load("customers", "a.csv")
    assert "2 unchanged" in load("customers", "a.csv")


def test_a_row_with_too_many_cells_is_rejected(load, tmp_path: Path) -> None:
    out = load("customers", write(tmp_path, "a.csv", "Name,City\nCasa Roja,Soria\nCasa, Verde,Soria\n"))
    assert "1 created + 0 updated + 0 unchanged + 1 rejected = 2 rows" in out


def test_a_missing_file_or_map_is_said_clearly(load, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no file"):
        call_command("import_csv", "customers", str(tmp_path / "none.csv"))
    with pytest.raises(CommandError, match="THEIRS=OURS"):
        load("customers", "hubspot_companies.csv", "--map", "City")
    with pytest.raises(CommandError, match="Fields: external_id, name"):
        load("customers", "hubspot_companies.csv", "--map", "City=town")


def test_labels_of_google_are_tags_only_for_customers_and_both_phones_are_kept(load) -> None:
    load("contacts", "google_contacts.csv")
    zoe = Contact.objects.get(name="Zoë Smith")
    assert {point.value for point in zoe.points.filter(kind="phone")} == {
        "(757) 555-0101",
        "+442079460958",
        "+442079460959",
    }
    assert zoe.customer.name == "Unicode Works" and zoe.personal_notes.startswith("Met at the fair")


def test_the_text_to_find_a_client_by_is_what_reindexing_makes(hubspot: str) -> None:
    ids = list(Customer.objects.values_list("pk", flat=True))
    before = {one.pk: set(one.search_text.split(" | ")) for one in Customer.objects.all()}
    reindex(ids)
    assert {one.pk: set(one.search_text.split(" | ")) for one in Customer.objects.all()} == before
    assert search_text_of("Ñu S.A.", "", [], [Address("phone", "+34 600")]) == "nu s.a. | 34600"
