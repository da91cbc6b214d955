"""What every writing part of one import shares."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm.importing.countries import currency_of
from crm.importing.owners import Owners
from crm.importing.tally import Tally

KEY_LENGTH = 190
NOON = time(12)


@dataclass
class Context:
    """One run: where from, when, and what is counted.

    ``source`` is the system the file comes from (part of every external id), ``now`` the instant of the import (UTC),
    ``why`` the reason kept in histories, ``currency`` what an amount without a sign is in.
    """

    source: str
    now: datetime
    why: str
    owners: Owners
    currency: str
    tally: Tally = field(default_factory=Tally)
    chunk: int = 0

    @property
    def region(self) -> str:
        """Where numbers without +code are dialled: the firm's country."""
        return self.owners.home_country

    @property
    def home(self) -> ZoneInfo:
        """The zone in which times without an offset are read: the firm's."""
        return ZoneInfo(self.owners.home_zone)

    @property
    def stamp(self) -> datetime:
        """When the present chunk was written: one microsecond apart, so that states of one row stay apart."""
        return self.now + timedelta(microseconds=self.chunk)

    def noon(self, day: date) -> datetime:
        """The middle of a day that was written without a time, in the firm's zone: the same day almost everywhere."""
        return datetime.combine(day, NOON, self.home).astimezone(UTC)

    def money_of(self, country: str) -> str:
        """The currency of an amount without one: as told, else the firm's country's."""
        return self.currency or currency_of(country or self.region)


def key_of(text: str) -> str:
    """An external id that fits: as it is, or its digest where it is too long."""
    if len(text) <= KEY_LENGTH:
        return text
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def digest_of(parts: Iterable[str]) -> str:
    """A stable id from a row's content, for files that have none."""
    return "row:" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]
