"""Addresses in mails: whole ones, on SITE_URL, of the signed-in pages."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.urls import NoReverseMatch, reverse


def page(name: str, *args: object, fragment: str = "", **query: object) -> str:
    """Return the whole address of a page; the start page where an app without that page is installed."""
    try:
        path = reverse(name, args=args)
    except NoReverseMatch:
        return f"{settings.SITE_URL}/"
    asked = f"?{urlencode(query)}" if query else ""
    return f"{settings.SITE_URL}{path}{asked}{'#' + fragment if fragment else ''}"
