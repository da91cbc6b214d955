"""Files in forms: the field that takes several, the form around it, and the small form of one file."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import HTML
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.attachments import what_is
from crm.file_kinds import ACCEPT, Refused
from crm.file_names import file_name
from crm.forms.fields import no_nul
from crm.forms.layout import plain_helper
from crm.models import Attachment
from crm.upload_limit import TooLarge

#: How the field is drawn, in a crispy layout too (templates/look/_files_field.html).
DRAWN = HTML('{% include "look/_files_field.html" with field=form.uploads %}')


class SeveralFiles(forms.FileInput):
    """The browser's own choice of several files."""

    allow_multiple_selected = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"multiple": True, "accept": ACCEPT, "class": "files-input"} | (attrs or {}))

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        return files.getlist(name) if isinstance(files, MultiValueDict) else list((files or {}).get(name, ()))


class FilesField(forms.FileField):
    """Several files, each looked into; cleaned to a list of uploads. What is wrong is said of each by its name."""

    widget = SeveralFiles

    def __init__(self, *, required: bool = False) -> None:
        super().__init__(required=required, label=gettext_lazy("Files"))

    def widget_attrs(self, widget: Any) -> dict[str, Any]:
        """Tell the page's script the limits, so that it can say at once what is too large."""
        most = {"data-limit": settings.ATTACHMENT_LIMIT, "data-most": settings.ATTACHMENTS_AT_ONCE}
        return super().widget_attrs(widget) | most

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        uploads: list[UploadedFile[Any]] = list(data or ())
        if self.required and not uploads:
            raise ValidationError(_("Choose a file."), code="required")
        most = settings.ATTACHMENTS_AT_ONCE
        if len(uploads) > most:
            said = ngettext("One file at once, please.", "Up to %(most)s files at once, please.", most)
            raise ValidationError(said % {"most": most}, code="many")
        faults = [fault for fault in map(_fault_of, uploads) if fault]
        if faults:
            raise ValidationError(faults)
        return uploads


def _fault_of(upload: UploadedFile[Any]) -> ValidationError | None:
    name, size = file_name(upload.name or ""), upload.size or 0
    if isinstance(upload, TooLarge) or size > settings.ATTACHMENT_LIMIT:
        said = {"name": name, "size": filesizeformat(size), "most": filesizeformat(settings.ATTACHMENT_LIMIT)}
        return ValidationError(_("“%(name)s” has %(size)s. Up to %(most)s is kept.") % said, code="large")
    try:
        what_is(upload)
    except Refused as refused:
        return ValidationError(_(refused.why) % {"name": name}, code="kind")
    return None


class WithFiles(forms.Form):
    """A form that takes files; its template begins, draws and ends them (look/_files_begin, _field, _end.html)."""

    uploads = FilesField()

    def clean(self) -> dict[str, Any]:
        """See that all of it came: where the first field did, or a file, the last one is there too."""
        cleaned: dict[str, Any] = super().clean() or {}
        if (self.data.get("begun") or cleaned.get("uploads")) and not self.data.get("whole"):
            self.add_error("uploads", _("The connection broke off on the way. Please choose the files again."))
        return cleaned


class AddFilesForm(WithFiles):
    """Files for a client."""

    uploads = FilesField(required=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = plain_helper(DRAWN)


class FileForm(forms.Form):
    """What a file is called."""

    title = forms.CharField(label=gettext_lazy("Name"), max_length=200)

    def __init__(self, data: Any = None, *, attachment: Attachment) -> None:
        super().__init__(data, initial={"title": attachment.title}, label_suffix="")
        self.helper = plain_helper("title")

    def clean_title(self) -> str:
        """Return the name without what could not be printed or saved."""
        title: str = self.cleaned_data["title"]
        no_nul(title)
        return file_name(title)
