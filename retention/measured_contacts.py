"""How contacts were logged in a week, as a SELECT that the night keeps: with a word, in time, one by one.

What makes logging look better than the care behind it is measured beside it; none of it proves anything by itself.
"""

from __future__ import annotations

from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
    Window,
)
from django.db.models.expressions import Combinable
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from accounts.instants import SecondsBetween
from accounts.models import User
from accounts.working_time import closing_after_working_days, closing_on, local_date_of
from alerts.choices import SILENCES
from alerts.models import Deadline
from crm.choices import FELT, CountsAs, Direction
from crm.models import Interaction
from retention.measured_alerts import Stretch
from retention.models.measured import Came

#: So many entered together at the end of a day are "in bulk".
MANY = 5
#: The end of a day: from so long before closing on. What happened less long before its entry is logged as it should be.
HOUR = 3600

_CALENDAR = "customer__clock__calendar_id"


def entered(stretch: Stretch) -> QuerySet[Interaction]:
    """Attention and our attempts entered in the stretch, by people; what they are measured by is annotated."""
    felt, ours = Q(counts_as__in=FELT), Q(direction=Direction.OUT)
    return (
        Interaction.objects.kept()
        # By the index of who entered what when.
        .filter(entered_by__in=User.objects.order_by().values("pk"))
        .filter(entered_at__gte=stretch.begins, entered_at__lt=stretch.ends, import_source="", mass=False)
        .filter(customer__clock__calendar=stretch.calendar)
        .filter(felt | Q(counts_as=CountsAs.ATTEMPT) & ours)
        .annotate(is_felt=_is(felt), is_ours=_is(ours))
        .annotate(entered_on=local_date_of("customer__clock__calendar__zone", "entered_at"))
        .annotate(closes_at=closing_on(_CALENDAR, "entered_on"))
        .annotate(
            at_the_end=Case(
                When(
                    felt
                    & Q(LessThanOrEqual(SecondsBetween(F("entered_at"), F("closes_at")), HOUR))
                    & Q(GreaterThanOrEqual(SecondsBetween(F("counts_at"), F("entered_at")), HOUR)),
                    then=Value(1),
                ),
                default=None,
                output_field=IntegerField(),
            )
        )
        .annotate(beside=Window(Count("at_the_end"), partition_by=[F("entered_by"), F("entered_on")]))
        .order_by()
    )


def columns(stretch: Stretch) -> dict[str, Any]:
    """The columns of MeasuredContact over `entered`."""
    after = closing_after_working_days(_CALENDAR, "local_date", 1)
    return {
        "week": Value(stretch.week),
        "interaction_id": F("pk"),
        "customer_id": F("customer_id"),
        "owner_id": F("customer__clock__owner_id"),
        "team_id": F("customer__clock__team_id"),
        "person_id": F("entered_by_id"),
        "felt": F("is_felt"),
        "ours": F("is_ours"),
        "wordless": _is(Q(counts_as__in=FELT, summary="")),
        "late": Case(
            When(Q(counts_as__in=FELT) & Q(entered_at__gt=after), then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        ),
        "bulk": Case(
            When(Q(at_the_end__isnull=False) & Q(beside__gte=MANY), then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        ),
        "came": _came(),
    }


def _is(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


def _came() -> Combinable:
    """Whether what it kept had opened its alert already; of two promises kept at once, one that had decides."""
    kept = Deadline.objects.filter(met_by=OuterRef("pk"), kind__in=SILENCES, has_twin=False).order_by()
    return Case(
        When(Exists(kept.filter(opened_at__isnull=False)), then=Value(Came.AFTER.value)),
        When(Exists(kept), then=Value(Came.BEFORE.value)),
        default=Value(""),
        output_field=CharField(),
    )
