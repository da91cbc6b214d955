"""``manage.py import_csv customers|contacts|interactions FILE``: real input from other systems (docs/import.md)."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.importing import asking
from crm.importing.columns import Recognition, UnknownColumn, recognise
from crm.importing.contacts import ContactWriter
from crm.importing.context import Context
from crm.importing.customers import CustomerWriter
from crm.importing.dates import DateOrder
from crm.importing.deeds import Choices
from crm.importing.fields import FIELDS, Kind
from crm.importing.folding import fold_header
from crm.importing.outcomes import Act, Ended
from crm.importing.owners import Owners
from crm.importing.reading import Layout, UnreadableFile, read_layout
from crm.importing.records import RecordReader
from crm.importing.run import Writer, finish, import_rows, rehearse_rows
from crm.importing.sources import find_source
from crm.importing.tally import Rejects, Tally
from crm.importing.touches import TouchWriter

#: The exit status of a file about which something has to be said first.
ASKS = 2


class Command(BaseCommand):
    help = "Import customers, contacts or interactions from another system's CSV export (docs/import.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The kind, the file, and what a person can say about it."""
        pairs: dict[str, Any] = {"nargs": "+", "action": "extend", "default": []}
        parser.add_argument("kind", choices=[kind.value for kind in Kind])
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--map", metavar="THEIRS=OURS", help="A column and its field; nothing after = leaves it out.", **pairs
        )
        parser.add_argument("--owner-map", metavar="THEIRS=EMAIL", help="Who an owner's name or code is.", **pairs)
        parser.add_argument("--outcome-map", metavar="THEIRS=OURS", help="What an outcome's word means.", **pairs)
        parser.add_argument("--dates", choices=["day-first", "month-first"], help="For dates such as 03/04/2025.")
        parser.add_argument(
            "--channel", choices=[act.value for act in Act], help="Of a file that does not name the channel."
        )
        parser.add_argument("--no-outcome", choices=["note", "reached"], help="Calls and meetings without an outcome.")
        parser.add_argument("--source", help="The system the file comes from; ids are kept apart by it.")
        parser.add_argument("--currency", default="", help="Of amounts without one, as a code of three letters.")
        parser.add_argument("--encoding", default="", help="If it is found wrongly.")
        parser.add_argument("--delimiter", default="", help="If it is found wrongly.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be done; write nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, recognise, ask or write, and say what was done. Exit 2: something has to be said first."""
        kind, path = Kind(options["kind"]), options["file"]
        layout = self._layout(path, options)
        owners = Owners(_pairs(options["owner_map"], "--owner-map"))
        recognition = self._recognition(kind, layout, owners, options)
        self._show(layout, recognition)
        self._ask(layout, recognition, options)
        context = Context(
            source=options["source"] or find_source(layout.headers),
            now=timezone.now().replace(microsecond=0),
            why=f"import {path.name}"[:100],
            owners=owners,
            currency=options["currency"].upper(),
        )
        writer = self._writer(layout, recognition, context, options)
        rejects = Rejects(path, layout.headers, dry=options["dry_run"])
        try:
            self._import(layout, recognition, writer, context, rejects, dry=options["dry_run"])
        except UnreadableFile as error:
            raise CommandError(f"{path.name}: {error}") from error
        finally:
            rejects.close()

    def _layout(self, path: Path, options: dict[str, Any]) -> Layout:
        if not path.is_file():
            raise CommandError(_("There is no file %(path)s.") % {"path": path})
        try:
            return read_layout(path, encoding=options["encoding"], delimiter=options["delimiter"])
        except UnreadableFile as error:
            raise CommandError(f"{path.name}: {error}") from error

    def _recognition(self, kind: Kind, layout: Layout, owners: Owners, options: dict[str, Any]) -> Recognition:
        try:
            return recognise(
                kind,
                layout.headers,
                layout.sample,
                region=owners.home_country,
                told=_pairs(options["map"], "--map"),
                date_order=DateOrder(options["dates"]) if options["dates"] else None,
            )
        except UnknownColumn as error:
            fields = ", ".join(FIELDS[kind])
            text = _("--map: the file has no column “%(name)s” and there is no such field. Fields: %(fields)s")
            raise CommandError(text % {"name": error, "fields": fields}) from error

    def _show(self, layout: Layout, recognition: Recognition) -> None:
        delimiter = {"\t": "tab", " ": "space"}.get(layout.delimiter, layout.delimiter)
        header = _("with a header") if layout.has_header else _("without a header")
        self.stdout.write(f"{layout.path.name}: {layout.encoding}, {delimiter}, {header}")
        width = min(36, max((len(column.header) for column in recognition.columns), default=0))
        for column in recognition.columns:
            name = column.header[:36].ljust(width)
            if column.field:
                sure = _("told") if column.told else f"{column.confidence:.2f}"
                self.stdout.write(f"  {name}  → {column.field}  ({sure})")
            elif column.holdings.filled:
                self.stdout.write(f"  {name}  –  ({column.holdings.main.value})")

    def _ask(self, layout: Layout, recognition: Recognition, options: dict[str, Any]) -> None:
        """Stop with exit 2 and the line to complete, when something is not sure; nothing has been written."""
        asked = asking.questions(recognition, layout.sample)
        told = Act(options["channel"]) if options["channel"] else None
        if not asked and told is None and asking.lacks_act(recognition, layout.sample):
            asked.append((_("Nothing says whether these are calls, visits or mails."), "--channel call|visit|email|…"))
        if not asked and not options["no_outcome"] and asking.lacks_outcome(recognition, layout.sample, told):
            text = _("Nothing says whether these calls and meetings reached the client.")
            asked.append((text, "--no-outcome note|reached"))
        if not asked:
            return
        lines = [text for text, _option in asked]
        command = f"manage.py import_csv {recognition.kind} {layout.path}"
        said = [f"--map {one!r}" for one in options["map"]]
        lines += [
            _("Nothing was written. Please complete:"),
            " ".join([command, *said, *(option for _text, option in asked)]),
        ]
        raise CommandError("\n".join(lines), returncode=ASKS)

    def _writer(self, layout: Layout, recognition: Recognition, context: Context, options: dict[str, Any]) -> Writer:
        if recognition.kind is Kind.CUSTOMERS:
            return CustomerWriter(context, recognition, layout.sample)
        if recognition.kind is Kind.CONTACTS:
            return ContactWriter(context)
        act = Act(options["channel"]) if options["channel"] else asking.guess_act(recognition, layout.sample)
        told = {
            fold_header(theirs): _ended(ours)
            for theirs, ours in _pairs(options["outcome_map"], "--outcome-map").items()
        }
        return TouchWriter(context, Choices(options["no_outcome"] or "note", act, told))

    def _import(
        self, layout: Layout, recognition: Recognition, writer: Writer, context: Context, rejects: Rejects, *, dry: bool
    ) -> None:
        progress = Progress(self.stderr)
        run = rehearse_rows if dry else import_rows
        tally = run(layout.rows(), RecordReader(recognition), writer, context, rejects, progress)
        progress.done()
        self._report(tally, context, rejects, dry=dry)
        if not dry:
            finish(tally, writer, context, progress)
            progress.done()

    def _report(self, tally: Tally, context: Context, rejects: Rejects, *, dry: bool) -> None:
        """The sum that always holds, then what a person may want to act on."""
        if dry:
            self.stdout.write(_("Dry run: nothing was written."))
        text = _("%(created)d created + %(updated)d updated + %(unchanged)d unchanged + %(rejected)d rejected")
        text = _("%(parts)s = %(rows)d rows") % {"parts": text, "rows": tally.rows}
        parts = ("created", "updated", "unchanged", "rejected")
        self.stdout.write(text % {name: getattr(tally, name) for name in parts})
        if tally.became:
            self.stdout.write("  " + ", ".join(f"{count} {kind}" for kind, count in tally.became.most_common()))
        for line, reason in rejects.examples:
            self.stdout.write(_("  line %(line)d: %(reason)s") % {"line": line, "reason": reason})
        if tally.rejected and not dry:
            self.stdout.write(_("Rejected rows are in %(path)s.") % {"path": rejects.path})
        self._suggest(tally, context)

    def _suggest(self, tally: Tally, context: Context) -> None:
        """What the import could not know and a person can say."""
        if context.owners.invited:
            people = ", ".join(context.owners.invited[:10])
            self.stdout.write(_("New people, not yet invited: %(people)s") % {"people": people})
        for word, count in context.owners.unknown.most_common(10):
            text = _("“%(word)s” (%(count)d rows) is nobody here. To say who it is: --owner-map '%(word)s=EMAIL'")
            self.stdout.write(text % {"word": word, "count": count})
        ours = "|".join(end.value for end in Ended)
        for word, count in tally.unknown_outcomes.most_common(10):
            text = _("The outcome “%(word)s” (%(count)d rows) is not known and became notes. To say what it is:")
            self.stdout.write(f"{text % {'word': word, 'count': count}} --outcome-map '{word}={ours}'")
        if tally.unread:
            self.stdout.write(
                _("%(count)d cells could not be read; their text is kept with the client.") % {"count": tally.unread}
            )


class Progress:
    """Says on the error stream how far it is, about every two seconds."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._started, self._last, self._line = stream, time.monotonic(), time.monotonic(), ""

    def __call__(self, what: str, count: int) -> None:
        now = time.monotonic()
        rate = count / max(now - self._started, 0.001)
        self._line = f"{count:,} {what}, {rate:,.0f}/s"
        if now - self._last >= 2:
            self._last = now
            self._stream.write(self._line)

    def done(self) -> None:
        """The last figure, and the clock set back for the next step."""
        if self._line:
            self._stream.write(self._line)
        self._started, self._line = time.monotonic(), ""


def _pairs(texts: list[str], option: str) -> dict[str, str]:
    pairs = {}
    for text in texts:
        theirs, sign, ours = text.rpartition("=")
        if not sign or not theirs:
            raise CommandError(_("%(option)s %(text)s: please write THEIRS=OURS.") % {"option": option, "text": text})
        pairs[theirs.strip()] = ours.strip()
    return pairs


def _ended(text: str) -> Ended:
    try:
        return Ended(text)
    except ValueError as error:
        known = ", ".join(end.value for end in Ended)
        raise CommandError(
            _("--outcome-map: %(text)s is none of %(known)s.") % {"text": text, "known": known}
        ) from error
