"""What was changed, by whom and why, in the reader's language."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from accounts.models import SettingChange
from accounts.setting_history import Line, history_of, note_change
from tests.cast import Cast

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


def noted(cast: Cast, subject: str, later: int = 0, *lines: Line) -> SettingChange:
    return note_change(
        "calendars",
        subject=subject,
        lines=lines,
        actor=cast.eva,
        reason="San Isidro",
        now=NOW + dt.timedelta(days=later),
    )


def test_the_newest_stands_first_and_each_subject_has_its_own(cast: Cast) -> None:
    first = noted(cast, "calendar:1")
    last = noted(cast, "calendar:1", 1)
    other = noted(cast, "calendar:2", 2)
    assert [told.change for told in history_of("calendars", "calendar:1")] == [last, first]
    assert [told.change for told in history_of("calendars")] == [other, last, first]
    assert history_of("ladders") == []


def test_words_are_translated_and_values_stay(cast: Cast) -> None:
    noted(cast, "calendar:1", 0, Line("name", "", "Fiesta <b>"))
    with translation.override("es"):
        (told,) = history_of("calendars", "calendar:1")
    assert told.differences == [Line("nombre", "", "Fiesta <b>")]
    assert told.change.reason == "San Isidro"
