from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """Keeping them: attention policies, providers, pages that gather."""

    name = "retention"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import events
        from alerts.providers import register_provider
        from crm.agreements import tell_interval
        from retention.intervals import interval_days
        from retention.policies import calendar_changed
        from retention.providers.attention import SILENCE
        from retention.providers.callbacks import CALL_BACK
        from retention.providers.promises import PROMISE
        from retention.providers.reviews import REVIEW

        for provider in (SILENCE, CALL_BACK, PROMISE, REVIEW):
            register_provider(provider)
        tell_interval(interval_days)
        events.listen_to_calendars(calendar_changed, position=20)
        self._add_boards_and_nights()
        self._add_care()
        self._add_hand_overs()

    def _add_hand_overs(self) -> None:
        from alerts import nightly, pump
        from crm import handing
        from retention import hand_over_jobs, pages, segment_ends

        pump.register("retention.tasks.reassign", hand_over_jobs.waits)
        pump.register("retention.tasks.end_segments", segment_ends.waits)
        nightly.register("segments that ended", segment_ends.fetch_strays, order=25)
        handing.offer("retention:reassign", pages.supervises)

    def _add_care(self) -> None:
        from alerts import nightly
        from crm.events import listen
        from crm.quiet import tell_quiet
        from crm.rhythm import refresh_stale
        from retention import quiet, watch

        # After the promises: it reads nothing of theirs.
        listen(watch.keep, position=30)
        tell_quiet(quiet.date)
        nightly.register("rhythms", refresh_stale, order=40)
        nightly.register("quiet people", quiet.refresh, order=50)

    def _add_boards_and_nights(self) -> None:
        from alerts import nightly, pump, weekly
        from crm.listing import tell_counts, tell_promises
        from crm.named import Named, tell_set
        from retention import calendar_changes, customer_page, evenings, firm_board, pages, recounts, today, today_words
        from retention.audit import audit
        from retention.how_we_do_counts import run_night
        from retention.moves import moved
        from retention.moves_words import filter_words
        from retention.policy_changes import waits
        from retention.promises_kept import promised
        from retention.snapshots import write_last_day
        from retention.weekly import compose

        pump.register("retention.tasks.change_promises", waits)
        pump.register("retention.tasks.recount", recounts.waits)
        pump.register("retention.tasks.change_calendars", calendar_changes.waits)
        weekly.compose_by(compose)
        customer_page.register()
        pages.register()
        tell_promises(promised)
        tell_counts(firm_board.known_count)
        pump.register("retention.tasks.renew_boards", firm_board.waits)
        nightly.register("boards nobody asks for", firm_board.forget, order=80)
        for way in ("came", "left"):
            tell_set(way, Named(moved, filter_words))
        tell_set("was", Named(evenings.was, evenings.words, evenings.size))
        tell_set("today", Named(today.needs, today_words.filter_words))
        # Before the audit mends: the evening as it was.
        nightly.register("snapshots", write_last_day, order=20)
        nightly.register("audit", audit, order=30)
        nightly.register("how we do", run_night, order=60)
