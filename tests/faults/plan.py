"""The schedule of a run, drawn from its seed alone: which trouble in which order, who is killed at which point."""

from __future__ import annotations

import random
from dataclasses import dataclass

#: What befalls each round beside its kills.
TROUBLES = (
    "nothing else",
    "nothing else at all",
    "two beats",
    "ten workers",
    "redis emptied",
    "redis stopped",
    "redis hanging",
    "postgresql restarted (fast)",
    "postgresql restarted (immediate)",
    "mail refused",
    "mail cut off",
    "clock moved",
)
#: Who is killed, and how often in a round's worth of sixty.
KILLS = {
    "pool child": 24,
    "worker parent": 9,
    "worker with its children": 7,
    "web worker": 7,
    "web server": 5,
    "beat": 8,
}
#: Tables whose writers stand still inside a claimed transaction: of the sweep, of telling, of a saved call.
SWEEP = ("alerts_deadline", "alerts_alert", "alerts_alertevent")
TELL = ("alerts_morning", "alerts_deliveryitem", "alerts_delivery")
SEND = ("rcpt", "data", "taken", "settle")
WEB = ("crm_interaction", "alerts_wanted", "alerts_deadline", "crm_clock")
STAGES = {point: place for place, points in enumerate((SWEEP, TELL, SEND)) for point in points}


@dataclass(frozen=True)
class Kill:
    """`who` is killed when a process of its kind stands at `point`."""

    who: str
    point: str

    def __str__(self) -> str:
        return f"{self.who} at {self.point}"


@dataclass(frozen=True)
class Round:
    number: int
    trouble: str
    kills: tuple[Kill, ...]
    """Before kill number `trouble_at` the trouble comes."""
    trouble_at: int


def draw(seed: int, kills: int) -> list[Round]:
    """The rounds of a seed. The same seed gives the same ones."""
    chance = random.Random(seed)
    troubles = list(TROUBLES)
    chance.shuffle(troubles)
    rounds = max(1, min(len(troubles), kills // 4))
    who = _spread(kills)
    chance.shuffle(who)
    chosen = [Kill(one, _point(one, chance)) for one in who]
    shares = [chosen[place::rounds] for place in range(rounds)]
    return [
        Round(number, troubles[number], tuple(sorted(share, key=_stage)), chance.randrange(len(share) + 1))
        for number, share in enumerate(shares)
    ]


def _spread(kills: int) -> list[str]:
    """So many kills, each kind by its share, the largest remainders first."""
    whole = sum(KILLS.values())
    counts = {who: share * kills // whole for who, share in KILLS.items()}
    by_rest = sorted(KILLS, key=lambda who: -(KILLS[who] * kills % whole))
    for who in by_rest[: kills - sum(counts.values())]:
        counts[who] += 1
    return [who for who, count in counts.items() for _ in range(count)]


def _point(who: str, chance: random.Random) -> str:
    if who.startswith("web"):
        return chance.choice(WEB)
    return chance.choice(chance.choice((SWEEP, TELL, SEND)))


def _stage(kill: Kill) -> int:
    """Sweeping comes before telling, and telling before sending; the web saves at any time."""
    return 0 if kill.who.startswith("web") else STAGES[kill.point]
