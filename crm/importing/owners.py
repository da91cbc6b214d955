"""Whose a customer is: an email address becomes a person of the firm, any other word needs to be explained."""

from collections import Counter
from zoneinfo import ZoneInfo

from django.db.models.functions import Lower

from accounts.models import Membership, Team, User
from crm.importing import contents


class Owners:
    """Finds or invites the people whom a file names; no invitation is mailed (A11).

    ``told`` is the ``--owner-map``: their words, folded to lower case, to an email address.
    """

    def __init__(self, told: dict[str, str]) -> None:
        self._told = {theirs.strip().lower(): ours.strip().lower() for theirs, ours in told.items()}
        self._users: dict[str, User] = {}
        self._teams: dict[int, tuple[int, str]] = {}
        self.unknown: Counter[str] = Counter()
        self.invited: list[str] = []
        default = Team.objects.filter(is_default=True).select_related("calendar").first()
        self.home_zone = default.calendar.zone if default else "UTC"
        self.home_country = default.calendar.country if default else ""

    def prepare(self, words: set[str]) -> None:
        """Load, or invite, everybody whom a batch of rows names. One query, and one insert for each new person."""
        wanted = {email for word in words if (email := self._email(word))} - self._users.keys()
        if not wanted:
            return
        found = User.objects.annotate(address=Lower("email")).filter(address__in=wanted)
        self._users.update({user.email.lower(): user for user in found})
        # Somebody who has left the firm owns nothing: their customers go to the queue.
        for email in sorted(wanted - self._users.keys()):
            self._users[email] = User.objects.create_user(email, None, name=_name_from(email), time_zone=self.home_zone)
            self.invited.append(email)
        self._load_teams()

    def forget(self) -> None:
        """Drop what was remembered of a batch that was rolled back: who was invited in it is not there."""
        self._users.clear()
        self.invited = list(User.objects.filter(email__in=self.invited).values_list("email", flat=True))

    def _load_teams(self) -> None:
        rows = Membership.objects.filter(is_primary=True, user__in=[user.pk for user in self._users.values()])
        for user_id, team_id, zone in rows.values_list("user_id", "team_id", "team__calendar__zone"):
            self._teams[user_id] = (team_id, zone)

    def find(self, word: str) -> User | None:
        """The person whom ``word`` names, or None (counted in ``unknown``) where nobody said who that is."""
        if not word:
            return None
        email = self._email(word)
        user = self._users.get(email) if email else None
        if user is not None and user.is_active:
            return user
        self.unknown[word.strip()] += 1
        return None

    def team_of(self, user: User | None) -> int | None:
        """The primary team of an owner, which is their customers' too."""
        return self._teams[user.pk][0] if user and user.pk in self._teams else None

    def zone_of(self, user: User | None) -> ZoneInfo:
        """The zone of the calendar of an owner's customers (T5)."""
        return ZoneInfo(self._teams[user.pk][1] if user and user.pk in self._teams else self.home_zone)

    def _email(self, word: str) -> str:
        told = self._told.get(word.strip().lower())
        if told is not None:
            return told
        found = contents.find_emails(word)
        return found[0] if found else ""


def _name_from(email: str) -> str:
    """``nora.field@…`` is probably Nora Field; an administrator can write it better."""
    local = email.split("@")[0].split("+")[0]
    return " ".join(part.capitalize() for part in local.replace("_", ".").replace("-", ".").split(".") if part)[:120]
