"""Files as pages print them: the newest of a customer, and beside each contact made those that came with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from crm.models import Attachment, Customer, Interaction
from crm.timeline import Moment

#: Files in the panel; the list has them all.
NEWEST = 6


def put_files_beside(moments: Iterable[Moment], customer: Customer, *, newest: bool) -> list[Attachment]:
    """Give each contact made of `moments` its `files`; return the newest of the customer, one more than are shown.

    One query for both.
    """
    made = {one.object.pk: one.object for one in moments if isinstance(one.object, Interaction)}
    rows = Attachment.objects.kept().filter(customer=customer)
    wanted = Q(interaction__in=list(made))
    if newest:
        latest = rows.order_by("-added_at", "-pk").values("pk")[: NEWEST + 1]
        wanted |= Q(pk__in=latest)
    found = list(rows.filter(wanted).select_related("added_by").order_by("-added_at", "-pk")) if made or newest else []
    beside: dict[int | None, list[Any]] = defaultdict(list)
    for row in reversed(found):
        beside[row.interaction_id].append(row)
    for pk, interaction in made.items():
        interaction.files = beside[pk]  # type: ignore[attr-defined]
    return found[: NEWEST + 1] if newest else []
