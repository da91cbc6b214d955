"""Two people edit the same customer, person or contact made: the second chooses, field by field, mine or theirs.

The form carries, signed, the values that it was opened with and their version. When somebody saved in between, what
both know is compared: what they changed is shown beside what I typed, nothing typed is lost, nothing is overwritten.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.core import signing
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.forms import BaseForm, CheckboxInput, Form, ModelForm, Widget
from django.http import QueryDict
from django.utils.translation import gettext as _

SALT = "crm.stale"
BASE = "base"
CHOICE = "choose-"
ASKED = "asked"


class Overtaken(Exception):
    """Somebody saved in between: nothing was written; compare and choose."""


class RowForm(Form):
    """A form that edits one row, of which it is no ModelForm."""

    instance: Any


class Serializer(signing.JSONSerializer):
    """Dates and decimals as text."""

    def dumps(self, obj: Any) -> bytes:
        return json.dumps(obj, separators=(",", ":"), cls=DjangoJSONEncoder).encode()


@dataclass(frozen=True)
class Choice:
    """One field that they changed while I was typing, in words; `picked` is "mine", "theirs" or nothing."""

    name: str
    label: str
    mine: str
    theirs: str
    picked: str = ""

    @property
    def input_name(self) -> str:
        return CHOICE + self.name


@dataclass
class Edit:
    """One POST of an edit form against the row as it is now.

    `data` is what was typed, with "theirs" put in where that was chosen; `choices` is what is still to be chosen.
    """

    data: QueryDict
    base: dict[str, Any]
    opened_version: int
    choices: list[Choice] = field(default_factory=list)

    @property
    def is_stale(self) -> bool:
        return bool(self.choices)


def base_of(form: BaseForm, instance: Any) -> str:
    """Return the signed values that a form is opened with."""
    values = {name: _texts(form, name) for name in form.fields}
    return signing.dumps(
        {"pk": instance.pk, "version": instance.version, "values": values},
        salt=SALT,
        serializer=Serializer,
        compress=True,
    )


def read_edit(data: QueryDict, fresh: ModelForm[Any] | RowForm) -> Edit:
    """Compare a POST with the row as it is now; `fresh` is the unbound form of that row.

    Raises BadSignature for a base that is not ours or not of this row.
    """
    signed = signing.loads(data.get(BASE, ""), salt=SALT, serializer=Serializer)
    if signed["pk"] != fresh.instance.pk:
        raise signing.BadSignature("base of another row")
    edit = Edit(data.copy(), signed["values"], signed["version"])
    stale = edit.opened_version != fresh.instance.version
    # What was to be chosen stands in `asked`; while one answer misses, all are asked for again.
    asked = data.getlist(ASKED)
    unanswered = any(data.get(CHOICE + name) not in ("mine", "theirs") for name in asked)
    if stale or unanswered:
        names = fresh.fields if stale else asked
        edit.choices = [choice for name in names if name in fresh.fields and (choice := _compared(edit, fresh, name))]
    if not edit.choices:
        # What they changed and I did not, or what both changed alike, is as it is now; I go on from there.
        edit.opened_version = fresh.instance.version
        _apply_choices(edit, fresh)
    return edit


def _compared(edit: Edit, fresh: BaseForm, name: str) -> Choice | None:
    base, theirs, mine = edit.base.get(name), _texts(fresh, name), _typed(edit.data, fresh, name)
    asked = name in edit.data.getlist(ASKED)
    if mine == theirs or (base == theirs and not asked):
        return None
    label = str(fresh.fields[name].label or fresh[name].label)
    # What I left as it was is theirs unless I say otherwise; what both changed I must choose.
    picked = edit.data.get(CHOICE + name) or ("theirs" if mine == base else "")
    return Choice(name, label, shown(fresh, name, mine), shown(fresh, name, theirs), picked)


def _apply_choices(edit: Edit, fresh: BaseForm) -> None:
    for name in fresh.fields:
        if edit.data.get(CHOICE + name) == "theirs":
            for key, values in _inputs(fresh, name).items():
                edit.data.setlist(key, values)


def _inputs(form: BaseForm, name: str) -> dict[str, list[str]]:
    """The inputs of a field and the texts they would send."""
    widget = form.fields[name].widget
    html_name = form.add_prefix(name)
    spread = getattr(widget, "spread", None)
    if spread is not None:
        return dict(spread(html_name, form[name].value()))
    return {html_name: _texts(form, name)}


def _texts(form: BaseForm, name: str) -> list[str]:
    """What an untouched form would send for a field, as texts."""
    widget = form.fields[name].widget
    value = form[name].value()
    spread = getattr(widget, "spread", None)
    if spread is not None:
        return [text for texts in spread(name, value).values() for text in texts]
    if isinstance(value, bool):
        return ["on"] if value else []
    formatted = widget.format_value(value)
    if formatted is None:
        return []
    values = formatted if isinstance(formatted, (list, tuple)) else [formatted]
    return _in_order([_plain(text) for text in values if text not in (None, "")], widget)


def _typed(data: QueryDict, form: BaseForm, name: str) -> list[str]:
    widget = form.fields[name].widget
    html_name = form.add_prefix(name)
    spread = getattr(widget, "spread", None)
    if spread is not None:
        value = widget.value_from_datadict(data, {}, html_name)
        return [text for texts in spread(name, value).values() for text in texts]
    return _in_order([_plain(text) for text in data.getlist(html_name) if text != ""], widget)


def _in_order(texts: list[str], widget: Widget) -> list[str]:
    """Boxes that are ticked have no order of their own."""
    return sorted(texts) if getattr(widget, "allow_multiple_selected", False) else texts


def _plain(text: object) -> str:
    return str(text).replace("\r\n", "\n").strip()


def shown(form: BaseForm, name: str, texts: list[str]) -> str:
    """The words for what an input holds: the label of a choice, else the text itself; empty for nothing."""
    widget = form.fields[name].widget
    choices = getattr(form.fields[name], "choices", None)
    if isinstance(widget, CheckboxInput):
        return _("yes") if texts else _("no")
    if words := getattr(widget, "words", None):
        return str(words(texts))
    if choices is None:
        return "\n".join(texts)
    labels = {str(value): str(label) for value, label in choices}
    return ", ".join(labels.get(text, text) for text in texts)


def claim_version(model: type[models.Model], pk: int, version: int) -> bool:
    """Take the next version for writing, if `version` is still the one; within the caller's transaction."""
    rows = model._default_manager.filter(pk=pk, version=version)
    return bool(rows.update(version=version + 1))
