"""The doors by which Celery comes in; twice is as good as once. What is to be done stands in the database."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone


@shared_task(name="retention.tasks.change_promises")
def change_promises() -> None:
    """Date promises anew by the changes that wait, one after the other."""
    from retention.policy_changes import work

    while work(timezone.now()):
        pass


@shared_task(name="retention.tasks.renew_boards")
def renew_boards() -> None:
    """Count At risk anew for the large scopes that somebody looks at, one after the other."""
    from retention.firm_board import renew

    while renew(timezone.now):
        pass


@shared_task(name="retention.tasks.recount")
def recount() -> None:
    """Count what was logged before anew, by the changes of the history that wait."""
    from retention.recounts import work

    while work(timezone.now()):
        pass


@shared_task(name="retention.tasks.change_calendars")
def change_calendars() -> None:
    """Date anew all that is reckoned by the calendars that changed, one after the other."""
    from retention.calendar_changes import work

    while work(timezone.now()):
        pass


@shared_task(name="retention.tasks.end_segments")
def end_segments() -> None:
    """Move clients out of the segments that ended, one after the other."""
    from retention.segment_ends import work

    while work(timezone.now()):
        pass


@shared_task(name="retention.tasks.reassign")
def reassign() -> None:
    """Hand clients over by the jobs that wait, those of who left among them."""
    from retention.hand_over_jobs import work

    while work(timezone.now()):
        pass
