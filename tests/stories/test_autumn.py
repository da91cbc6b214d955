"""Every mail of five weeks, to each person, with its reason for every line, as it was read and found right.

`STORIES=write make test` (or pytest with STORIES=write) writes the files anew: read what changed before keeping it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from alerts.models import AlertEvent, Delivery, DeliveryItem
from tests.cast import Cast
from tests.stories.autumn import play
from tests.stories.telling import story_of

FOLDER = Path(__file__).parent / "autumn"


@pytest.mark.django_db
def test_each_mail_of_five_weeks_is_as_it_was_read(cast: Cast, settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_TRANSPORT, settings.MAIL_DIR = None, tmp_path
    play(cast)
    told = {f"{name}.txt": story_of(type(user).objects.get(pk=user.pk)) for name, user in cast.people.items()}
    if os.environ.get("STORIES") == "write":
        FOLDER.mkdir(exist_ok=True)
        for name, text in told.items():
            (FOLDER / name).write_text(text, encoding="utf-8")
    for name, text in told.items():
        assert text == (FOLDER / name).read_text(encoding="utf-8"), name
    # What holds of every month: nothing waits untold, and no event is told twice to anybody.
    assert not AlertEvent.objects.filter(tell=True, told_at__isnull=True).exists()
    assert DeliveryItem.objects.count() == DeliveryItem.objects.values("recipient", "event").distinct().count()
    assert all(len(mail.html_body.encode()) <= 30_000 for mail in Delivery.objects.all())
