"""The sentence in templates: `{{ row.facts|say }}`, `{{ facts|say_linked }}`."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.safestring import SafeString

from crm import sentence
from crm.sentence import Fact

register = template.Library()


@register.filter
def say(facts: Iterable[Fact]) -> SafeString:
    return sentence.say(facts)


@register.filter
def say_linked(facts: Iterable[Fact]) -> SafeString:
    return sentence.say(facts, linked=True)
