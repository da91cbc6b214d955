"""What is said of files when they were taken in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from crm.attachments import Kept
from crm.models import Attachment


def added_words(fresh: Sequence[Kept], known: Iterable[Attachment], *, reader: User) -> str:
    """Say what was kept, and of what was there already since when and by whom."""
    said = [kept_words(fresh)] if fresh else []
    said += [known_words(one, reader=reader) for one in known]
    return " ".join(said)


def kept_words(files: Sequence[Kept]) -> str:
    """Say which file was kept, or how many."""
    if len(files) == 1:
        return _("Kept: %(name)s.") % {"name": files[0].title}
    return ngettext("%(count)s file kept.", "%(count)s files kept.", len(files)) % {"count": len(files)}


def known_words(file: Attachment, *, reader: User) -> str:
    """Say that a content is here already, since when and by whom."""
    day = date_format(localtime(file.added_at), _("j M"))
    if file.added_by is None:
        return _("“%(name)s” is here already, since %(day)s.") % {"name": file.title, "day": day}
    who = _("you") if file.added_by_id == reader.pk else file.added_by.get_short_name()
    said = {"name": file.title, "day": day, "who": who}
    return _("“%(name)s” is here already, since %(day)s, by %(who)s.") % said
