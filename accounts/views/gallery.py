"""A page with every component of the look in use, for whoever builds pages. Only where DEBUG is on."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.models.user import Role

PAGES = ("today", "customer", "alerts", "risk", "empty", "parts")
CHANNELS = {"call": "Call", "visit": "Visit", "video": "Video", "chat": "Chat", "email": "Email", "letter": "Letter"}
OUTCOMES = {
    "reached": "We spoke",
    "no_answer": "No answer",
    "left_message": "Left a message",
    "wrong_number": "Wrong number",
}
FEELINGS = {"1": "Angry", "2": "Unhappy", "3": "Neutral", "4": "Content", "5": "Delighted"}
DAYS = {"tomorrow": "Tomorrow", "friday": "Fri 27 Nov", "week": "In a week", "pick": "Another day"}


def text_input(**attributes: str) -> forms.TextInput:
    return forms.TextInput({"class": "form-control", **attributes})


class ExampleLogForm(forms.Form):
    """The fields that the log drawer draws; the real form lives with what it saves."""

    customer = forms.CharField()
    channel = forms.ChoiceField(choices=CHANNELS, widget=forms.RadioSelect, initial="call")
    direction = forms.ChoiceField(
        choices={"out": "You called", "in": "They called"}, widget=forms.RadioSelect, initial="out"
    )
    outcome = forms.ChoiceField(choices=OUTCOMES, widget=forms.RadioSelect, initial="reached")
    participants = forms.MultipleChoiceField(
        choices={"1": "Julián Solís", "2": "Clara Solís"}, widget=forms.CheckboxSelectMultiple, initial=["1"]
    )
    summary = forms.CharField(widget=forms.Textarea({"class": "form-control", "rows": 3}))
    sentiment = forms.ChoiceField(choices=FEELINGS, widget=forms.RadioSelect, initial="4")
    solved = forms.ChoiceField(choices={"yes": "Yes", "not_yet": "Not yet"}, widget=forms.RadioSelect)
    next_step = forms.CharField(widget=text_input())
    next_when = forms.ChoiceField(choices=DAYS, widget=forms.RadioSelect, initial="friday")
    next_date = forms.DateField(widget=text_input(type="date"))
    at = forms.CharField(widget=text_input(type="datetime-local"))
    minutes = forms.IntegerField(widget=text_input(inputmode="numeric"))


@dataclass
class ExampleEntry:
    label: str
    icon: str
    badge: int = 0
    active: bool = False
    url: str = "#"


@dataclass
class ExampleShell:
    """Ana's shell, so that the gallery needs no sign-in and no other page."""

    theme: str
    single_keys: bool = True
    user: User = field(default_factory=lambda: User(name="Ana Rojas", role=Role.MANAGER))
    main: list[ExampleEntry] = field(
        default_factory=lambda: [
            ExampleEntry("Today", "sun", active=True),
            ExampleEntry("Customers", "users"),
            ExampleEntry("Alerts", "bell", 7),
            ExampleEntry("At risk", "heart-broken"),
            ExampleEntry("Complaints", "message-report", 3),
            ExampleEntry("Farewells", "door-exit"),
            ExampleEntry("Team", "users-group"),
        ]
    )
    foot: list[ExampleEntry] = field(default_factory=lambda: [ExampleEntry("Settings", "settings")])

    @property
    def before_log(self) -> list[ExampleEntry]:
        return self.main[:2]

    @property
    def after_log(self) -> list[ExampleEntry]:
        return self.main[2:3]

    @property
    def more(self) -> list[ExampleEntry]:
        return [*self.main[3:], *self.foot]


@login_not_required
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Show the gallery: `?page=today` one example alone, `?theme=dark` the other theme, `?drawer` the log drawer as a
    page's Log button gets it (`&nobody` before a client is chosen)."""
    if not settings.DEBUG:
        raise Http404
    effect = SimpleNamespace(
        tone="fine",
        icon="heart-check",
        text="This counts as attention. One alert closes, and the next contact is due by 24 Dec.",
    )
    wanted = request.GET.get("page", "")
    context = {
        "shell": ExampleShell(theme=request.GET.get("theme", "auto")),
        "pages": [f"look/gallery/{page}.html" for page in PAGES if wanted in ("", page)],
        "form": ExampleLogForm(),
        "customer": "" if "nobody" in request.GET else "Ferretería Solís",
        "contact_line": "with Julián Solís",
        "effect": effect,
        "when_words": "Now · Tue 24 Nov, 09:12",
    }
    return render(request, "crm/_log_drawer.html" if "drawer" in request.GET else "look/gallery.html", context)
