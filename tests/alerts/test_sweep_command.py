"""`manage.py sweep`: what it refuses, in words for who types it."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from alerts.models import Alert
from alerts.mornings import ensure_mornings
from tests.cast import Cast
from tests.portfolio import NOW, client_of, logged

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("moment", ["2030-01-01T09:00", "2033-05-01T09:00:00+02:00", "9999-12-31T23:59"])
def test_a_moment_beyond_the_calendars_is_refused_with_their_ends(
    cast: Cast, moment: str, caplog: pytest.LogCaptureFixture
) -> None:
    logged(client_of(cast.ana, "Ferretería Solís", cast.iberia), cast.ana, "10-01 11:00")
    ensure_mornings(NOW)
    cast.madrid.refresh_from_db()

    with pytest.raises(CommandError, match=rf"Madrid to {cast.madrid.built_until}.*take an earlier --now"):
        call_command("sweep", now=moment, dry_run=True)

    assert not Alert.objects.exists()
    assert not caplog.records


def test_what_is_no_moment_is_refused(cast: Cast) -> None:
    for text in ("tomorrow", "2026-02-31T09:00", "2026-13-01T09:00"):
        with pytest.raises(CommandError, match="is not an instant"):
            call_command("sweep", now=text, dry_run=True)
