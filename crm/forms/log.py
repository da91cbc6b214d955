"""The form of the log drawer. It reads only what was posted; what it offers is read when it is drawn (`prepare`)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import F, Q
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from accounts.reckoning import closing_on
from crm.attachments import Kept
from crm.choices import FELT, WRITTEN, Channel, Direction, Outcome, Solved
from crm.counting import class_of, outcomes_for
from crm.forms.attachments import WithFiles
from crm.forms.fields import SeveralOf
from crm.forms.log_words import CHANNEL_WORDS, DIRECTION_WORDS, FEELINGS, outcome_choices
from crm.log import TOLERANCE, Entry, NextStep
from crm.models import AgreedDate, Contact, Customer, Task
from crm.next_days import next_days

#: W3: ticked beforehand only where the promise was to do this.
PROMISED_BY = (Channel.CALL, Channel.VISIT)
PICK = "pick"


class LocalTimeField(forms.DateTimeField):
    """A wall-clock time of the reader's zone; it becomes an instant in UTC."""

    widget = forms.DateTimeInput({"class": "form-control", "type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    zone: ZoneInfo

    def to_python(self, value: Any) -> dt.datetime | None:
        if value in self.empty_values:
            return None
        for shape in ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"):
            try:
                return dt.datetime.strptime(str(value).strip(), shape).replace(tzinfo=self.zone).astimezone(dt.UTC)
            except (ValueError, OverflowError):
                continue
        raise forms.ValidationError(_("Write the day and the hour, such as 2026-11-24 16:30."), code="invalid")


class LogForm(WithFiles):
    """One interaction as a person enters it. `customer` is given by the view, which checked the right to it."""

    idempotency_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    customer = forms.CharField(required=False)
    channel = forms.ChoiceField(choices=CHANNEL_WORDS, widget=forms.RadioSelect)
    direction = forms.ChoiceField(widget=forms.RadioSelect)
    outcome = forms.ChoiceField(
        widget=forms.RadioSelect, error_messages={"required": gettext_lazy("Say what happened.")}
    )
    answered_at = LocalTimeField(required=False)
    mass = forms.BooleanField(required=False)
    participants = SeveralOf(Contact.objects.none(), required=False, widget=forms.CheckboxSelectMultiple)
    summary = forms.CharField(
        required=False, max_length=10_000, widget=forms.Textarea({"class": "form-control", "rows": 3})
    )
    sentiment = forms.TypedChoiceField(
        choices=FEELINGS, required=False, coerce=int, empty_value=None, widget=forms.RadioSelect
    )
    solved = forms.ChoiceField(
        choices=[
            (Solved.YES, pgettext_lazy("it is solved", "Yes")),
            (Solved.NOT_YET, gettext_lazy("Not yet")),
            (Solved.NO, pgettext_lazy("it is not solved", "No")),
        ],
        required=False,
        widget=forms.RadioSelect,
    )
    next_step = forms.CharField(
        required=False, max_length=200, widget=forms.TextInput({"class": "form-control", "autocomplete": "off"})
    )
    next_when = forms.CharField(required=False, widget=forms.RadioSelect)
    next_date = forms.DateField(
        required=False, widget=forms.DateInput({"class": "form-control", "type": "date"}, format="%Y-%m-%d")
    )
    promised = forms.BooleanField(required=False)
    done_tasks = SeveralOf(Task.objects.none(), required=False, widget=forms.CheckboxSelectMultiple)
    fulfils = forms.BooleanField(required=False)
    at = LocalTimeField(required=False)
    minutes = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=1440,
        widget=forms.TextInput({"class": "form-control", "inputmode": "numeric"}),
    )

    by = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        empty_label=pgettext_lazy("who spoke", "You"),
        widget=forms.Select({"class": "form-select"}),
    )

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        user: User,
        customer: Customer | None,
        now: dt.datetime,
        initial: Any = None,
    ) -> None:
        first = {"channel": Channel.CALL.value, "direction": Direction.OUT.value, "idempotency_key": uuid.uuid4()}
        super().__init__(data, files, initial=first | (initial or {}), label_suffix="")
        self.user, self.now = user, now
        self.chosen = customer
        self.is_future = False
        #: Who may have taken part, read by `prepare`.
        self.people: list[Contact] = []
        self.by_channel = self._said("channel", Channel.values, Channel.CALL)
        self.began_by = self._said("direction", Direction.values, Direction.OUT)
        self.offered = outcomes_for(self.by_channel, self.began_by)
        self._choices()

    def _said(self, name: str, known: list[str], default: str) -> str:
        said = self.data.get(name) if self.is_bound else self.initial.get(name)
        return str(said) if said in known else default

    def _choices(self) -> None:
        outcome, direction = self.fields["outcome"], self.fields["direction"]
        assert isinstance(outcome, forms.ChoiceField)
        assert isinstance(direction, forms.ChoiceField)
        outcome.choices = outcome_choices(self.by_channel, self.began_by)
        direction.choices = list(zip(Direction.values, DIRECTION_WORDS[Channel(self.by_channel)], strict=True))
        if self.initial.get("outcome") not in self.offered:
            self.initial["outcome"] = self.offered[0].value
        for name in ("at", "answered_at"):
            field = self.fields[name]
            assert isinstance(field, LocalTimeField)
            field.zone = self.user.zone
        if self.chosen is not None:
            self._model_field("participants").queryset = Contact.objects.filter(
                customer=self.chosen, archived_at__isnull=True, left_on__isnull=True
            )
            self._model_field("done_tasks").queryset = Task.objects.open().filter(customer=self.chosen)
        self._offer_by()

    def _offer_by(self) -> None:
        """Who spoke is asked only for a colleague's client; with one's own it is oneself."""
        chosen, field = self.chosen, self.fields["by"]
        if chosen is None or chosen.owner_id == self.user.pk:
            del self.fields["by"]
            return
        assert isinstance(field, forms.ModelChoiceField)
        theirs = Q(pk=chosen.owner_id)
        if chosen.team_id:
            theirs |= Q(memberships__team=chosen.team_id)
        people = User.objects.visible_to(self.user).active().filter(theirs)
        field.queryset = people.exclude(pk=self.user.pk).distinct().order_by("name")

    def _model_field(self, name: str) -> forms.ModelMultipleChoiceField[Any]:
        field = self.fields[name]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        return field

    # --- What it offers ----------------------------------------------------------------------------------------------

    @property
    def shown(self) -> str:
        """Which outcomes are drawn, so that the preview sends others only when they must change."""
        return f"{self.by_channel}-{self.began_by}"

    @property
    def asks_reply(self) -> bool:
        """A written one of ours: when they replied is asked for."""
        return self.by_channel in WRITTEN and self.began_by == Direction.OUT

    def prepare(self) -> LogForm:
        """Read what is offered for this client: days, people, promises, the agreed date. At most five queries."""
        customer = self.chosen
        if customer is None:
            return self
        when = self.fields["next_when"].widget
        assert isinstance(when, forms.RadioSelect)
        calendar = customer.clock.calendar
        when.choices = [*next_days(calendar, self.now), (PICK, _("Another day"))]
        self.people = people = list(self._model_field("participants").queryset or ())
        if len(people) == 1 and not self.is_bound:
            self.initial.setdefault("participants", [people[0].pk])
        self.open_tasks = list(self._model_field("done_tasks").queryset.order_by("due_on", "pk")[:6])  # type: ignore[union-attr]
        if not self.is_bound:
            kept = [task.pk for task in self.open_tasks if task.promised and self.keeps(task)]
            self.initial.setdefault("done_tasks", kept)
        self._offer_fulfils(customer)
        return self

    def keeps(self, task: Task) -> bool:
        """W3: whether this contact is what the promise was about."""
        return task.channel in PROMISED_BY and task.channel == self.by_channel

    @property
    def ticked_tasks(self) -> set[int]:
        return {int(pk) for pk in self["done_tasks"].value() or () if str(pk).isdigit()}

    def _offer_fulfils(self, customer: Customer) -> None:
        """S3: "this was the contact of 15 March", for a contact at most 3 working days before it."""
        agreed = agreed_soon(customer, self.now)
        if agreed is None:
            del self.fields["fulfils"]
            return
        from crm.day_words import short_date

        today = self.now.astimezone(customer.clock.calendar.tz).date()
        self.fields["fulfils"].label = _("This was the contact of %(day)s") % {"day": short_date(agreed.day, today)}
        self.initial.setdefault("fulfils", True)

    # --- What it takes -----------------------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.chosen is None:
            self.add_error("customer", _("Choose whom it is about."))
        for name in ("at", "answered_at"):
            at = cleaned.get(name)
            if at is not None and at > self.now + TOLERANCE:
                self.is_future = self.is_future or name == "at"
                self.add_error(name, _("This time is still to come."))
        replied, began = cleaned.get("answered_at"), cleaned.get("at")
        if self.asks_reply and replied and replied < (began or replied):
            self.add_error("answered_at", _("They cannot reply before you wrote."))
        self._clean_next_step(cleaned)
        return cleaned

    def _clean_next_step(self, cleaned: dict[str, Any]) -> None:
        title, when = cleaned.get("next_step", ""), cleaned.get("next_when", "")
        day = cleaned.get("next_date") if when in (PICK, "") else _as_date(when)
        not_yet = cleaned.get("solved") == Solved.NOT_YET
        if not_yet and not title:
            self.add_error("next_step", _("What do you promise them?"))
        if (title or not_yet) and day is None and "next_date" not in self.errors:
            self.add_error("next_date", _("By when? Choose a day."))
        if day is not None and when and day < self.now.astimezone(self.user.zone).date():
            self.add_error("next_date", _("This day has passed."))
        if day is not None and (title or when) and self.chosen is not None:
            try:
                closing_on(self.chosen.clock.calendar, day)
            except forms.ValidationError as beyond:
                self.add_error("next_date", beyond)
        cleaned["next_day"] = day if title or when else None
        cleaned["promised"] = bool(cleaned.get("promised") or not_yet)

    def entry(self, files: Sequence[Kept] = ()) -> Entry:
        """Return what was entered, with `files` that are kept; call it after `is_valid`. At most one query."""
        data = self.cleaned_data
        assert self.chosen is not None
        at = data["at"] or self.now
        replied = self.asks_reply and data["outcome"] == Outcome.REACHED
        answered_at = (data["answered_at"] or self.now) if replied else None
        return Entry(
            customer=self.chosen,
            outcome=data["outcome"],
            at=at,
            channel=data["channel"],
            direction=data["direction"],
            answered_at=max(answered_at, at) if answered_at else None,
            minutes=data["minutes"],
            participants=list(data["participants"]),
            summary=data["summary"].strip(),
            sentiment=data["sentiment"],
            solved=data["solved"],
            mass=data["mass"] and self.asks_reply,
            next_step=self._next_step(),
            fulfils=open_agreement(self.chosen) if data.get("fulfils") else None,
            done_tasks=self._done_tasks(),
            files=list(files),
            by=data.get("by"),
            idempotency_key=data["idempotency_key"] or uuid.uuid4(),
        )

    def _next_step(self) -> NextStep | None:
        data = self.cleaned_data
        if data["next_day"] is None:
            return None
        title = data["next_step"] or _("Get in touch again")
        return NextStep(title, data["next_day"], promised=data["promised"])

    def _done_tasks(self) -> list[Task]:
        """The ticked promises; one to call or visit is not kept by a call that nobody answered."""
        data = self.cleaned_data
        ticked: list[Task] = list(data["done_tasks"])
        if ticked and class_of(data["channel"], data["direction"], data["outcome"], mass=data["mass"]) not in FELT:
            return [task for task in ticked if task.channel not in PROMISED_BY]
        return ticked

    def planned_title(self) -> str:
        """What a contact still to come is called as a next step: the first line of the words, else the channel."""
        words = self.cleaned_data.get("summary", "").strip()
        first: str = words.splitlines()[0][:200] if words else str(Channel(self.by_channel).label)
        return first


def open_agreement(customer: Customer) -> AgreedDate | None:
    return customer.agreed_dates.filter(withdrawn_at__isnull=True).first()


def agreed_soon(customer: Customer, now: dt.datetime) -> AgreedDate | None:
    """Return the agreed date that a contact now may stand for: after today, at most 3 working days ahead."""
    agreed = open_agreement(customer)
    calendar = customer.clock.calendar
    today = now.astimezone(calendar.tz).date()
    if agreed is None or agreed.day <= today:
        return None
    worked = dict(calendar.days.filter(date__in=(today, agreed.day)).values_list("date", F("ordinal")))
    ahead = worked.get(agreed.day, 99) - worked.get(today, 0)
    return agreed if ahead <= 3 else None


def _as_date(text: str) -> dt.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
