"""Fields that crm's forms share: several phones or addresses, tags as words, own fields as pairs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator, validate_email
from django.forms.utils import flatatt
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm.phone_input import parse_phone

#: Digits that the number of a row may have: more than a column holds is an error on both databases.
MOST_DIGITS = 18


class DateInput(forms.DateInput):
    """The browser's own date field; it speaks ISO whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


#: PostgreSQL keeps no NUL in a text; Django's own text fields refuse it alike.
no_nul = ProhibitNullCharactersValidator()


class SeveralOf(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Rows chosen by their numbers. One that no column can hold is refused as any other that is not offered."""

    def _check_values(self, value: Any) -> Any:
        for pk in value:
            if isinstance(pk, str) and len(pk) > MOST_DIGITS:
                raise ValidationError(self.error_messages["invalid_pk_value"], "invalid_pk_value", {"pk": pk[:20]})
        return super()._check_values(value)  # type: ignore[misc]


class RowsInput(forms.TextInput):
    """One input a value and an empty one more, all of one name."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        values = data.getlist(name) if isinstance(data, MultiValueDict) else data.get(name, [])
        return [text.strip() for text in values if text.strip()]

    def format_value(self, value: Any) -> Any:
        return value or []

    def spread(self, name: str, value: Any) -> dict[str, list[str]]:
        """The inputs, and what each of them holds."""
        return {name: list(value or [])}

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        first = self.build_attrs(self.attrs, {"class": "form-control", **(attrs or {})})
        label = {"aria-label": _("One more")}
        # Only the first carries the field's id: its label and its message belong to all of them.
        more = {key: text for key, text in first.items() if key not in ("id", "required", "aria-describedby")} | label
        inputs = (
            (flatatt((first if not at else more) | {"name": name, "value": text}),)
            for at, text in enumerate([*(value or []), ""])
        )
        return format_html_join("", '<input type="text"{}>', inputs)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data


class PhonesField(forms.Field):
    """Phone numbers; cleaned to E.164 in the country of `region`."""

    region = ""
    input_type = "tel"

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(widget=RowsInput({"autocomplete": "off", "inputmode": "tel", "maxlength": 40}), **kwargs)

    def clean(self, value: Any) -> list[str]:
        return list(dict.fromkeys(parse_phone(text, self.region) for text in value or []))


class EmailsField(forms.Field):
    """Email addresses."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        attrs = {"autocomplete": "off", "inputmode": "email", "maxlength": 254}
        super().__init__(widget=RowsInput(attrs), **kwargs)

    def clean(self, value: Any) -> list[str]:
        for text in value or []:
            try:
                validate_email(text)
            except ValidationError as error:
                raise ValidationError(
                    _("“%(text)s” does not look like an email address."), params={"text": text}, code="email"
                ) from error
        return list(dict.fromkeys(value or []))


class TagsField(forms.CharField):
    """Tags, written with commas between them."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> list[str]:
        no_nul(value or "")
        names = [" ".join(part.split()) for part in str(value or "").split(",")]
        names = list({name.casefold(): name for name in names if name}.values())
        for name in names:
            if len(name) > 40:
                raise ValidationError(_("“%(name)s” is too long for a tag."), params={"name": name})
        return names


class PairsInput(forms.Widget):
    """Rows of name and value, and an empty one more."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[tuple[str, str]]:
        keys, values = data.getlist(f"{name}_key"), data.getlist(f"{name}_value")
        pairs = [(key.strip(), value.strip()) for key, value in zip(keys, values, strict=False)]
        return [pair for pair in pairs if any(pair)]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}_key" not in data

    def spread(self, name: str, value: Any) -> dict[str, list[str]]:
        """The inputs, and what each of them holds."""
        pairs = _pairs(value)
        return {f"{name}_key": [key for key, _v in pairs], f"{name}_value": [text for _k, text in pairs]}

    def words(self, texts: list[str]) -> str:
        """What `spread` holds, as one reads it."""
        half = len(texts) // 2
        return "\n".join(f"{key}: {text}" for key, text in zip(texts[:half], texts[half:], strict=True))

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        rows = []
        for at, (key, text) in enumerate([*_pairs(value), ("", "")]):
            shared = {"type": "text", "class": "form-control", "autocomplete": "off"}
            of_key = shared | {"name": f"{name}_key", "value": key, "maxlength": "60"}
            of_key |= {"aria-label": _("Name of the field"), "placeholder": _("Name")}
            if at == 0 and attrs and attrs.get("id"):
                of_key["id"] = attrs["id"]
            of_text = shared | {"name": f"{name}_value", "value": text, "maxlength": "500"}
            of_text |= {"aria-label": _("Value of the field"), "placeholder": _("Value")}
            rows.append((flatatt(of_key), flatatt(of_text)))
        return format_html_join("", '<span class="pair"><input{}><input{}></span>', rows)


def _pairs(value: Any) -> list[tuple[str, str]]:
    rows = value.items() if isinstance(value, dict) else value or []
    return [(str(key), str(text)) for key, text in rows]


class PairsField(forms.Field):
    """The customer's own fields: a name and a value each. Cleaned to a dict of texts."""

    widget = PairsInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, text in _pairs(value):
            no_nul(key + text)
            if not key:
                raise ValidationError(_("Give “%(text)s” a name."), params={"text": text})
            if key in found:
                raise ValidationError(_("“%(key)s” stands there twice."), params={"key": key})
            if len(key) > 60 or len(text) > 500:
                raise ValidationError(_("“%(key)s” is too long."), params={"key": key[:60]})
            if text:
                found[key] = text
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return dict(_pairs(initial)) != dict(_pairs(data))
