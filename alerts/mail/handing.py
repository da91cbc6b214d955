"""The list of a hand-over or a hand-back in words (A10)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from alerts.choices import Purpose
from alerts.mail import links
from crm.choices import Channel, Outcome


def handing(purpose: str, said: dict[str, Any], reader: User) -> tuple[str, dict[str, Any]]:
    """Return the subject and what the templates print, in the language that is active; days in the reader's zone."""
    name = said["name"]
    if purpose == Purpose.HAND_BACK:
        subject = _("Welcome back: what happened with your clients")
        opening = _("While you were away, your clients were looked after. This is what was done and what waits now.")
    elif said.get("over"):
        subject = _("You no longer cover for %(name)s") % {"name": name}
        opening = _over(said, reader)
    elif said.get("was"):
        subject = _("Other days: you cover for %(name)s") % {"name": name}
        opening = f"{_cover_opening(said, reader)} {_was(said, reader)}"
    else:
        subject = _("You cover for %(name)s") % {"name": name}
        opening = _cover_opening(said, reader)
    titles = _titles(purpose)
    groups = [
        {"title": titles[key], "lines": [_line(key, row, reader) for row in group["rows"]], "more": _more(group)}
        for key, group in said["groups"].items()
        if group["count"]
    ]
    return subject, {"title": subject, "opening": opening, "groups": groups, "reader": reader}


def _cover_opening(said: dict[str, Any], reader: User) -> str:
    n = said["clients"]
    about = {"name": said["name"], "n": n, "first": _day(said["starts_at"], reader)}
    if said["ends_at"] is None:
        text = ngettext(
            "%(name)s is away from %(first)s on; %(n)s client is in your hands.",
            "%(name)s is away from %(first)s on; %(n)s clients are in your hands.",
            n,
        )
        return text % about
    text = ngettext(
        "%(name)s is away from %(first)s and back on %(day)s; %(n)s client is in your hands.",
        "%(name)s is away from %(first)s and back on %(day)s; %(n)s clients are in your hands.",
        n,
    )
    return text % (about | {"day": _day(said["ends_at"], reader)})


def _over(said: dict[str, Any], reader: User) -> str:
    about = {"name": said["name"], "by": said["by"], "first": _day(said["starts_at"], reader)}
    if said["over"] == "withdrawn":
        text = _("The absence from %(first)s on is withdrawn: %(name)s stays. Their clients come to them.")
    elif said["over"] == "back":
        text = _("%(name)s is back already. Their clients come to them again.")
    elif said["by"]:
        text = _("%(by)s covers for %(name)s now. Thank you for having been ready.")
    else:
        text = _("The team covers for %(name)s now. Thank you for having been ready.")
    return text % about


def _was(said: dict[str, Any], reader: User) -> str:
    starts_at, ends_at = said["was"]
    about = {"first": _day(starts_at, reader), "day": _day(ends_at, reader) if ends_at else ""}
    if ends_at is None:
        return _("You had read: away from %(first)s on.") % about
    return _("You had read: away from %(first)s, back on %(day)s.") % about


def _titles(purpose: str) -> dict[str, str]:
    return {
        "logged": _("What colleagues did"),
        "call_back": _("Waiting for a call back"),
        "overdue": _("Have waited too long"),
        "coming": _("Due until the return"),
        "steps": _("Next steps"),
    }


def _line(key: str, row: list[Any], reader: User) -> dict[str, str]:
    customer, name, when, *more = row
    if key == "logged":
        channel, outcome, who = more
        about = {"what": Channel(channel).label, "how": Outcome(outcome).label, "who": who, "day": _day(when, reader)}
        text = _("%(day)s, %(who)s: %(what)s, %(how)s") % about
    elif key == "steps":
        title, promised = more
        text = _("%(title)s, promised for %(day)s") if promised else _("%(title)s, by %(day)s")
        text %= {"title": title, "day": date_format(dt.date.fromisoformat(when), _("j M"))}
    elif key == "overdue":
        text = _("overdue since %(day)s") % {"day": _day(when, reader)}
    else:
        text = _("due on %(day)s") % {"day": _day(when, reader)}
    return {"name": name, "open": links.page("crm:customer-detail", customer), "text": text}


def _more(group: dict[str, Any]) -> str:
    n = group["count"] - len(group["rows"])
    return ngettext("And one more.", "And %(n)s more.", n) % {"n": n} if n else ""


def _day(when: str, reader: User) -> str:
    return date_format(dt.datetime.fromisoformat(when).astimezone(reader.zone).date(), _("j M"))
