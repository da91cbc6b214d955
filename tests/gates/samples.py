"""The sample of each address: Ana's client and all that belongs to it, and what a browser would post there."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from accounts import absences
from accounts.calendar_plan import Edit, mark_of, plan_of
from accounts.models import Absence, User
from alerts import actions
from alerts.choices import DeliveryState, Purpose
from alerts.ladder_form import as_word
from alerts.ladder_terms import change_terms, in_force
from alerts.mail.tokens import Act, lines_address, token_of
from alerts.models import Alert, AlertEvent, Delivery
from alerts.sweep import run_sweep
from crm.choices import CountsAs, Outcome
from crm.forms.contact import ContactForm
from crm.forms.customer import CustomerForm
from crm.models import Attachment, Contact, Customer, Interaction, Segment, Task
from crm.stale import base_of
from crm.tasks import mark_done, plan_task
from retention import calendar_changes, policy_changes
from retention.counting_table import cell_of, change_cell
from retention.departure_form import LeaveForm
from retention.models import CalendarChange, PolicyChange, Reassignment, Recount, SaidContent, SegmentEnd
from retention.policies import TERMS, Scope
from retention.promise_form import seen_of
from retention.reassignment_form import ReassignForm, read_chosen
from retention.watch import say_content
from tests.cast import Cast
from tests.portfolio import NOW, base_of_call, client_of, logged, person_at
from tests.support.files import PDF, PNG, file_of, upload

TODAY = NOW.date()


@dataclass
class Samples:
    """Rows that addresses lead to."""

    ana: User
    customer: Customer
    queue: Customer
    person: Contact
    call: Interaction
    call_by_bruno: Interaction
    task: Task
    task_of_bruno: Task
    task_done: Task
    alert: Alert
    paused: Alert
    pause: AlertEvent
    mail: Delivery
    change: PolicyChange
    absence: Absence
    planned: int
    word: SaidContent
    counted: int
    ladder: int
    calendar_change: CalendarChange
    recount: Recount
    file: Attachment
    file_by_bruno: Attachment
    bruno: User
    reassignment: Reassignment
    ended: SegmentEnd
    gone: User

    def key(self, address: str) -> dict[str, Any]:
        """What `reverse` needs for an address."""
        name, _sign, variant = address.partition("#")
        if name == "account_reset_password_from_key":
            return {"uidb36": "1", "key": "none-such"}
        if name == "retention:alert-day":
            return {"day": TODAY.isoformat()}
        if name == "retention:counting-cell":
            return {"channel": "call", "direction": "out", "outcome": "left_message"}
        if name in ("alerts:settings-alerts-undo", "retention:counting-undo"):
            return {"pk": self.ladder if name.startswith("alerts") else self.counted}
        if name == "alerts:alert-undo":
            return {"event": self.pause.pk}
        if name == "accounts:absence-undo":
            return {"change": self.planned}
        if address == "alerts:mail-lines":
            return {"token": lines_address(delivery=self.mail.pk, reader=self.ana.pk).split("/")[3]}
        if name == "alerts:mail-lines":
            return {"token": "forged"}
        if name.startswith("alerts:mail-"):
            made = token_of(Act(name[12:]), delivery=self.mail.pk, reader=self.ana.pk, alert=self.alert.pk)
            return {"token": "forged" if variant else made}
        row = self._variants().get(address) if variant else self._row(name)
        return {"pk": row.pk} if row is not None else {}

    def _variants(self) -> dict[str, Any]:
        return {
            "crm:customer-detail#queue": self.queue,
            "crm:customer-edit#queue": self.queue,
            "crm:customer-take#queue": self.queue,
            "crm:interaction-edit#by-bruno": self.call_by_bruno,
            "crm:task-done#of-bruno": self.task_of_bruno,
            "crm:attachment-open#by-bruno": self.file_by_bruno,
        }

    def _row(self, name: str) -> Any:
        if name in ("crm:customer-list", "crm:customer-create"):
            return None
        starts = {
            "accounts:away": self.ana,
            "accounts:absence-": self.absence,
            "crm:customer-": self.customer,
            "crm:note-": self.customer,
            "crm:attachment-list": self.customer,
            "crm:attachment-add": self.customer,
            "crm:attachment-": self.file,
            "crm:contact-create": self.customer,
            "crm:contact-": self.person,
            "crm:task-create": self.customer,
            "crm:task-reopen": self.task_done,
            "crm:task-": self.task,
            "crm:agreed-": self.customer,
            "crm:no-follow-": self.customer,
            "crm:interaction-undo": self.call,
            "crm:interaction-edit": self.call,
            "crm:interaction-delete": self.call,
            "alerts:alert-list": None,
            "alerts:alert-resume": self.paused,
            "alerts:alert-": self.alert,
            "alerts:delivery-detail": self.mail,
            "alerts:delivery-letter": self.mail,
            "retention:watch-content": self.customer,
            "retention:watch-undo": self.word,
            "retention:policy-segment": self.change.segment,
            "retention:policy-customer": self.customer,
            "retention:policy-change": self.change,
            "retention:policy-undo": self.change,
            "retention:recount-ask": None,
            "retention:recount": self.recount,
            "retention:calendar-list": None,
            "retention:calendar-create": None,
            "retention:calendar-regions": None,
            "retention:calendar-change": self.calendar_change,
            "retention:calendar-undo": self.calendar_change,
            "retention:calendar-": self.calendar_change.calendar,
            "retention:teams-create": None,
            "retention:teams-": self.customer.team,
            "retention:person-return": self.gone,
            "retention:person": self.ana,
            "retention:reassignment": self.reassignment,
            "retention:reassign": None,
            "retention:segment-create": None,
            "retention:segment-ended": self.ended,
            "retention:segment-end-undo": self.ended,
            "retention:segment-": self.change.segment,
        }
        return next((row for start, row in starts.items() if name.startswith(start)), None)

    def url(self, address: str) -> str:
        """The address, with what a GET says in it."""
        path = reverse(address.partition("#")[0], kwargs=self.key(address))
        asked = {
            "crm:find": "?q=ferreteria",
            "crm:interaction-log": f"?customer={self.customer.pk}",
            "retention:reassign": f"?owner={self.ana.pk}&as_of={NOW:%Y-%m-%dT%H:%MZ}",
        }
        return path + asked.get(address, "")

    def data(self, address: str) -> dict[str, Any]:
        """What a browser would post: good enough to be taken from who may."""
        entry = {"channel": "call", "direction": "out", "outcome": "reached", "at": f"{NOW:%Y-%m-%dT%H:%M}"}
        later = (TODAY + dt.timedelta(days=9)).isoformat()
        posted: dict[str, dict[str, Any]] = {
            "account_login": {"login": "nobody@constante.test", "password": "wrong"},
            "account_reset_password": {"email": "nobody@constante.test"},
            "accounts:preferences": {
                "name": "Somebody", "language": "es", "time_zone": "Europe/Madrid", "theme": "dark",
                "digest_hour": "09:00",
            },
            "accounts:away": {"first": TODAY + dt.timedelta(days=9), "last": TODAY + dt.timedelta(days=11)},
            "accounts:absence-edit": {"first": TODAY + dt.timedelta(days=21), "last": TODAY + dt.timedelta(days=22)},
            "crm:interaction-log": entry | {"customer": self.customer.pk},
            "crm:interaction-preview": entry | {"customer": self.customer.pk},
            "crm:interaction-edit": entry | {"summary": "Another word"} | {"base": base_of_call(self.call, self.ana)},
            "crm:customer-create": {
                "name": "Óptica Nueva", "kind": "organisation", "stage": "care", "team": self.customer.team_id,
                "custom": "",
            },
            "crm:customer-edit": form_data(CustomerForm(instance=self.customer, user=self.ana)) | {"city": "Cádiz"},
            "crm:customer-stage": {"stage": "loyal"},
            "crm:customer-care": {"care_note": "Call late."},
            "crm:note-create": {"text": "They moved."},
            "crm:contact-create": {"name": "Marta Gil"},
            "crm:contact-edit": form_data(ContactForm(instance=self.person, customer=self.customer, user=self.ana))
            | {"role": "buys"},
            "crm:attachment-add": {"uploads": upload("Oferta.pdf", PDF), "whole": "1"},
            "crm:attachment-rename": {"title": "Oferta de mayo.pdf"},
            "crm:task-create": {"title": "Send the offer", "due_on": later},
            "crm:agreed-date": {"day": later, "reason": "They are on holiday"},
            "crm:no-follow-up": {"reason": "They asked for it", "review_on": later},
            "retention:watch-content": {"why": "They laughed."},
            "alerts:mail-call": {"outcome": "reached", "summary": "They are content."},
            "alerts:mail-snooze": {"days": 1},
            "alerts:alert-snooze": {"days": 1, "reason": "They asked"},
            "alerts:settings-alerts": ladder_data(),
            "alerts:alert-dismiss": {"reason": "They are closed in winter"},
            "retention:teams-create": {"name": "Norte", "calendar": self.calendar_change.calendar_id},
            "retention:teams-detail": {"do": "rename", "name": "Iberia y Baleares"},
            "retention:languages": {"language": "es", "zone": "Europe/Madrid"},
            "retention:person-change": {
                "name": "Ana T.", "language": "es", "zone": "Europe/Madrid", "primary": self.customer.team_id,
            },
            "retention:people-invite": {
                "name": "Gil Paz", "email": "gil@constante.test", "primary": self.customer.team_id, "language": "es",
            },
            "retention:people-invite-several": {
                "people": "Gil Paz <gil@constante.test>", "team": self.customer.team_id, "language": "es",
                "do": "invite",
            },
            "retention:segment-create": {"name": "Bronce"},
            "retention:segment-rename": {"name": "Plata vieja"},
            "retention:segment-move": {"to": "up"},
            "retention:segment-end": {"into": "none", "seen": "none", "reason": "Too few", "do": "force"},
            "retention:counting-cell": {"counts_as": "nothing", "base": "attempt", "reason": "Nobody hears it"},
            "retention:calendar-create": {"name": "Sevilla", "zone": "Europe/Madrid"},
            "retention:calendar-detail": {"do": "days", "first": later, "day_name": "Feria"},
            "retention:reassign": self._handing_over(),
            "retention:person-leave": self._leaving(),
            "retention:person-return": {"reason": "They stay"},
            "retention:policy-default": promise_data(Scope()),
            "retention:policy-segment": promise_data(Scope(self.change.segment)),
            "retention:policy-customer": promise_data(Scope(customer=self.customer)),
        }  # fmt: skip
        return posted.get(address, {})

    def _leaving(self) -> dict[str, Any]:
        """What the form would send after what it does was looked at."""
        said = {"to": "queue", "team_follows": "on", "reason": "A new job"}
        form = LeaveForm(said, person=self.ana)
        assert form.is_valid()
        return said | {"do": "force", "seen": form.signature()}

    def _handing_over(self) -> dict[str, Any]:
        """What the form would send after what it does was looked at."""
        eva = User.objects.get(role="administrator")
        chosen = read_chosen(QueryDict(self.url("retention:reassign").partition("?")[2]), NOW)
        said = {"to": self.bruno.pk, "team_follows": "on", "reason": "Fewer for Ana"}
        form = ReassignForm(said, reader=eva, chosen=chosen)
        assert form.is_valid()
        return said | {"do": "force", "seen": form.signature(chosen, chosen.customers(eva, NOW))}


def form_data(form: Any) -> dict[str, Any]:
    """What the form would send untouched."""
    values = {field.html_name: field.field.prepare_value(field.value()) for field in form}
    said = {name: getattr(value, "pk", value) for name, value in values.items() if value not in (None, False)}
    return {"base": base_of(form, form.instance)} | said


def promise_data(scope: Scope) -> dict[str, Any]:
    """What the form of a promise would send after its effect was looked at: more attention than before."""
    own = scope.current()
    nearest = own or Scope().current()
    assert nearest is not None
    terms = {name: getattr(nearest, name) for name in TERMS} | {"attention_amount": 21, "personal_amount": 90}
    return terms | {"base": own.pk if own else "", "seen": seen_of(terms), "reason": "Asked for", "do": "force"}


def build_samples(cast: Cast) -> Samples:
    """Ana's clients: one overdue with an alert, one just called, one paused; and one in the queue of her team."""
    customer = client_of(cast.ana, "Ferretería Solís", cast.iberia, phone="+34954550188", city="Sevilla")
    person = person_at(customer, "Julián Solís", "+34954550189")
    logged(customer, cast.ana, "10-01 11:00", summary="They lost a customer.", sentiment=1)
    asked: dict[str, Any] = {"due_on": TODAY + dt.timedelta(days=2), "promised": True, "actor": cast.ana, "now": NOW}
    task = plan_task(customer, title="Send the new prices", channel="call", **asked)
    done = plan_task(customer, title="Ask about the delivery", channel="", **asked)
    mark_done(done, actor=cast.ana, now=NOW)
    of_bruno = plan_task(customer, title="Lend a hand", channel="", **asked)
    Task.objects.filter(pk=of_bruno.pk).update(owner=cast.bruno)
    called = client_of(cast.ana, "Óptica Prisma", cast.iberia)
    call = logged(called, cast.ana, "11-24 09:10")
    by_bruno = logged(called, cast.bruno, "11-24 09:05", Outcome.NO_ANSWER)
    resting = client_of(cast.ana, "Hotel Rías", cast.iberia)
    logged(resting, cast.ana, "10-02 11:00")
    queue = client_of(None, "Taller Ruiz", cast.iberia)
    run_sweep(NOW)
    Alert.objects.update(admitted_at=NOW, rung=1, rung_at=NOW, reached_at=NOW)
    paused = Alert.objects.get(customer=resting)
    pause = actions.snooze(paused, days=1, actor=cast.ana, now=NOW).event
    mail = Delivery.objects.create(
        to_user=cast.ana, to_address="ana@constante.test", purpose=Purpose.SINGLE, state=DeliveryState.SENT,
        settled_at=NOW, window_at=NOW, next_try_at=NOW, subject="Ferretería Solís waits", html_body="<p>Words</p>",
    )  # fmt: skip
    starts_at = NOW + dt.timedelta(days=20)
    absence = Absence(user=cast.ana, cover=cast.bruno, starts_at=starts_at, ends_at=starts_at + dt.timedelta(days=3))
    planned = absences.save(absence, actor=cast.ana)
    return Samples(
        ana=cast.ana, customer=customer, queue=queue, person=person, call=call, call_by_bruno=by_bruno, task=task,
        task_of_bruno=of_bruno, task_done=done, alert=Alert.objects.get(customer=customer, family="silence"),
        word=say_content(resting, why="They laughed.", actor=cast.ana, now=NOW),
        paused=paused, pause=pause, mail=mail, change=promise_changed(cast), absence=absence, planned=planned,
        counted=cell_changed(cast), ladder=ladder_changed(cast), calendar_change=calendar_changed(cast),
        recount=recounted(cast),
        file=file_of(customer, cast.ana, "Contrato.pdf", PDF),
        file_by_bruno=file_of(called, cast.bruno, "Tejado.png", PNG, interaction=by_bruno),
        bruno=cast.bruno, reassignment=handed_over(cast), ended=segment_ended(cast), gone=somebody_gone(cast),
    )  # fmt: skip


def cell_changed(cast: Cast) -> int:
    """A cell of what counts that an administrator changed."""
    cell = cell_of("video", "out", "no_answer")
    assert cell is not None
    said: dict[str, Any] = {"base": cell.counts_as, "confirmed": True, "reason": "No use"}
    return change_cell(cell, CountsAs.NOTHING, **said, actor=cast.eva, now=NOW).pk


def ladder_changed(cast: Cast) -> int:
    """A ladder by which supervisors hear of a call back later."""
    base = in_force()
    wanted = base | {"call_back_2": 6}
    return change_terms(wanted, base=base, actor=cast.eva, reason="They ring back", now=NOW).pk


def ladder_data() -> dict[str, Any]:
    """What the form of the ladder would send after its effect was looked at."""
    base = in_force()
    wanted = base | {"silence_2": 4}
    return wanted | {"base": as_word(base), "seen": as_word(wanted), "reason": "Asked for", "do": "force"}


def recounted(cast: Cast) -> Recount:
    """A table that was applied to what was logged before."""
    more = {"reason": "All of it", "asked_at": NOW, "held_until": NOW, "finished_at": NOW}
    return Recount.objects.create(asked_by=cast.eva, rules={}, **more)


def somebody_gone(cast: Cast) -> User:
    """A colleague of Ana's who left, and whose client went to the queue."""
    gone = User.objects.create(
        email="nora@constante.test", name="Nora Vidal", is_active=False, first_signed_in_at=NOW, language="es"
    )
    more = {"reason": "A new job", "asked_at": NOW, "held_until": NOW, "finished_at": NOW}
    Reassignment.objects.create(asked_by=cast.eva, leaver=gone, total=1, done=1, **more)
    return gone


def handed_over(cast: Cast) -> Reassignment:
    """Clients that were handed over."""
    more = {"reason": "Fewer for Ana", "asked_at": NOW, "held_until": NOW, "finished_at": NOW}
    return Reassignment.objects.create(asked_by=cast.carla, **more)


def segment_ended(cast: Cast) -> SegmentEnd:
    """A segment that ended with nobody in it."""
    old = Segment.objects.create(name="Cobre", position=9, ended_at=NOW)
    more = {"reason": "Nobody is in it", "asked_at": NOW, "held_until": NOW, "finished_at": NOW}
    return SegmentEnd.objects.create(segment=old, asked_by=cast.eva, **more)


def calendar_changed(cast: Cast) -> CalendarChange:
    """A half day of Madrid's, put in force and not yet dated by."""
    edit = Edit(days=[[(TODAY + dt.timedelta(days=30)).isoformat(), "Nochebuena", "09:00", "14:00"]])
    base = mark_of(plan_of(cast.madrid))
    return calendar_changes.ask(cast.madrid, edit, base=base, actor=cast.eva, reason="As agreed", now=NOW)


def promise_changed(cast: Cast) -> PolicyChange:
    """A segment's first promise of its own, put in force and not yet dated by."""
    silver = Segment.objects.create(name="Plata", position=2)
    terms: dict[str, object] = {"attention_amount": 20}
    return policy_changes.ask(Scope(silver), terms, base=None, actor=cast.eva, reason="More often", now=NOW)
