"""The forms by which an administrator says who somebody is: inviting one, inviting several, changing one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import zone_choices
from accounts.invitation_lines import Line, read
from accounts.invitations import Invitee
from accounts.models import Team, User
from accounts.rights import Rights
from retention.person_changes import MEMBER, OUT, SUPERVISOR, Plan, rights_in

IN_A_TEAM = [(OUT, _("not in it")), (MEMBER, _("works in it")), (SUPERVISOR, _("supervises it"))]
LANGUAGES = User._meta.get_field("language").choices or []


def zones(*, empty: bool, current: str = "") -> list[tuple[str, str]]:
    """The zones to choose from; `empty` lets the first team decide."""
    first = [("", gettext("that of the first team"))] if empty else []
    known = zone_choices()
    if current and all(zone != current for zone, _name in known):
        first.append((current, current))
    return [*first, *known]


class RightsForm(forms.Form):
    """Teams, what somebody does in each, and whether they administer; a field for each team."""

    administrator = forms.BooleanField(
        label=_("Administers the firm"),
        required=False,
        help_text=_("Sees every client, changes settings and people."),
    )
    primary = forms.ModelChoiceField(
        Team.objects.none(),
        label=_("First team"),
        required=False,
        help_text=_("Its calendar is theirs, and dates those of their clients who have no team."),
    )

    def __init__(self, *args: Any, rights: Rights | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = list(rights.teams) if rights else []
        self.teams = list(Team.objects.filter(Q(archived_at=None) | Q(pk__in=there)).order_by("name"))
        primary = self.fields["primary"]
        assert isinstance(primary, forms.ModelChoiceField)
        primary.queryset = Team.objects.filter(pk__in=[team.pk for team in self.teams]).order_by("name")
        primary.empty_label = "—"
        if rights:
            primary.initial = rights.primary
            self.fields["administrator"].initial = rights.administrator
        elif len(self.teams) == 1:
            primary.initial = self.teams[0].pk
        for team in self.teams:
            supervises = rights.teams.get(team.pk) if rights else None
            self.fields[f"team_{team.pk}"] = forms.ChoiceField(
                label=team.name,
                required=False,
                choices=IN_A_TEAM,
                initial=OUT if supervises is None else SUPERVISOR if supervises else MEMBER,
            )

    @property
    def team_fields(self) -> list[forms.BoundField]:
        """The fields of the teams, by name of the team."""
        return [self[f"team_{team.pk}"] for team in self.teams]

    def rights(self) -> Rights:
        """What was chosen."""
        return Rights(self.chosen, self.cleaned_data["primary"].pk if self.cleaned_data["primary"] else None,
                      self.cleaned_data["administrator"])  # fmt: skip

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = {team.pk: said[f"team_{team.pk}"] == SUPERVISOR for team in self.teams if said.get(f"team_{team.pk}")}
        primary: Team | None = said.get("primary")
        if primary is not None:
            # Who has a first team works in it.
            chosen.setdefault(primary.pk, False)
        elif len(chosen) == 1:
            said["primary"] = next(team for team in self.teams if team.pk in chosen)
        elif chosen and "primary" not in self.errors:
            self.add_error("primary", gettext("Which of the teams is their first?"))
        elif not chosen and not said.get("administrator") and "primary" not in self.errors:
            self.add_error("primary", gettext("Choose a team, so that somebody looks after them."))
        self.chosen = chosen
        return said


class InviteForm(RightsForm):
    """One person."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("As colleagues and clients read it."))
    email = forms.EmailField(label=_("Email"), max_length=254, help_text=_("The invitation goes there."))
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    zone = forms.ChoiceField(label=_("Time zone"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"] = forms.ChoiceField(label=_("Time zone"), required=False, choices=zones(empty=True))
        for name in ("name", "email"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if known := User.objects.filter(email__iexact=email).first():
            raise ValidationError(known_here(known), code="known")
        return email

    def invitee(self) -> Invitee:
        """Who was entered."""
        said = self.cleaned_data
        named = {name: said[name] for name in ("name", "email", "language", "zone")}
        return Invitee(rights=self.rights(), **named)


class PersonForm(RightsForm):
    """Who somebody is here. It knows what it was opened with, so that a change of another meanwhile is not undone."""

    SALT = "retention.person.opened"

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("As colleagues and clients read it."))
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    zone = forms.ChoiceField(label=_("Time zone"))
    opened = forms.CharField(required=False, widget=forms.HiddenInput())

    def __init__(self, data: Any = None, *, plan: Plan) -> None:
        initial = {name: plan[name] for name in ("name", "language", "zone")}
        super().__init__(
            data, rights=rights_in(plan), initial=initial | {"opened": signing.dumps(plan, salt=self.SALT)}
        )
        self.current = plan
        choices = zones(empty=False, current=plan["zone"])
        self.fields["zone"] = forms.ChoiceField(label=_("Time zone"), choices=choices)
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def join(self, team: str) -> None:
        """Begin with somebody as a member of a team, as its page asks for; nothing is said of one they are in."""
        field = self.fields.get(f"team_{team}")
        if field is not None and not field.initial:
            field.initial = MEMBER

    def opened_with(self) -> Plan:
        """The plan that the person saw; the present one where the word for it is not ours."""
        try:
            plan: Plan = signing.loads(self.cleaned_data["opened"], salt=self.SALT)
        except signing.BadSignature:
            return self.current
        return plan

    def said(self) -> Plan:
        """What the form says now."""
        values, rights = self.cleaned_data, self.rights()
        return Plan(
            name=values["name"],
            language=values["language"],
            zone=values["zone"],
            administrator=rights.administrator,
            primary=rights.primary,
            teams={
                str(team): SUPERVISOR if supervises else MEMBER for team, supervises in sorted(rights.teams.items())
            },
        )


def known_here(user: User) -> str:
    """Say whose address it is, as the way to their page."""
    words = gettext("%(name)s has this address already.") % {"name": user.name}
    return format_html('<a href="{}">{}</a>', reverse("retention:person", args=[user.pk]), words)


class NewPeopleForm(forms.Form):
    """What somebody new begins with."""

    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    zone = forms.ChoiceField(label=_("Time zone"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"] = forms.ChoiceField(label=_("Time zone"), required=False, choices=zones(empty=True))


class SeveralForm(forms.Form):
    """Several people of one team, a line each."""

    people = forms.CharField(
        label=_("Who"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_("One a line, the name before the address; two columns of a sheet do too."),
    )
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"))
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    zone = forms.ChoiceField(label=_("Time zone"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team = self.fields["team"]
        assert isinstance(team, forms.ModelChoiceField)
        team.queryset = Team.objects.standing().order_by("name")
        team.empty_label = "—"
        self.fields["zone"] = forms.ChoiceField(label=_("Time zone"), required=False, choices=zones(empty=True))
        self.lines: list[Line] = []

    def clean_people(self) -> str:
        people: str = self.cleaned_data["people"]
        self.lines = read(people)
        return people

    @property
    def understood(self) -> list[Line]:
        """The lines that somebody can be invited by."""
        return [line for line in self.lines if not line.fault]

    def invitees(self) -> list[Invitee]:
        """Whom the lines name."""
        said = self.cleaned_data
        rights = Rights({said["team"].pk: False}, said["team"].pk, administrator=False)
        return [
            Invitee(email=line.email, name=line.name, rights=rights, language=said["language"], zone=said["zone"])
            for line in self.understood
        ]
