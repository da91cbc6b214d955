from django.db import models
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    ATTRACT = "attract", _("Attract")
    CARE = "care", _("Care")
    RETAIN = "retain", _("Retain")
    LOYAL = "loyal", _("Loyal")
    LEAVING = "leaving", _("Leaving")
    DEPARTED = "departed", _("Departed")
    RECOVERED = "recovered", _("Recovered")


#: S1: stages in which attention is not owed by the clock.
GOING = (Stage.LEAVING, Stage.DEPARTED)


class LoyaltyKind(models.TextChoices):
    LOYAL = "loyal", _("Loyal")
    OPPORTUNISTIC = "opportunistic", _("Opportunistic")
    CAPTIVE = "captive", _("Captive, with few alternatives")


class CustomerKind(models.TextChoices):
    ORGANISATION = "organisation", _("Organisation")
    PERSON = "person", _("Person")


class Influence(models.TextChoices):
    DECIDES = "decides", _("Decides")
    INFLUENCES = "influences", _("Influences")
    USES = "uses", _("Uses")


#: Whose silence, or whose stance, may cost us the client.
DECISIVE = (Influence.DECIDES, Influence.INFLUENCES)


class Stance(models.TextChoices):
    FOR = "for", _("For us")
    NEUTRAL = "neutral", _("Neutral")
    AGAINST = "against", _("Against us")


class Channel(models.TextChoices):
    CALL = "call", _("Call")
    VISIT = "visit", _("Visit")
    VIDEO = "video", _("Video")
    CHAT = "chat", _("Chat")
    EMAIL = "email", _("Email")
    LETTER = "letter", _("Letter")


SPOKEN = (Channel.CALL, Channel.VISIT, Channel.VIDEO)
WRITTEN = (Channel.CHAT, Channel.EMAIL, Channel.LETTER)
IN_PERSON = (Channel.VISIT, Channel.VIDEO)


class Direction(models.TextChoices):
    OUT = "out", _("We to them")
    IN = "in", _("They to us")


class Outcome(models.TextChoices):
    REACHED = "reached", _("Reached")
    NO_ANSWER = "no_answer", _("No answer")
    LEFT_MESSAGE = "left_message", _("Left a message")
    CANCELLED = "cancelled", _("Cancelled or did not come")
    WRONG_NUMBER = "wrong_number", _("Wrong number")
    BOUNCED = "bounced", _("Came back")
    AWAITING = "awaiting", _("Sent, awaiting reply")
    ANSWERED = "answered", _("Answered")
    MISSED = "missed", _("Missed by us")
    MESSAGE_FOR_US = "message_for_us", _("They left a message")
    UNANSWERED = "unanswered", _("Not answered yet")


class CountsAs(models.TextChoices):
    """What an interaction is for the clock. A personal moment is attention too (W3)."""

    ATTENTION = "attention", _("Attention")
    PERSONAL = "personal", _("Personal moment")
    ATTEMPT = "attempt", _("Attempt")
    INBOUND = "inbound", _("Waiting for us")
    MARKS_ADDRESS = "marks_address", _("Marks the address")
    NOTHING = "nothing", _("Nothing")


#: Classes that are attention.
FELT = (CountsAs.ATTENTION, CountsAs.PERSONAL)


class Solved(models.TextChoices):
    YES = "yes", _("Yes")
    NOT_YET = "not_yet", _("Not yet")
    NO = "no", _("No")


class Unit(models.TextChoices):
    CALENDAR_DAYS = "days", _("days")
    WORKING_DAYS = "working_days", _("working days")
    WORKING_HOURS = "working_hours", _("working hours")
    DATE = "date", _("on a date")
