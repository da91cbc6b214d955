"""Pages are compressed on their way; what is streamed, a file that somebody attached, goes as it is."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class PagesOnly(GZipMiddleware):
    """Django's, without streams: a photo would not get smaller, and its length would be unknown while it loads."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        return response if response.streaming else super().process_response(request, response)
