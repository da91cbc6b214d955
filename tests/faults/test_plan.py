"""The schedule of `make faults` hangs on its seed alone, and asks for everything that it promises."""

from __future__ import annotations

from collections import Counter

from tests.faults.plan import KILLS, TROUBLES, draw


def test_the_same_seed_gives_the_same_schedule_and_another_one_does_not() -> None:
    assert draw(7, 60) == draw(7, 60)
    assert draw(7, 60) != draw(8, 60)


def test_sixty_kills_hit_every_kind_in_every_trouble() -> None:
    rounds = draw(7, 60)
    assert [len(one.kills) for one in rounds] == [5] * 12
    assert {one.trouble for one in rounds} == set(TROUBLES)
    assert Counter(kill.who for one in rounds for kill in one.kills) == KILLS


def test_a_short_run_keeps_its_number_of_kills() -> None:
    assert sum(len(one.kills) for one in draw(3, 7)) == 7
