"""Signing somebody out everywhere, at once."""

from __future__ import annotations

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from accounts.models import User


def end_sessions(user: User) -> int:
    """End every session of a person; returns how many there were. Their password stays as it is.

    Whose a session is stands inside it: all are read, some thousands at most.
    """
    sessions = Session.objects.only("session_key", "session_data").iterator(chunk_size=500)
    theirs = [one.session_key for one in sessions if one.get_decoded().get(SESSION_KEY) == str(user.pk)]
    return Session.objects.filter(session_key__in=theirs).delete()[0]
