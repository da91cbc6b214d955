"""Every text that people read can be translated: pages, mails, faults of forms and texts for scripts are drawn in a
language that puts ⟦…⟧ around whatever is translated; what stands outside is data of the scene, or was forgotten.
"""

from __future__ import annotations

import datetime as dt
import html as markup
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db.models import Model
from django.test import override_settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import trans_real

from accounts.calendar_holidays import days_of
from accounts.models import Absence, Calendar, Team, User
from alerts.choices import Purpose
from alerts.hand_overs import to_hand_back, to_hand_over
from alerts.mail.letters import Contents, render
from alerts.mail.stories import stories_of
from alerts.models import Alert, AlertEvent, Delivery
from crm.models import Attachment, Contact, Customer, Interaction, Note, Segment, Tag, Task
from crm.templatetags.places import country_name
from retention.models import AttentionPolicy, PolicyChange, Reassignment
from retention.policies import Scope
from tests.cast import Cast
from tests.gates.samples import handed_over, promise_changed, promise_data, somebody_gone
from tests.gates.scene import Scene, rich
from tests.gates.watch import Browsers
from tests.portfolio import NOW

pytestmark = pytest.mark.django_db
Attempt = Callable[[], AbstractContextManager[None]]

PSEUDO = "xx"
#: Attributes that are read to people, or by scripts that show them.
ATTRIBUTES = ("title", "aria-label", "aria-description", "placeholder", "alt", "label", "content", "value")
#: Data attributes that hold keys, addresses and switches, never words.
SWITCHES = re.compile(r"data-(bs-.*|css-inline|count|customer|dialog-open|digit|icon|keys|sign-in|uncounted)")
#: Names of things, in every language: the product, currencies, zones, countries, languages.
NAMES = "Constante Constante's EUR USD UTC https http www example html utf-8 csp width device-width initial-scale"
#: What the scene's alerts and this module's forms say.
WRITTEN_IN_FORMS = "Europe xx US Cierran en invierno nadie Nada Paso Zz"
INPUTS_WITH_WORDS = ("submit", "button", "reset")


class Pseudo(trans_real.DjangoTranslation):
    """A language in which everything is translated."""

    def __init__(self) -> None:
        super().__init__("en")
        self._DjangoTranslation__language = PSEUDO

    def to_language(self) -> str:
        return PSEUDO

    def language(self) -> str:
        return PSEUDO

    def gettext(self, message: str) -> str:
        # Formats of dates and numbers are no words.
        text = message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]
        return f"⟦{text}⟧" if text else ""

    def ngettext(self, one: str, many: str, n: int) -> str:
        return self.gettext(one if n == 1 else many)


@pytest.fixture(scope="module")
def scene(stage: Cast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The scene, whose people all read the pseudo-language."""
    made = rich(stage)
    promise_changed(stage)
    handed_over(stage)
    somebody_gone(stage)
    User.objects.update(language=PSEUDO)
    folder = tmp_path_factory.mktemp("locale")
    (folder / PSEUDO / "LC_MESSAGES").mkdir(parents=True)
    import polib

    polib.POFile().save_as_mofile(str(folder / PSEUDO / "LC_MESSAGES" / "django.mo"))
    with override_settings(LANGUAGES=[(PSEUDO, "Xx")], LOCALE_PATHS=[folder], LANGUAGE_CODE=PSEUDO):
        machinery: Any = trans_real
        machinery._translations[PSEUDO] = machinery._default = Pseudo()
        yield made
    translation.activate(settings.LANGUAGE_CODE)


#: Rows whose words people wrote; what else is in the database are the engine's own keys.
WRITTEN: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (Customer, ("name", "city", "country", "time_zone", "source", "care_note", "website", "custom")),
    (Contact, ("name", "addressed_as", "role", "preferred_hours", "stance_why", "personal_notes")),
    (Interaction, ("summary",)),
    (Note, ("text",)),
    (Attachment, ("title",)),
    (Task, ("title",)),
    (Tag, ("name",)),
    (Segment, ("name",)),
    (Team, ("name",)),
    (Calendar, ("name",)),
    (User, ("name", "email")),
    (Delivery, ("last_error",)),
    (AttentionPolicy, ("reason",)),
    (Reassignment, ("reason",)),
)


@pytest.fixture(scope="module")
def known(scene: Scene) -> set[str]:
    """The words that the scene's people wrote, and names of things."""
    texts = [str(value) for model, names in WRITTEN for row in model._base_manager.values_list(*names) for value in row]
    with translation.override(PSEUDO):
        # Names of holidays are the library's, in the languages that it knows; zones have their own.
        calendars = Calendar.objects.all()
        texts += [
            name for one in calendars for year in (2026, 2027) for name in days_of(one.country, "", year).values()
        ]
        texts += [one.zone for one in calendars]
    countries = [country_name(code) for code in Customer.objects.values_list("country", flat=True)]
    return {word.lower() for word in words_of(" ".join([*texts, *countries, NAMES, WRITTEN_IN_FORMS]))}


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]{2,}", text)


def outside(text: str) -> str:
    """The text without what is translated."""
    kept, depth = [], 0
    for letter in text:
        depth += (letter == "⟦") - (letter == "⟧")
        if depth <= 0 and letter != "⟧":
            kept.append(letter)
            depth = 0
    return re.sub(r"\S+@\S+|https?://\S+|(?<!\w)/\S*", " ", "".join(kept))


class Reader(HTMLParser):
    """Collects what people read of a page: texts, the attributes that are read out, what scripts show."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, str]] = []
        self.script = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag not in ("input", "meta", "link", "img", "br", "hr", "use", "path", "base", "col", "source", "wbr"):
            self.open.append(tag)
        self.script = said.get("type") or "" if tag == "script" else ""
        for name, value in attrs:
            if value and self.is_read(tag, name, said):
                self.found.append((f"<{tag} {name}>", value))

    def is_read(self, tag: str, name: str, said: dict[str, str | None]) -> bool:
        if name == "value":
            return tag == "input" and said.get("type") in INPUTS_WITH_WORDS
        if name == "content":
            return said.get("name") == "description"
        return name in ATTRIBUTES or (name.startswith("data-") and not SWITCHES.fullmatch(name))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        inner = self.open[-1] if self.open else ""
        if inner == "style" or not data.strip():
            return
        if inner == "script":
            if "json" in self.script:
                self.found += [("<script>", text) for text in strings(json.loads(data))]
            return
        # Names of keys, and the two letters in place of a picture.
        if inner == "kbd" or re.fullmatch(r"\s*[^\W\d_a-z]{2}\s*", data):
            return
        # Names of zones, countries and languages are their own.
        if inner == "option" and "select" in self.open and not any(letter in data for letter in "⟦"):
            return
        self.found.append((f"<{inner}>", data))


def strings(value: Any) -> Iterator[str]:
    """The texts in a value for scripts; addresses are none."""
    if isinstance(value, str):
        yield "" if value.startswith("/") else value
    elif isinstance(value, dict):
        for name, one in value.items():
            # Keys of the stylesheet.
            if name != "states":
                yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


def forgotten(page: str, known: set[str]) -> list[str]:
    """What stands in the page that is neither translated nor data."""
    reader = Reader()
    reader.feed(page)
    found = []
    for place, text in reader.found:
        strange = [word for word in words_of(outside(text)) if word.lower() not in known]
        if strange:
            found.append(f"{place} {' '.join(text.split())[:140]!r}: {' '.join(strange[:8])}")
    return list(dict.fromkeys(found))


def addresses(scene: Scene) -> list[tuple[str, str]]:
    """Who asks, which page."""
    pk, alert, mail = scene.customer.pk, scene.alert.pk, scene.mail.pk
    call = scene.customer.interactions.earliest("pk").pk
    person = scene.customer.contacts.get().pk
    paper = scene.customer.attachments.earliest("pk").pk
    mine = [
        "/", "/customers/", "/customers/?tab=teams", "/customers/?q=nadie", "/customers/?state=overdue&mark=key",
        f"/customers/{pk}/", f"/customers/{pk}/changes/", f"/customers/{pk}/edit/", "/customers/new/",
        f"/customers/{pk}/person/", f"/contacts/{person}/edit/", f"/customers/{pk}/note/", f"/customers/{pk}/care/",
        f"/customers/{pk}/stage/", f"/customers/{pk}/next-step/", f"/customers/{pk}/agreed-date/",
        f"/customers/{pk}/no-follow-up/", f"/customers/{pk}/files/", f"/customers/{pk}/files/add/",
        f"/files/{paper}/change/", f"/interactions/{call}/edit/", f"/log/?customer={pk}", "/log/",
        "/find/?q=taller", "/find/?q=nadie", "/find/?q=taller&for=log", "/alerts/", "/alerts/?tab=snoozed",
        "/alerts/?tab=answered", "/alerts/?tab=waiting", f"/alerts/{alert}/", "/sent-mail/", f"/sent-mail/{mail}/",
        "/preferences/", "/nowhere/", "/at-risk/", "/accounts/password/change/", "/accounts/logout/",
        f"/away/{scene.customer.owner_id}/", f"/people/{scene.customer.owner_id}/",
    ]  # fmt: skip
    mails = [f"/sent-mail/{pk}/" for pk in Delivery.objects.exclude(pk=mail).values_list("pk", flat=True)]
    theirs = [
        "/", "/alerts/", "/at-risk/", "/at-risk/week/", "/team/", "/watch-list/", "/people/", f"/customers/{pk}/",
        "/how-we-do/", "/how-we-do/alerts/", "/how-we-do/contacts/",
    ]  # fmt: skip
    settings_of = ["", "everybody/", f"customers/{pk}/", f"changes/{PolicyChange.objects.get().pk}/"]
    nobodys = [
        "/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/inactive/",
        "/accounts/password/reset/key/1-none/", "/accounts/password/reset/key/done/", *scene.links(),
    ]  # fmt: skip
    return [
        *(("ana", path) for path in mine),
        *(("eva", path) for path in [*theirs, *mails]),
        *(("eva", f"/settings/promises/{path}") for path in settings_of),
        ("eva", "/customers/?tick=1&state=overdue"),
        ("eva", "/reassign/"),
        ("eva", f"/reassign/?owner={scene.customer.owner_id}"),
        *(("eva", f"/reassign/{pk}/") for pk in Reassignment.objects.values_list("pk", flat=True)),
        ("eva", f"/people/{scene.customer.owner_id}/leave/"),
        ("carla", f"/people/{User.objects.get(role='supervisor', name__startswith='Carla').pk}/"),
        ("eva", f"/people/{User.objects.get(role='supervisor', name__startswith='Carla').pk}/leave/"),
        ("eva", f"/people/{User.objects.get(is_active=False).pk}/"),
        ("eva", f"/people/{User.objects.get(is_active=False).pk}/return/"),
        ("eva", "/settings/segments/new/"),
        ("eva", f"/settings/segments/{PolicyChange.objects.get().segment_id}/end/"),
        ("eva", f"/people/{scene.customer.owner_id}/change/"),
        ("eva", "/settings/languages/"),
        ("eva", "/settings/teams/"),
        ("eva", "/settings/teams/new/"),
        ("eva", f"/settings/teams/{scene.customer.team_id}/"),
        ("eva", "/people/invite/"),
        ("eva", "/people/invite/several/"),
        ("eva", "/settings/calendars/"),
        ("eva", "/settings/calendars/new/"),
        ("eva", f"/settings/calendars/{Calendar.objects.earliest('pk').pk}/"),
        ("eva", "/settings/alerts/"),
        ("eva", "/settings/mail/"),
        ("eva", "/settings/what-counts/"),
        ("eva", "/settings/what-counts/history/"),
        ("eva", "/settings/what-counts/call/out/left_message/"),
        *(("carla", path) for path in theirs),
        ("fatima", f"/customers/{pk}/"),
        *(("nobody", path) for path in nobodys),
    ]


def test_every_page_can_be_translated(scene: Scene, known: set[str], browsers: Browsers) -> None:
    found = {}
    for who, path in addresses(scene):
        parts = (True,) if path.startswith("/find/") else (False, True) if path.startswith("/customers/?") else (False,)
        for part in parts:
            answer = browsers.of(who).get(path, headers={"HX-Request": "true"} if part else {})
            assert answer.status_code in (200, 403, 404), (who, path, answer.status_code)
            if wrong := forgotten(answer.content.decode(), known):
                found[f"{who} {path}"] = wrong
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)


def posts(scene: Scene) -> list[tuple[str, str, dict[str, Any]]]:
    """Forms filled in wrongly, and what is said after good ones."""
    pk, alert = scene.customer.pk, scene.alert.pk
    call = {"customer": pk, "channel": "call", "direction": "out", "outcome": "reached"}
    return [
        ("eva", "/settings/promises/everybody/", {"attention_amount": "0", "do": "force"}),
        ("eva", "/settings/promises/everybody/", promise_data(Scope()) | {"do": "preview"}),
        ("eva", "/settings/promises/everybody/", promise_data(Scope()) | {"seen": "", "base": "1"}),
        ("eva", "/settings/promises/everybody/", promise_data(Scope()) | {"reason": ""}),
        ("eva", f"/reassign/?owner={scene.customer.owner_id}", {"do": "preview", "to": "queue"}),
        ("eva", f"/reassign/?owner={scene.customer.owner_id}", {"do": "force", "to": "queue", "seen": "x"}),
        ("eva", f"/reassign/?owner={scene.customer.owner_id}", {"do": "preview"}),
        ("eva", f"/people/{scene.customer.owner_id}/leave/", {"do": "preview", "to": "queue"}),
        ("eva", f"/people/{scene.customer.owner_id}/leave/", {"do": "force", "to": "queue", "seen": "x"}),
        ("eva", f"/people/{User.objects.get(is_active=False).pk}/return/", {}),
        ("eva", "/settings/what-counts/history/", {"do": "preview"}),
        ("eva", f"/people/{scene.customer.owner_id}/change/", {"name": ""}),
        (
            "eva",
            f"/people/{scene.customer.owner_id}/change/",
            {"name": "Paso", "language": PSEUDO, "zone": "UTC", "administrator": "on"},
        ),
        ("eva", f"/settings/teams/{scene.customer.team_id}/", {"do": "rename", "name": "Andes"}),
        ("eva", f"/settings/teams/{scene.customer.team_id}/", {"calendar": str(Calendar.objects.latest("pk").pk)}),
        ("eva", "/people/invite/", {"name": "", "email": "x"}),
        ("eva", "/people/invite/", {"name": "Paso", "email": "ana@constante.test"}),
        ("eva", "/people/invite/several/", {"people": "nadie\nana@constante.test\nzz@xx.example\nzz@xx.example"}),
        ("eva", "/settings/what-counts/call/out/left_message/", {"counts_as": "attention", "base": "attempt"}),
        ("eva", "/settings/what-counts/call/out/left_message/", {"counts_as": "nothing", "base": "nothing"}),
        ("ana", "/log/", {"customer": pk}),
        ("ana", "/log/", call | {"at": "2026-12-24T10:00"}),
        ("ana", "/log/", call | {"at": "xyz", "minutes": "x", "sentiment": "9", "next_step": "Paso"}),
        ("ana", "/log/preview/", call),
        ("ana", "/log/preview/", call | {"outcome": "no_answer"}),
        ("ana", "/log/preview/", call | {"direction": "in", "outcome": "missed"}),
        ("ana", "/customers/new/", {}),
        ("ana", "/customers/new/", {"name": "Ferretería Solís", "kind": "organisation", "stage": "care"}),
        ("ana", "/customers/new/", {"name": "Zz", "annual_value": "-3", "phones": "12", "emails": "x", "website": "y"}),
        ("ana", f"/customers/{pk}/person/", {"stance": "against", "birthday": "2030-01-01", "phones": "1"}),
        ("ana", f"/customers/{pk}/agreed-date/", {"day": "2020-01-01"}),
        ("ana", f"/customers/{pk}/agreed-date/", {"day": "2026-12-01"}),
        ("ana", f"/customers/{pk}/no-follow-up/", {"reason": "Nada", "review_on": "2031-01-01"}),
        ("ana", f"/customers/{pk}/next-step/", {"title": "", "due_on": "x"}),
        ("ana", f"/customers/{pk}/stage/", {"stage": "zz"}),
        ("ana", f"/alerts/{alert}/snooze/", {"days": "5"}),
        ("ana", f"/alerts/{alert}/snooze/", {"days": "0"}),
        ("ana", f"/alerts/{alert}/dismiss/", {}),
        ("ana", f"/alerts/{alert}/resume/", {}),
        ("ana", f"/away/{scene.customer.owner_id}/", {"first": "x", "last": "2099-01-01"}),
        ("ana", f"/away/{scene.customer.owner_id}/", {"first": "2026-12-01"}),
        ("ana", f"/away/{scene.customer.owner_id}/", {"first": "2026-12-02", "last": "2026-12-01"}),
        ("ana", "/preferences/", {"name": "", "time_zone": "Nowhere", "digest_hour": "x"}),
        ("ana", "/accounts/password/change/", {"oldpassword": "x", "password1": "123", "password2": "4"}),
        ("nobody", "/accounts/login/", {"login": "ana@constante.test", "password": "x"}),
        ("nobody", "/accounts/login/", {"login": "ana"}),
        ("nobody", "/accounts/password/reset/", {"email": "x"}),
        *(("nobody", link, {"outcome": "x", "days": "9"}) for link in scene.links()[:2]),
    ]


def test_every_fault_of_a_form_can_be_translated(
    scene: Scene, known: set[str], browsers: Browsers, attempt: Attempt
) -> None:
    found = {}
    for who, path, data in posts(scene):
        target = {"HX-Target": "alert-note-1"} if path.startswith("/alerts/") else {}
        with attempt():
            answer = browsers.of(who).post(path, data, headers={"HX-Request": "true", **target})
        assert answer.status_code in (200, 204, 422), (path, data, answer.status_code)
        said = json.loads(answer.headers.get("HX-Trigger", "{}")).get("toast", {}).get("text", "")
        if wrong := forgotten(f"{answer.content.decode()}<p>{markup.escape(said)}</p>", known):
            found[f"{path} {data}"] = wrong
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)


def test_every_note_after_an_action_can_be_translated(
    scene: Scene, known: set[str], browsers: Browsers, attempt: Attempt
) -> None:
    pk, alert = scene.customer.pk, scene.alert.pk
    call = {"customer": pk, "channel": "call", "direction": "out", "outcome": "reached"}
    actions: list[tuple[str, dict[str, Any]]] = [
        ("/log/", call),
        ("/log/", call | {"at": "2026-12-24T10:00", "plan": "1"}),
        (f"/customers/{pk}/archive/", {}),
        (f"/customers/{pk}/unarchive/", {}),
        (f"/customers/{pk}/stage/", {"stage": "loyal"}),
        (f"/customers/{pk}/care/", {"care_note": "Nada"}),
        (f"/customers/{pk}/note/", {"text": "Nada"}),
        (f"/customers/{pk}/next-step/", {"title": "Paso", "due_on": "2026-12-01"}),
        (f"/customers/{pk}/agreed-date/", {"day": "2026-12-01", "reason": "Nada"}),
        (f"/customers/{pk}/agreed-date/withdraw/", {}),
        (f"/customers/{pk}/no-follow-up/", {"reason": "Nada", "review_on": "2027-02-01"}),
        (f"/customers/{pk}/no-follow-up/end/", {}),
        (f"/alerts/{alert}/snooze/", {"days": "1"}),
        (f"/alerts/{alert}/on-it/", {}),
        (f"/alerts/{alert}/dismiss/", {"reason": "Nada"}),
        ("/sent-mail/test/", {}),
    ]
    found = {}
    for path, data in actions:
        with attempt():
            answer = browsers.of("ana").post(path, data, headers={"HX-Request": "true"})
        said = json.loads(answer.headers.get("HX-Trigger", "{}"))
        assert answer.status_code == 204, (path, answer.status_code, answer.content[:2000].decode())
        if wrong := forgotten(f"<p>{markup.escape(said['toast']['text'])}</p>", known):
            found[path] = wrong
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)


def letters(scene: Scene) -> Iterator[tuple[str, str, str]]:
    """Each kind of mail for everybody who gets it: its name, as HTML, and as text with its subject."""
    events = list(AlertEvent.objects.select_related("alert").order_by("pk"))
    alerts = {event.alert_id for event in events}
    ana = User.objects.get(email__startswith="ana@")
    away = Absence(user=ana, starts_at=NOW - dt.timedelta(days=9), ends_at=NOW + dt.timedelta(days=9))
    back = to_hand_back(away, NOW, NOW)
    for reader in User.objects.filter(email__regex="^(ana|carla|eva)"):
        for purpose in (Purpose.SINGLE, Purpose.LIST, Purpose.MORNING):
            for chosen in ([one] for one in events) if purpose == Purpose.SINGLE else (events,):
                with translation.override(PSEUDO):
                    contents = Contents(list(chosen), stories_of(alerts, NOW))
                    made = render(Delivery(purpose=purpose), reader, contents, NOW)
                yield f"{purpose} {reader}", made.html, f"{made.subject}\n{made.text}"
        for purpose, handed in ((Purpose.HAND_OVER, to_hand_over(away, NOW)), (Purpose.HAND_BACK, back)):
            with translation.override(PSEUDO):
                made = render(Delivery(purpose=purpose), reader, Contents(handing=handed), NOW)
            yield f"{purpose} {reader}", made.html, f"{made.subject}\n{made.text}"
        for changed in changes_of(away):
            with translation.override(PSEUDO):
                made = render(Delivery(purpose=Purpose.HAND_OVER), reader, Contents(handing=changed), NOW)
            yield f"hand-over changed {reader}", made.html, f"{made.subject}\n{made.text}"
        with translation.override(PSEUDO):
            made = render(Delivery(purpose=Purpose.TEST), reader, Contents([], {}), NOW)
        yield f"test {reader}", made.html, f"{made.subject}\n{made.text}"


def changes_of(away: Absence) -> list[dict[str, Any]]:
    """What a cover hears when an absence is not what it was."""
    said = to_hand_over(away, NOW)
    days = said["starts_at"], said["ends_at"]
    over = {"clients": 0, "groups": {}}
    return [
        said | {"was": list(days)},
        said | {"was": [days[0], None]},
        *(said | over | {"over": why, "by": ""} for why in ("withdrawn", "back", "cover")),
        said | over | {"over": "cover", "by": "Bruno Sanz"},
    ]


def test_every_mail_can_be_translated(scene: Scene, known: set[str]) -> None:
    found: dict[str, list[str]] = {}
    for name, html, text in letters(scene):
        wrong = [*forgotten(html, known), *forgotten(f"<pre>{markup.escape(text)}</pre>", known)]
        if wrong:
            found[name] = list(dict.fromkeys([*found.get(name, []), *wrong]))
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)


def test_the_letter_about_an_account_can_be_translated(
    scene: Scene, known: set[str], browsers: Browsers, attempt: Attempt
) -> None:
    # As outside of tests: every mail becomes a delivery.
    with attempt(), override_settings(EMAIL_BACKEND="alerts.backend.OutboxBackend"):
        answer = browsers.of("nobody").post(reverse("account_reset_password"), {"email": "ana@constante.test"})
        assert answer.status_code == 302, answer.content.decode()
        letter = Delivery.objects.latest("pk")
    assert letter.purpose == Purpose.ACCOUNT
    assert "⟦" in letter.text_body
    assert forgotten(f"<pre>{markup.escape(letter.subject + letter.text_body)}</pre>{letter.html_body}", known) == []


def test_the_reader_finds_what_was_forgotten() -> None:
    script = '<script type="application/json">{"a": "b c de"}</script>'
    page = f'<p title="Oops">⟦Fine⟧ Solís</p><i data-undo="Undo"></i>{script}'
    assert len(forgotten(page, {"solís"})) == 3


def test_something_open_is_in_the_scene(scene: Scene) -> None:
    assert Alert.objects.open().count() > 8
    assert Path(settings.BASE_DIR, "locale", "es").exists()
