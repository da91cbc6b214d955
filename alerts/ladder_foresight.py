"""What other terms of the ladder would do: which open alerts climb when, by the very function that the sweep uses."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from django.db.models import Count, F

from accounts.acting import acting_map
from alerts.choices import Family
from alerts.ladder import Comes, Standing, standings
from alerts.ladder_terms import MORNING, TERMS, Values, changed, touched
from alerts.models import Alert, LadderStep

#: Of more open alerts than this, only so many are looked at before it is saved.
MOST = 5000
#: Kinds of move that are told one by one.
SHOWN = 5


@dataclass(frozen=True)
class Move:
    """`count` alerts that climb `after` (UTC, None: at once) instead of `before`."""

    before: dt.datetime
    after: dt.datetime | None
    count: int


@dataclass(frozen=True)
class Foreseen:
    """What a change would do to the open alerts. `told` of `waiting` silences have their turn next morning."""

    looked_at: int
    all: int
    sooner: int
    later: int
    at_once: int
    moves: list[Move]
    waiting: int
    told_before: int
    told_after: int

    @property
    def same(self) -> int:
        return self.looked_at - self.sooner - self.later


def foresee(before: Values, after: Values, *, zone: ZoneInfo, now: dt.datetime) -> Foreseen:
    """Reckon with both ladders at `now`. Moves are put together by the day and hour in `zone`."""
    names = changed(before, after)
    alerts = Alert.objects.filter(touched(names))
    steps = _steps(after)
    moves: Counter[tuple[dt.datetime, dt.datetime | None]] = Counter()
    sooner = later = at_once = 0
    found = standings(alerts.order_by("pk").values_list("pk", flat=True)[:MOST])
    for one in found:
        was, will = _climbs_at(one), _climbs_at(replace(one, steps=steps[one.alert.family]))
        if was is None or will is None or was == will:
            continue
        sooner, later = sooner + (will < was), later + (will > was)
        at_once += will <= now < was
        moves[_hour(was, zone), None if will <= now else _hour(will, zone)] += 1
    waiting = _waiting(now)
    return Foreseen(
        len(found),
        alerts.count(),
        sooner,
        later,
        at_once,
        [Move(*when, count) for when, count in moves.most_common(SHOWN)],
        sum(waiting),
        _told(waiting, before),
        _told(waiting, after),
    )


def _steps(values: Values) -> dict[str, list[LadderStep]]:
    """The ladder with other amounts, as rows that are not kept."""
    ladder: dict[str, list[LadderStep]] = {}
    for step in LadderStep.objects.all():
        for name, term in TERMS.items():
            if (term.family, term.rung) == (step.family, step.rung):
                step.amount = values[name]
        ladder.setdefault(step.family, []).append(step)
    return ladder


def _climbs_at(standing: Standing) -> dt.datetime | None:
    following = standing.next()
    return following.at if following and following.kind == Comes.CLIMB else None


def _hour(at: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    return at.astimezone(zone).replace(minute=0, second=0, microsecond=0)


def _waiting(now: dt.datetime) -> list[int]:
    """How many silences wait their turn, by whoever acts for their owner; of a queue by team."""
    rows = (
        Alert.objects.waiting()
        .filter(family=Family.SILENCE, customer__key=False)
        .order_by()
        .annotate(owner=F("customer__clock__owner"), team=F("customer__clock__team"))
        .values_list("owner", "team")
        .annotate(n=Count("pk"))
    )
    found = list(rows)
    acting = acting_map({owner for owner, _team, _n in found if owner}, now)
    counted: Counter[tuple[int | None, int | None]] = Counter()
    for owner, team, n in found:
        who = acting.get(owner) if owner else None
        counted[who, None if who else team] += n
    return list(counted.values())


def _told(waiting: Iterable[int], values: Values) -> int:
    return sum(min(count, values[MORNING]) for count in waiting)
