"""Lists, counts, charts, type-aheads and menus are the same byte for byte with and without a foreign client."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts.models import Membership, Team, User
from alerts.sweep import run_sweep
from crm.models import Contact, Customer, Note, Tag, Task
from tests.cast import Cast
from tests.gates.samples import Samples, build_samples, form_data
from tests.gates.scene import admit, mails, plan
from tests.gates.watch import Browsers, plain
from tests.portfolio import NOW, client_of, logged, person_at

pytestmark = pytest.mark.django_db
#: Ids that stand nowhere else in a page.
FOREIGN, NOBODYS = 7654321, 9876543

PAGES = (
    "/",
    "/customers/",
    "/customers/?tab=teams",
    "/customers/?q=ferreteria",
    "/customers/?q=954550",
    "/customers/?sort=value",
    "/customers/?sort=name&tab=teams",
    "/customers/?sort=last&state=overdue&state=fine",
    "/customers/?mark=never&mark=key",
    "/customers/?archived=1",
    "/customers/?currency=COP",
    "/customers/?stage=care&owner=none",
    "/customers/?promises=broken",
    "/alerts/",
    "/alerts/?tab=mine",
    "/alerts/?tab=teams",
    "/alerts/?tab=snoozed",
    "/alerts/?tab=answered",
    "/alerts/?tab=waiting",
    "/alerts/?kind=promise",
    "/at-risk/",
    "/at-risk/week/",
    "/customers/?among=came-overdue",
    f"/at-risk/{NOW:%Y-%m-%d}/",
    "/promises-kept/",
    "/watch-list/",
    "/customers/?mark=watched",
    "/team/",
    "/settings/promises/",
    "/sent-mail/",
    "/find/?q=ferreteria",
    "/find/?q=ajena",
    "/find/?q=954550188",
    "/find/?q=Quispe&for=log",
    "/log/",
    "/customers/new/",
    "/preferences/",
)
#: What shows the reader only clients whose whole record is theirs: a team-mate's makes no difference there.
WHOLE_PAGES = tuple(page for page in PAGES if "teams" not in page and "find" not in page and "q=" not in page)


@pytest.fixture(scope="module")
def samples(stage: Cast) -> Samples:
    made = build_samples(stage)
    run_sweep(NOW)
    return made


def foreign(owner: User, team: Team) -> Customer:
    """A client like Ana's own, with everything that a page could tell of it; a tag, a city, a currency of its own."""
    made = client_of(
        owner, "Ferretería Ajena", team, phone="+34954550188", city="Arequipa", country="PE", source="Vecino",
        annual_value=77_000, currency="COP", key=True, added="03-02 10:00", custom={"Zona": "Sur"},
    )  # fmt: skip
    made.tags.add(Tag.objects.create(name="ajena"))
    person_at(made, "Rosa Quispe", "+34954550188")
    logged(made, owner, "10-01 11:00", summary="Nada")
    Note.objects.create(customer=made, text="Nada", at=NOW - dt.timedelta(days=3), by=owner)
    plan(made, owner, "Paso ajeno", days=-2)
    run_sweep(NOW)
    mails(owner, admit(customer=made))
    return made


def bodies(browsers: Browsers, actors: tuple[str, ...], pages: tuple[str, ...]) -> dict[tuple[str, str, bool], str]:
    """Every page for everybody, whole and as htmx asks for it."""
    found = {}
    for actor in actors:
        for page in pages:
            for part in (False, True):
                headers = {"HX-Request": "true"} if part else {}
                answer = browsers.of(actor).get(page, headers=headers)
                told = f"{answer.status_code} {answer.headers.get('Location', '')}\n"
                found[actor, page, part] = told + plain(answer.content)
    return found


def differences(before: dict[Any, str], after: dict[Any, str]) -> dict[Any, list[str]]:
    """The first lines that are not the same, for each page."""
    found = {}
    for key, text in before.items():
        if text != after[key]:
            pairs = zip(text.splitlines(), after[key].splitlines(), strict=False)
            found[key] = next(([a.strip(), b.strip()] for a, b in pairs if a != b), ["…", "longer"])
    return found


def newcomer(team: Team) -> None:
    """Somebody whom strangers cannot choose or see."""
    person = User.objects.create(email="rosa@constante.test", name="Rosa Nueva", time_zone="America/Bogota")
    Membership.objects.create(user=person, team=team, is_primary=True)


@pytest.mark.parametrize(("team", "strangers"), [("andes", ("ana", "bruno", "carla")), ("iberia", ("diego", "fatima"))])
def test_another_teams_client_changes_nothing(
    team: str, strangers: tuple[str, ...], stage: Cast, samples: Samples, browsers: Browsers, apart: None
) -> None:
    if team == "iberia":
        client_of(stage.diego, "Ferretería Propia", stage.andes)
        run_sweep(NOW)
    before = bodies(browsers, strangers, PAGES)
    theirs = getattr(stage, team)
    newcomer(theirs)
    foreign({"andes": stage.diego, "iberia": stage.ana}[team], theirs)

    assert differences(before, bodies(browsers, strangers, PAGES)) == {}


def test_a_mates_client_changes_nothing_where_the_whole_record_is_shown(
    stage: Cast, samples: Samples, browsers: Browsers, apart: None
) -> None:
    before = bodies(browsers, ("bruno",), WHOLE_PAGES)
    foreign(stage.ana, stage.iberia)

    assert differences(before, bodies(browsers, ("bruno",), WHOLE_PAGES)) == {}


def test_the_comparison_can_see_a_leak(stage: Cast, samples: Samples, browsers: Browsers, apart: None) -> None:
    before = bodies(browsers, ("ana",), ("/customers/", "/alerts/", "/find/?q=ajena"))
    foreign(stage.ana, stage.iberia)

    assert len(differences(before, bodies(browsers, ("ana",), ("/customers/", "/alerts/", "/find/?q=ajena")))) == 6


def test_a_form_tells_nothing_of_a_foreign_client(
    stage: Cast, samples: Samples, browsers: Browsers, apart: None
) -> None:
    from crm.forms.customer import CustomerForm

    ana = browsers.of("ana")
    edit = form_data(CustomerForm(instance=samples.customer, user=stage.ana)) | {"referrer": "Ferretería Ajena"}
    address = f"/customers/{samples.customer.pk}/edit/"
    before = plain(ana.post(address, edit).content)
    made = foreign(stage.diego, stage.andes)

    assert plain(ana.post(address, edit).content) == before
    new = {
        "name": "Ferretería Ajena", "kind": "organisation", "stage": "care", "phones": "+34 954 550 188",
        "owner": stage.ana.pk, "custom": "", "sure": "",
    }  # fmt: skip
    Customer.objects.filter(pk=samples.customer.pk).delete()
    assert ana.post("/customers/new/", new).status_code == 302, "it was compared with a client that is not theirs"
    ana.get("/preferences/")  # Takes the note that somebody new is there.
    _ids_tell_nothing(ana, samples.queue, made)


def _ids_tell_nothing(ana: Any, own: Customer, made: Customer) -> None:
    """A foreign id in a form is answered like one that was never given."""
    entry = {"customer": own.pk, "channel": "call", "direction": "out", "outcome": "reached"}
    Contact.objects.create(pk=FOREIGN, customer=made, name="Rosa Quispe")
    Task.objects.create(pk=FOREIGN, customer=made, title="Paso ajeno", due_on=NOW.date())
    for path in ("/log/", "/log/preview/"):
        for name in ("participants", "done_tasks"):
            theirs, nobodys = (ana.post(path, entry | {name: value}) for value in (FOREIGN, NOBODYS))
            assert theirs.status_code == nobodys.status_code
            said = plain(theirs.content).replace(str(FOREIGN), str(NOBODYS))
            assert said == plain(nobodys.content), (path, name)
