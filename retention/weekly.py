"""What the weekly mail says (M1): to a supervisor what changed in their teams, to administrators what climbed to them.

Everything is what the reader may see when it is composed, over the seven days before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Absence, User
from alerts.choices import HANDED_OVER, EventKind, Family, Purpose, Rung
from alerts.mail import links
from alerts.models import Alert, AlertEvent, AuditFinding, Delivery
from alerts.querysets import AlertQuerySet
from alerts.weekly import Group, Line, Week
from crm.day_words import local_day, on_day, short_date
from crm.listing import Listing, View
from crm.models import Customer
from crm.models.clock import State
from retention import moves_words
from retention.moves import Movement, Why, moves_of
from retention.promises_kept import Promises, promises_of

WEEK = dt.timedelta(days=7)
ONE_DAY = dt.timedelta(days=1)
#: No mail looks back longer, however long its reader had none.
LONGEST = dt.timedelta(days=28)
#: So many weeks stand beside this one.
BEFORE = 4
#: Absences that begin within so long are ahead.
AHEAD = dt.timedelta(days=14)
#: A group names so many; the rest is a number.
NAMED = 8


def compose(reader: User, now: dt.datetime) -> Week | None:
    """Return the reader's week, in the language that is active; None where nothing is to be told."""
    groups: list[Group] = []
    subjects: list[str] = []
    since = last_told(reader, now)
    if reader.is_administrator:
        _add(subjects, groups, climbed_group(reader, Rung.ADMINISTRATORS, since, now))
        _add(subjects, groups, refused_group())
        _add(subjects, groups, mended_group(since, now))
    if reader.weekly_mail and reader.supervised_team_ids:
        _add_teams(subjects, groups, reader, since, now)
    if not groups:
        return None
    opening = _("What changed in the seven days until this morning. Each name and number leads to its page.")
    return Week(_("Your week: %(what)s") % {"what": subjects[0]}, opening, groups)


def last_told(reader: User, now: dt.datetime) -> dt.datetime:
    """Return since when a week's events are news: the weekly mail before this one, else seven days ago. One query.

    Weeks begin late after a holiday, and have an hour more in autumn: seven days would leave a gap.
    """
    mails = Delivery.objects.filter(to_user=reader, purpose=Purpose.WEEKLY, window_at__lt=now - ONE_DAY)
    last = mails.order_by("-window_at").values_list("window_at", flat=True).first()
    return min(max(last or now - WEEK, now - LONGEST), now - WEEK)


Told = tuple[str, Group] | None


def _add(subjects: list[str], groups: list[Group], told: Told) -> None:
    if told is not None:
        subjects.append(told[0])
        groups.append(told[1])


def _add_teams(subjects: list[str], groups: list[Group], reader: User, since: dt.datetime, now: dt.datetime) -> None:
    moves = moves_of(View(), reader, now)
    overdue = next((one for one in moves or () if one.state == State.OVERDUE), None)
    if overdue is not None and (overdue.came or overdue.left):
        subjects.append(_moved_subject(overdue))
        groups.extend(moved_groups(overdue))
    _add(subjects, groups, climbed_group(reader, Rung.SUPERVISOR, since, now))
    _add(subjects, groups, kept_group(reader, now))
    _add(subjects, groups, uncovered_group(reader, now))
    _add(subjects, groups, handed_group(reader, since, now))


def _moved_subject(overdue: Movement) -> str:
    """Those who began to wait before those who no longer do; nobody is not counted."""
    came = ngettext("%(n)s client began to wait too long", "%(n)s clients began to wait too long", overdue.came_count)
    left = ngettext("%(n)s client no longer waits", "%(n)s clients no longer wait", overdue.left_count)
    said = [(came, overdue.came_count), (left, overdue.left_count)]
    return ", ".join(words % {"n": count} for words, count in said if count)


def moved_groups(overdue: Movement) -> Iterable[Group]:
    """Who came among those who wait too long and who left them, a line a reason."""
    if overdue.came:
        yield Group(_("Began to wait too long"), [_moved(why, moves_words.CAME) for why in overdue.came])
    if overdue.left:
        yield Group(_("No longer wait"), [_moved(why, moves_words.LEFT) for why in overdue.left])


def _moved(why: Why, words: Mapping[str, object]) -> Line:
    name = ngettext("%(n)s client", "%(n)s clients", why.count) % {"n": why.count}
    return Line(name, str(words[why.reason]), links.page("crm:customer-list") + why.url)


def climbed_group(reader: User, rung: Rung, since: dt.datetime, now: dt.datetime) -> Told:
    """The alerts that came to a rung since the last mail: with whom the client is, and how it stands. Two queries.

    To administrators only silences come by this mail alone (A3).
    """
    climbs = AlertEvent.objects.filter(kind=EventKind.CLIMBED, rung=rung, at__gt=since, at__lte=now)
    if rung == Rung.ADMINISTRATORS:
        climbs = climbs.filter(alert__family=Family.SILENCE)
    seen = (
        AlertQuerySet(Alert).visible_to(reader).filter(pk__in=climbs.values("alert"), customer__is_demo=reader.is_demo)
    )
    if rung == Rung.SUPERVISOR:
        seen = seen.filter(customer__clock__team__in=reader.supervised_team_ids)
    alerts = list(seen.select_related("customer__owner").order_by("closed_at", "oldest_due_at", "pk")[: NAMED + 1])
    if not alerts:
        return None
    n = len(alerts) if len(alerts) <= NAMED else seen.count()
    alerts.sort(key=lambda one: (one.closed_at is not None, one.oldest_due_at, one.pk))
    subject = ngettext("%(n)s alert climbed", "%(n)s alerts climbed", n) % {"n": n}
    title = _("Climbed to the administrators") if rung == Rung.ADMINISTRATORS else _("Climbed to the supervisors")
    return subject, Group(title, [_climbed(alert, reader, now) for alert in alerts[:NAMED]], _more(n))


def _climbed(alert: Alert, reader: User, now: dt.datetime) -> Line:
    today = local_day(now, reader.zone)
    owner = alert.customer.owner.name if alert.customer.owner else _("nobody yet")
    about = {
        "owner": owner,
        "kind": _lower(alert.get_family_display()),
        "day": short_date(_day(alert.oldest_due_at, reader), today),
    }
    if alert.closed_at is None:
        said = _("with %(owner)s; %(kind)s, since %(day)s, still open") % about
    else:
        about["end"] = on_day(_day(alert.closed_at, reader), today)
        about["how"] = alert.get_close_reason_display()
        said = _("with %(owner)s; %(kind)s, since %(day)s; ended %(end)s: %(how)s") % about
    return Line(alert.customer.name, said, links.page("alerts:alert-detail", alert.pk))


def kept_group(reader: User, now: dt.datetime) -> Told:
    """The promises kept this week, beside the four weeks before. Two queries."""
    clocks = Listing(View(), reader, now).rows
    monday = now - WEEK
    this, before = promises_of(clocks, now, monday), promises_of(clocks, monday, monday - BEFORE * WEEK)
    if not this.total:
        return None
    page = links.page("retention:promises-kept")
    lines = [Line(_kept(this), _("this week"), page)]
    if before.total:
        lines.append(Line(_kept(before), _("the four weeks before"), page))
    return _("%(kept)s of %(total)s promises kept") % {"kept": this.kept, "total": this.total}, Group(
        _("Promises kept"), lines
    )


def _kept(promises: Promises) -> str:
    about = {"kept": promises.kept, "total": promises.total, "percent": promises.percent}
    return _("%(kept)s of %(total)s (%(percent)s %%)") % about


def uncovered_group(reader: User, now: dt.datetime) -> Told:
    """Who of the reader's teams will be away, or is, with nobody for their clients. One query."""
    people = User.objects.active().filter(memberships__team__in=reader.supervised_team_ids)
    rows = Absence.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now),
        cover__isnull=True,
        user__in=people.values("pk"),
        starts_at__lt=now + AHEAD,
    )
    away = list(rows.select_related("user").order_by("starts_at", "pk"))
    if not away:
        return None
    subject = ngettext("%(n)s absence without cover", "%(n)s absences without cover", len(away)) % {"n": len(away)}
    lines = [Line(one.user.name, _away(one, reader), links.page("accounts:away", one.user_id)) for one in away[:NAMED]]
    return subject, Group(_("Away without cover"), lines, _more(len(away)))


def _away(absence: Absence, reader: User) -> str:
    first = short_date(_day(absence.starts_at, reader), _day(absence.starts_at, reader))
    if absence.ends_at is None:
        return _("from %(first)s on; the team's queue takes their clients") % {"first": first}
    back = short_date(_day(absence.ends_at, reader), _day(absence.starts_at, reader))
    about = {"first": first, "back": back}
    return _("from %(first)s, back on %(back)s; the team's queue takes their clients") % about


def handed_group(reader: User, since: dt.datetime, now: dt.datetime) -> Told:
    """The clients handed from one to another since the last mail, as they are now. One query."""
    moves = Customer.history.filter(history_change_reason=HANDED_OVER, history_date__gt=since, history_date__lte=now)
    rows = Customer.objects.filter(
        pk__in=moves.values("id"), archived_at__isnull=True, team__in=reader.supervised_team_ids
    )
    found = list(rows.select_related("owner").order_by("name_key", "pk")[: NAMED + 1])
    if not found:
        return None
    n = len(found) if len(found) <= NAMED else rows.count()
    subject = ngettext("%(n)s client handed over", "%(n)s clients handed over", n) % {"n": n}
    lines = [
        Line(
            one.name,
            _("now with %(name)s") % {"name": one.owner.name if one.owner else _("nobody yet")},
            links.page("crm:customer-detail", one.pk),
        )
        for one in found[:NAMED]
    ]
    return subject, Group(_("Handed over"), lines, _more(n))


def refused_group() -> Told:
    """Whose mail server takes nothing. One query."""
    people = list(User.objects.active().filter(address_refused_at__isnull=False).order_by("name", "pk"))
    if not people:
        return None
    subject = _("our mail does not reach %(name)s") % {"name": people[0].name}
    lines = [Line(one.name, one.email, links.page("retention:person", one.pk)) for one in people[:NAMED]]
    return subject, Group(_("Their mail server takes nothing from us"), lines, _more(len(people)))


def mended_group(since: dt.datetime, now: dt.datetime) -> Told:
    """What the nights found not to hold, and mended. One query."""
    found = AuditFinding.objects.filter(found_at__gt=since, found_at__lte=now)
    counted = list(found.order_by("clause").values_list("clause").annotate(n=Count("pk")))
    if not counted:
        return None
    total = sum(n for _clause, n in counted)
    subject = ngettext("the night mended %(n)s thing", "the night mended %(n)s things", total) % {"n": total}
    return subject, Group(_("Mended by the nightly audit"), [Line(str(n), _(clause)) for clause, n in counted])


def _lower(words: object) -> str:
    text = str(words)
    return text[:1].lower() + text[1:]


def _more(n: int) -> str:
    beyond = n - NAMED
    return ngettext("And one more.", "And %(n)s more.", beyond) % {"n": beyond} if beyond > 0 else ""


def _day(at: dt.datetime, reader: User) -> dt.date:
    return local_day(at, reader.zone)
