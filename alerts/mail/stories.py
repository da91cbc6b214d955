"""What there is to say in a mail about each client, read for many alerts at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from accounts.models import User
from alerts.choices import EventKind, Family, Rung
from alerts.ladder import Comes, Next, standings
from alerts.models import Alert, AlertEvent, Deadline
from alerts.models.deadline import OPEN
from alerts.recipients import recipients_of
from crm.models import Clock, Contact, ContactPoint, NoFollowUp, Task
from crm.models.contact import PointKind
from crm.sentence import with_facts
from crm.waits import Wait, waits_of

INFLUENCE = {"decides": 0, "influences": 1, "uses": 2}


@dataclass
class Story:
    """One alert's client: facts as rows, nothing yet in words."""

    alert: Alert
    clock: Clock
    wait: Wait | None = None
    part: Deadline | None = None
    contact: Contact | None = None
    number: str = ""
    task: Task | None = None
    wish: NoFollowUp | None = None
    following: Next | None = None
    told_next: list[User] = field(default_factory=list)

    @property
    def owner(self) -> User | None:
        """Whose promise it is: a task's owner, else the client's."""
        return self.task.owner if self.task and self.task.owner else self.clock.owner


def stories_of(alert_ids: Iterable[int], now: dt.datetime) -> dict[int, Story]:
    """Return the story of each alert, by its id; the number of queries does not grow with the alerts."""
    alerts = list(Alert.objects.filter(pk__in=set(alert_ids)))
    customers = {alert.customer_id for alert in alerts}
    clocks = {clock.pk: clock for clock in with_facts(Clock.objects.filter(pk__in=customers))}
    waits = waits_of(clocks.values(), now)
    stories = {
        alert.pk: Story(alert, clocks[alert.customer_id], waits.get(alert.customer_id))
        for alert in alerts
        if alert.customer_id in clocks
    }
    _add_parts(stories)
    _add_people(stories)
    _add_subjects(stories)
    _add_following(stories, now)
    return stories


def _add_parts(stories: dict[int, Story]) -> None:
    """The oldest open part of each alert is what its mail is about (A2)."""
    for part in Deadline.objects.filter(OPEN, alert__in=stories).order_by("-due_at", "-kind", "-pk"):
        stories[part.alert_id or 0].part = part


def _add_people(stories: dict[int, Story]) -> None:
    """Whom to call: who decides first, with a number that works, else the firm's own number."""
    customers = [story.clock.pk for story in stories.values()]
    there = Q(contact__isnull=True) | Q(contact__archived_at__isnull=True, contact__left_on__isnull=True)
    points = ContactPoint.objects.filter(
        there, customer__in=customers, kind=PointKind.PHONE, bad_since__isnull=True
    ).select_related("contact")
    best: dict[int, ContactPoint] = {}
    for point in sorted(points, key=_nearness, reverse=True):
        best[point.customer_id] = point
    for story in stories.values():
        if found := best.get(story.clock.pk):
            story.contact, story.number = found.contact, found.value


def _nearness(point: ContactPoint) -> tuple[int, int, int]:
    influence = INFLUENCE.get(point.contact.influence, 3) if point.contact else 4
    return influence, point.position, point.pk


def _add_subjects(stories: dict[int, Story]) -> None:
    promises = [story for story in stories.values() if story.alert.family == Family.PROMISE]
    if promises:
        tasks = Task.objects.select_related("owner").in_bulk([_number(story.alert) for story in promises])
        for story in promises:
            story.task = tasks.get(_number(story.alert))
    reviews = {s.clock.pk: s for s in stories.values() if s.alert.family == Family.REVIEW}
    if reviews:
        for wish in NoFollowUp.objects.filter(customer__in=reviews, until_at__isnull=True):
            reviews[wish.customer_id].wish = wish


def _number(alert: Alert) -> int:
    return int(alert.subject_key.rpartition(":")[2])


def _add_following(stories: dict[int, Story], now: dt.datetime) -> None:
    """What happens next if nobody acts, counted as if this mail reached its reader now."""
    asked: list[tuple[Story, AlertEvent]] = []
    for standing in standings(stories):
        story = stories[standing.alert.pk]
        standing.alert.reached_at = standing.alert.reached_at or now
        story.following = standing.next()
        if story.following is None or story.following.kind != Comes.CLIMB:
            continue
        if standing.alert.family == Family.SILENCE and story.following.rung == Rung.ADMINISTRATORS:
            continue
        story.alert.customer = story.clock.customer
        asked.append((story, AlertEvent(alert=story.alert, kind=EventKind.CLIMBED, rung=story.following.rung)))
    _ask(asked, now)


def _ask(asked: Sequence[tuple[Story, AlertEvent]], now: dt.datetime) -> None:
    if asked:
        answers = recipients_of([event for _story, event in asked], now)
        for (story, _event), answer in zip(asked, answers, strict=True):
            story.told_next = list(answer.people)
