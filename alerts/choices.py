from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """Kinds of deadline."""

    ATTENTION = "attention", _("Next attention")
    PERSONAL = "personal", _("Personal moment")
    CALL_BACK = "call_back", _("Call back")
    PROMISE = "promise", _("Promised follow-up")
    REVIEW = "review", _("Review of no follow-up")


class Family(models.TextChoices):
    """Families of alert: what one open alert a subject is about (A1)."""

    SILENCE = "silence", _("Waited too long")
    CALL_BACK = "call_back", _("Call back")
    PROMISE = "promise", _("Promise")
    REVIEW = "review", _("Review")


FAMILY_OF = {
    Kind.ATTENTION: Family.SILENCE,
    Kind.PERSONAL: Family.SILENCE,
    Kind.CALL_BACK: Family.CALL_BACK,
    Kind.PROMISE: Family.PROMISE,
    Kind.REVIEW: Family.REVIEW,
}
SILENCES = (Kind.ATTENTION, Kind.PERSONAL)


class Rung(models.IntegerChoices):
    NOBODY = 0, _("Nobody yet")
    OWNER = 1, _("With owner")
    SUPERVISOR = 2, _("Supervisor")
    ADMINISTRATORS = 3, _("Administrators")


class EventKind(models.TextChoices):
    """What happened to an alert. Those in TOLD become mail."""

    OPENED = "opened", _("opened")
    JOINED = "joined", _("another promise passed")
    ADMITTED = "admitted", _("its turn came")
    PASSED_OVER = "passed_over", _("waits its turn")
    DUE = "due", _("the promised time came")
    CLIMBED = "climbed", _("climbed")
    RESTARTED = "restarted", _("started again")
    SNOOZED = "snoozed", _("snoozed")
    SNOOZE_ENDED = "snooze_ended", _("snooze ended")
    ACKNOWLEDGED = "acknowledged", _("somebody is on it")
    DISMISSED = "dismissed", _("dismissed")
    DISMISS_ENDED = "dismiss_ended", _("dismissal ended")
    REOPENED = "reopened", _("a call was removed")
    REASSIGNED = "reassigned", _("handed to somebody else")
    DATE_AGREED = "date_agreed", _("a date was agreed")
    CLOSED = "closed", _("closed")


#: Said in the past tense, in the next morning mail: true whatever becomes of the alert.
REPORTS = frozenset({EventKind.DISMISSED, EventKind.DATE_AGREED, EventKind.CLOSED})


class CloseReason(models.TextChoices):
    ATTENDED = "attended", _("attended")
    ATTENDED_IN_TIME = "attended_in_time", _("attended in time, logged late")
    ATTENDED_LATE = "attended_late", _("attended late")
    DATE_AGREED = "date_agreed", _("date agreed")
    PROMISE_CHANGED = "promise_changed", _("promise changed")
    KEPT = "kept", _("done")
    WITHDRAWN = "withdrawn", _("no longer owed")
    ARCHIVED = "archived", _("archived")
    LEAVING = "leaving", _("leaving")
    DEPARTED = "departed", _("departed")
    NO_FOLLOW_UP = "no_follow_up", _("no follow-up wanted")
    MERGED = "merged", _("joined another alert")


class Cause(models.TextChoices):
    """Why a deadline row was written."""

    INTERACTION = "interaction", _("a contact was logged")
    POLICY = "policy", _("the policy changed")
    CALENDAR = "calendar", _("the calendar changed")
    COUNTING = "counting", _("what counts changed")
    IMPORT = "import", _("an import")
    PERSON = "person", _("somebody changed it")
    AUDIT = "audit", _("the nightly audit")
    SYSTEM = "system", _("the engine")


class DeliveryState(models.TextChoices):
    PLANNED = "planned", _("planned")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    PERHAPS_SENT = "perhaps_sent", _("perhaps sent")
    WITHHELD = "withheld", _("not sent")
    REFUSED = "refused", _("refused by their server")


#: States in which a delivery is settled (A3: a rung is reached when its first delivery is).
SETTLED = (
    DeliveryState.SENT,
    DeliveryState.PERHAPS_SENT,
    DeliveryState.WITHHELD,
    DeliveryState.REFUSED,
)


class Purpose(models.TextChoices):
    SINGLE = "single", _("about one client")
    LIST = "list", _("about several clients")
    MORNING = "morning", _("morning mail")
    WEEKLY = "weekly", _("weekly mail")
    ACCOUNT = "account", _("about the account")
    TEST = "test", _("test mail")
    HAND_OVER = "hand_over", _("what to cover")
    HAND_BACK = "hand_back", _("what happened meanwhile")
    CLIENT = "client", _("to a client")


#: The reason in a customer's history, by which the morning mail counts the clients handed over.
HANDED_OVER = "handed over"
