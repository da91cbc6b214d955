"""Which pages of this app stand in the navigation and among the settings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts import navigation, settings_pages
from accounts.models import User
from accounts.navigation import NavEntry
from accounts.settings_pages import SettingsPage


def supervises(user: User) -> bool:
    return user.is_supervisor


NAVIGATION = [
    NavEntry(label=_("Today"), url_name="retention:today", icon="sun", order=10),
    NavEntry(label=_("At risk"), url_name="retention:at-risk", icon="heart-broken", order=40, visible=supervises),
    NavEntry(label=_("How we do"), url_name="retention:how-we-do", icon="gauge", order=45, visible=supervises),
    NavEntry(label=_("Watch list"), url_name="retention:watch-list", icon="mood-sad", order=50),
    NavEntry(label=_("Team"), url_name="retention:team", icon="users-group", order=70, visible=supervises),
    NavEntry(
        label=_("Settings"),
        url_name="accounts:settings-index",
        icon="settings",
        order=90,
        visible=supervises,
        foot=True,
    ),
]

SETTINGS = [
    SettingsPage(
        label=_("Promises"),
        says=_("How often each client hears from us: everybody, segments, single clients."),
        url_name="retention:policy-list",
        icon="heart-handshake",
        order=10,
        visible=supervises,
        prefixes=("/settings/segments/",),
    ),
    SettingsPage(
        label=_("What counts"),
        says=_("What each contact is for a client’s time: attention, an attempt, nothing."),
        url_name="retention:what-counts",
        icon="checks",
        order=20,
        visible=supervises,
    ),
    SettingsPage(
        label=_("Calendars"),
        says=_("When each team works: hours, public holidays, days that differ."),
        url_name="retention:calendar-list",
        icon="calendar",
        order=40,
        visible=supervises,
    ),
    SettingsPage(
        label=_("Teams"),
        says=_("Who answers for each other’s clients, by which calendar, and what each role may."),
        url_name="retention:teams",
        icon="users-group",
        order=50,
        visible=supervises,
    ),
    SettingsPage(
        label=_("People"),
        says=_("Who works here, in which teams, and what each of them carries."),
        url_name="retention:people",
        icon="users",
        order=60,
        visible=supervises,
    ),
    SettingsPage(
        label=_("Languages and zones"),
        says=_("What somebody new begins with, and what each person reads and by which clock."),
        url_name="retention:languages",
        icon="language",
        order=65,
        visible=supervises,
    ),
]


def register() -> None:
    """Fill both registries; called once, when the apps are ready."""
    for entry in NAVIGATION:
        navigation.register(entry)
    for page in SETTINGS:
        settings_pages.register(page)
