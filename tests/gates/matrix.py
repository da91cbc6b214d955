"""Who gets what at which address: the one table, and the addresses that exist.

The samples are Ana's: her client, its people, next steps, alerts and mails. Bruno is on her team, Carla supervises it;
Diego and Fatima are strangers from another team; Eva administers. A row is the code that each of them gets; "in" is the
way to the sign-in page. `#` names another sample than Ana's own. What is not there for somebody is 404 as if it did not
exist; what is there, but not theirs to do, is 403; 405 is a method that the address does not know; 422 is a form that
names what is not theirs to choose. A link of a mail (`alerts:mail-`) is Ana's whoever opens it: its token is the right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

ACTORS = ("nobody", "ana", "bruno", "diego", "carla", "fatima", "eva")

TABLE = """
address                                 method  nobody ana  bruno diego carla fatima eva

health                                  GET     200    200  200   200   200   200    200
health                                  POST    405    405  405   405   405   405    405
account_login                           GET     200    302  302   302   302   302    302
account_login                           POST    200    302  302   302   302   302    302
account_logout                          GET     302    200  200   200   200   200    200
account_logout                          POST    302    302  302   302   302   302    302
account_inactive                        GET     200    200  200   200   200   200    200
account_inactive                        POST    405    405  405   405   405   405    405
account_change_password                 GET     in     200  200   200   200   200    200
account_change_password                 POST    in     200  200   200   200   200    200
account_reset_password                  GET     200    200  200   200   200   200    200
account_reset_password                  POST    302    302  302   302   302   302    302
account_reset_password_done             GET     200    200  200   200   200   200    200
account_reset_password_done             POST    405    405  405   405   405   405    405
account_reset_password_from_key         GET     200    200  200   200   200   200    200
account_reset_password_from_key         POST    200    200  200   200   200   200    200
account_reset_password_from_key_done    GET     200    200  200   200   200   200    200
account_reset_password_from_key_done    POST    405    405  405   405   405   405    405

accounts:first-start                    GET     404    404  404   404   404   404    404
accounts:first-start                    POST    404    404  404   404   404   404    404
accounts:preferences                    GET     in     200  200   200   200   200    200
accounts:preferences                    POST    in     302  302   302   302   302    302
accounts:settings-index                 GET     in     403  403   403   200   200    200
accounts:settings-index                 POST    in     405  405   405   405   405    405
accounts:away                           GET     in     200  403   404   200   404    200
accounts:away                           POST    in     302  403   404   302   404    302
accounts:away-today                     GET     in     405  405   405   405   405    405
accounts:away-today                     POST    in     302  403   404   302   404    302
accounts:absence-edit                   GET     in     200  404   404   200   404    200
accounts:absence-edit                   POST    in     302  404   404   302   404    302
accounts:absence-end                    GET     in     405  405   405   405   405    405
accounts:absence-end                    POST    in     302  404   404   302   404    302
accounts:absence-undo                   GET     in     405  405   405   405   405    405
accounts:absence-undo                   POST    in     302  404   404   404   404    404

crm:find                                GET     in     302  302   302   302   302    302
crm:find                                POST    in     405  405   405   405   405    405
crm:interaction-log                     GET     in     200  200   404   200   404    200
crm:interaction-log                     POST    in     302  302   404   302   404    302
crm:interaction-preview                 GET     in     405  405   405   405   405    405
crm:interaction-preview                 POST    in     200  200   404   200   404    200
crm:interaction-undo                    GET     in     405  405   405   405   405    405
crm:interaction-undo                    POST    in     302  404   404   403   404    403
crm:interaction-edit                    GET     in     200  404   404   200   404    200
crm:interaction-edit                    POST    in     302  404   404   302   404    302
crm:interaction-edit#by-bruno           GET     in     200  200   404   200   404    200
crm:interaction-delete                  GET     in     405  405   405   405   405    405
crm:interaction-delete                  POST    in     302  404   404   302   404    302
crm:task-done                           GET     in     405  405   405   405   405    405
crm:task-done                           POST    in     302  404   404   302   404    302
crm:task-done#of-bruno                  POST    in     302  302   404   302   404    302
crm:task-reopen                         GET     in     405  405   405   405   405    405
crm:task-reopen                         POST    in     302  404   404   302   404    302
crm:task-drop                           GET     in     405  405   405   405   405    405
crm:task-drop                           POST    in     302  404   404   302   404    302
crm:customer-list                       GET     in     200  200   200   200   200    200
crm:customer-list                       POST    in     405  405   405   405   405    405
crm:customer-create                     GET     in     200  200   200   200   200    200
crm:customer-create                     POST    in     302  302   422   302   422    302
crm:customer-detail                     GET     in     200  200   404   200   404    200
crm:customer-detail                     POST    in     405  405   405   405   405    405
crm:customer-detail#queue               GET     in     200  200   404   200   404    200
crm:customer-edit                       GET     in     200  403   404   200   404    200
crm:customer-edit                       POST    in     302  403   404   302   404    302
crm:customer-edit#queue                 GET     in     200  200   404   200   404    200
crm:customer-changes                    GET     in     200  403   404   200   404    200
crm:customer-changes                    POST    in     405  405   405   405   405    405
crm:customer-archive                    GET     in     405  405   405   405   405    405
crm:customer-archive                    POST    in     302  403   404   302   404    302
crm:customer-unarchive                  GET     in     405  405   405   405   405    405
crm:customer-unarchive                  POST    in     302  403   404   302   404    302
crm:customer-take                       GET     in     405  405   405   405   405    405
crm:customer-take                       POST    in     302  403   404   302   404    302
crm:customer-take#queue                 POST    in     302  302   404   302   404    302
crm:customer-give-back                  GET     in     405  405   405   405   405    405
crm:customer-give-back                  POST    in     302  403   404   302   404    302
crm:customer-stage                      GET     in     200  403   404   200   404    200
crm:customer-stage                      POST    in     302  403   404   302   404    302
crm:customer-care                       GET     in     200  403   404   200   404    200
crm:customer-care                       POST    in     302  403   404   302   404    302
crm:note-create                         GET     in     200  403   404   200   404    200
crm:note-create                         POST    in     302  403   404   302   404    302
crm:attachment-list                     GET     in     200  403   404   200   404    200
crm:attachment-list                     POST    in     405  405   405   405   405    405
crm:attachment-add                      GET     in     200  403   404   200   404    200
crm:attachment-add                      POST    in     302  403   404   302   404    302
crm:attachment-open                     GET     in     200  404   404   200   404    200
crm:attachment-open                     POST    in     405  405   405   405   405    405
crm:attachment-open#by-bruno            GET     in     200  200   404   200   404    200
crm:attachment-rename                   GET     in     200  404   404   200   404    200
crm:attachment-rename                   POST    in     302  404   404   302   404    302
crm:attachment-remove                   GET     in     405  405   405   405   405    405
crm:attachment-remove                   POST    in     302  404   404   302   404    302
crm:attachment-restore                  GET     in     405  405   405   405   405    405
crm:attachment-restore                  POST    in     302  404   404   302   404    302
crm:contact-create                      GET     in     200  403   404   200   404    200
crm:contact-create                      POST    in     302  403   404   302   404    302
crm:contact-edit                        GET     in     200  404   404   200   404    200
crm:contact-edit                        POST    in     302  404   404   302   404    302
crm:contact-left                        GET     in     405  405   405   405   405    405
crm:contact-left                        POST    in     302  404   404   302   404    302
crm:task-create                         GET     in     200  403   404   200   404    200
crm:task-create                         POST    in     302  403   404   302   404    302
crm:agreed-date                         GET     in     200  403   404   200   404    200
crm:agreed-date                         POST    in     302  403   404   302   404    302
crm:agreed-date-withdraw                GET     in     405  405   405   405   405    405
crm:agreed-date-withdraw                POST    in     302  403   404   302   404    302
crm:no-follow-up                        GET     in     200  403   404   200   404    200
crm:no-follow-up                        POST    in     302  403   404   302   404    302
crm:no-follow-up-end                    GET     in     405  405   405   405   405    405
crm:no-follow-up-end                    POST    in     302  403   404   302   404    302

alerts:alert-list                       GET     in     200  200   200   200   200    200
alerts:alert-list                       POST    in     405  405   405   405   405    405
alerts:alert-detail                     GET     in     200  404   404   200   404    200
alerts:alert-detail                     POST    in     405  405   405   405   405    405
alerts:alert-snooze                     GET     in     405  405   405   405   405    405
alerts:alert-snooze                     POST    in     302  404   404   302   404    302
alerts:alert-resume                     GET     in     405  405   405   405   405    405
alerts:alert-resume                     POST    in     302  404   404   302   404    302
alerts:alert-acknowledge                GET     in     405  405   405   405   405    405
alerts:alert-acknowledge                POST    in     302  404   404   302   404    302
alerts:alert-dismiss                    GET     in     405  405   405   405   405    405
alerts:alert-dismiss                    POST    in     302  404   404   302   404    302
alerts:alert-undo                       GET     in     405  405   405   405   405    405
alerts:alert-undo                       POST    in     302  404   404   404   404    404
alerts:mail-call                        GET     200    200  200   200   200   200    200
alerts:mail-call                        POST    302    302  302   302   302   302    302
alerts:mail-call#forged                 GET     404    404  404   404   404   404    404
alerts:mail-call#forged                 POST    404    404  404   404   404   404    404
alerts:mail-snooze                      GET     200    200  200   200   200   200    200
alerts:mail-snooze                      POST    302    302  302   302   302   302    302
alerts:mail-snooze#forged               GET     404    404  404   404   404   404    404
alerts:mail-snooze#forged               POST    404    404  404   404   404   404    404
alerts:mail-open                        GET     200    302  200   200   200   200    200
alerts:mail-open                        POST    405    405  405   405   405   405    405
alerts:mail-open#forged                 GET     404    404  404   404   404   404    404
alerts:mail-lines                       GET     200    200  200   200   200   200    200
alerts:mail-lines                       POST    200    200  200   200   200   200    200
alerts:mail-lines#forged                GET     404    404  404   404   404   404    404
alerts:mail-lines#forged                POST    404    404  404   404   404   404    404
alerts:delivery-list                    GET     in     200  200   200   200   200    200
alerts:delivery-list                    POST    in     405  405   405   405   405    405
alerts:delivery-test                    GET     in     405  405   405   405   405    405
alerts:delivery-test                    POST    in     302  302   302   302   302    302
alerts:settings-alerts                  GET     in     403  403   403   200   200    200
alerts:settings-alerts                  POST    in     403  403   403   403   403    302
alerts:settings-alerts-undo             GET     in     405  405   405   405   405    405
alerts:settings-alerts-undo             POST    in     403  403   403   403   403    302
alerts:settings-mail                    GET     in     403  403  403   403   403    200
alerts:settings-mail                    POST    in     405  405  405   405   405    405
alerts:settings-mail-look               GET     in     403  403  403   403   403    200
alerts:settings-mail-look               POST    in     405  405  405   405   405    405
alerts:settings-mail-test               GET     in     403  403  403   403   403    200
alerts:settings-mail-test               POST    in     405  405  405   405   405    405
alerts:delivery-detail                  GET     in     200  404   404   404   404    200
alerts:delivery-detail                  POST    in     405  405   405   405   405    405
alerts:delivery-letter                  GET     in     200  404   404   404   404    200
alerts:delivery-letter                  POST    in     405  405   405   405   405    405

retention:today                         GET     in     200  200   200   200   200    200
retention:today                         POST    in     405  405   405   405   405    405
retention:at-risk                       GET     in     403  403   403   200   200    200
retention:at-risk                       POST    in     405  405   405   405   405    405
retention:at-risk-week                  GET     in     403  403   403   200   200    200
retention:at-risk-week                  POST    in     405  405   405   405   405    405
retention:alert-day                     GET     in     403  403   403   200   200    200
retention:alert-day                     POST    in     405  405   405   405   405    405
retention:promises-kept                 GET     in     403  403   403   200   200    200
retention:promises-kept                 POST    in     405  405   405   405   405    405
retention:how-we-do                     GET     in     403  403   403   200   200    200
retention:how-we-do                     POST    in     405  405   405   405   405    405
retention:how-we-do-alerts              GET     in     403  403   403   200   200    200
retention:how-we-do-alerts              POST    in     405  405   405   405   405    405
retention:how-we-do-contacts            GET     in     403  403   403   200   200    200
retention:how-we-do-contacts            POST    in     405  405   405   405   405    405
retention:watch-list                    GET     in     200  200   200   200   200    200
retention:watch-list                    POST    in     405  405   405   405   405    405
retention:watch-content                 GET     in     200  403   404   200   404    200
retention:watch-content                 POST    in     302  403   404   302   404    302
retention:watch-undo                    GET     in     405  405   405   405   405    405
retention:watch-undo                    POST    in     302  404   404   404   404    404
retention:team                          GET     in     403  403   403   200   200    200
retention:team                          POST    in     405  405   405   405   405    405
retention:calendar-list                 GET     in     403  403  403   200   200    200
retention:calendar-list                 POST    in     405  405  405   405   405    405
retention:calendar-create               GET     in     403  403  403   403   403    200
retention:calendar-create               POST    in     403  403  403   403   403    302
retention:calendar-regions              GET     in     403  403  403   200   200    200
retention:calendar-regions              POST    in     405  405  405   405   405    405
retention:calendar-detail               GET     in     403  403  403   200   200    200
retention:calendar-detail               POST    in     403  403  403   403   403    200
retention:calendar-delete               GET     in     405  405  405   405   405    405
retention:calendar-delete               POST    in     403  403  403   403   403    302
retention:calendar-change               GET     in     403  403  403   200   200    200
retention:calendar-change               POST    in     405  405  405   405   405    405
retention:calendar-undo                 GET     in     405  405  405   405   405    405
retention:calendar-undo                 POST    in     403  403  403   403   403    302
retention:people                        GET     in     403  403   403   200   200    200
retention:people                        POST    in     405  405   405   405   405    405
retention:people-invite                 GET     in     403  403   403   403   403    200
retention:people-invite                 POST    in     403  403   403   403   403    302
retention:people-invite-several         GET     in     403  403   403   403   403    200
retention:people-invite-several         POST    in     403  403   403   403   403    302
retention:person-change                 GET     in     403  403   403   403   403    200
retention:person-change                 POST    in     403  403   403   403   403    200
retention:person-invite                 GET     in     405  405   405   405   405    405
retention:person-invite                 POST    in     403  403   403   403   403    302
retention:person-withdraw               GET     in     405  405   405   405   405    405
retention:person-withdraw               POST    in     403  403   403   403   403    302
retention:person                        GET     in     200  403   404   200   404    200
retention:person                        POST    in     405  405   405   405   405    405
retention:person-leave                  GET     in     403  403   403   403   403    200
retention:person-leave                  POST    in     403  403   403   403   403    302
retention:person-return                 GET     in     403  403   403   403   403    200
retention:person-return                 POST    in     403  403   403   403   403    302
retention:reassign                      GET     in     403  403   403   200   200    200
retention:reassign                      POST    in     403  403   403   302   422    302
retention:reassignment                  GET     in     403  403   403   200   404    200
retention:reassignment                  POST    in     405  405   405   405   405    405
retention:reassignment-undo             GET     in     405  405   405   405   405    405
retention:reassignment-undo             POST    in     403  403   403   302   404    302
retention:languages                     GET     in     403  403   403   200   200    200
retention:languages                     POST    in     403  403   403   403   403    302
retention:teams                         GET     in     403  403   403   200   200    200
retention:teams                         POST    in     405  405   405   405   405    405
retention:teams-create                  GET     in     403  403   403   403   403    200
retention:teams-create                  POST    in     403  403   403   403   403    302
retention:teams-detail                  GET     in     403  403   403   200   404    200
retention:teams-detail                  POST    in     403  403   403   403   404    302
retention:teams-archive                 GET     in     405  405   405   405   405    405
retention:teams-archive                 POST    in     403  403   403   403   403    302
retention:policy-list                   GET     in     403  403   403   200   200    200
retention:policy-list                   POST    in     405  405   405   405   405    405
retention:policy-default                GET     in     403  403   403   200   200    200
retention:policy-default                POST    in     403  403   403   403   403    302
retention:policy-segment                GET     in     403  403   403   200   200    200
retention:policy-segment                POST    in     403  403   403   403   403    302
retention:policy-customer               GET     in     403  403   404   200   404    200
retention:policy-customer               POST    in     403  403   404   302   404    302
retention:policy-change                 GET     in     403  403   403   200   200    200
retention:policy-change                 POST    in     405  405   405   405   405    405
retention:policy-undo                   GET     in     405  405   405   405   405    405
retention:policy-undo                   POST    in     403  403   403   403   403    302
retention:segment-create                GET     in     403  403   403   403   403    200
retention:segment-create                POST    in     403  403   403   403   403    302
retention:segment-rename                GET     in     403  403   403   403   403    200
retention:segment-rename                POST    in     403  403   403   403   403    302
retention:segment-end                   GET     in     403  403   403   403   403    200
retention:segment-end                   POST    in     403  403   403   403   403    302
retention:segment-ended                 GET     in     403  403   403   200   200    200
retention:segment-ended                 POST    in     405  405   405   405   405    405
retention:segment-end-undo              GET     in     405  405   405   405   405    405
retention:segment-end-undo              POST    in     403  403   403   403   403    302
retention:segment-move                  GET     in     405  405   405   405   405    405
retention:segment-move                  POST    in     403  403   403   403   403    302
retention:what-counts                   GET     in     403  403   403   200   200    200
retention:what-counts                   POST    in     405  405   405   405   405    405
retention:counting-cell                 GET     in     403  403   403   403   403    200
retention:counting-cell                 POST    in     403  403   403   403   403    302
retention:counting-undo                 GET     in     405  405   405   405   405    405
retention:counting-undo                 POST    in     403  403   403   403   403    302
retention:recount-ask                   GET     in     403  403   403   403   403    200
retention:recount-ask                   POST    in     403  403   403   403   403    200
retention:recount                       GET     in     403  403   403   200   200    200
retention:recount                       POST    in     405  405   405   405   405    405
retention:recount-undo                  GET     in     405  405   405   405   405    405
retention:recount-undo                  POST    in     403  403   403   403   403    302
"""


@dataclass(frozen=True)
class Row:
    """One row: `code` of an actor is as printed."""

    address: str
    method: str
    codes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The address as `reverse` knows it."""
        return self.address.partition("#")[0]

    def code(self, actor: str) -> str:
        return self.codes[ACTORS.index(actor)]

    def __str__(self) -> str:
        return f"{self.method} {self.address}"


def _rows() -> Iterator[Row]:
    lines = [line.split() for line in TABLE.splitlines() if line.strip()]
    assert lines[0] == ["address", "method", *ACTORS]
    for address, method, *codes in lines[1:]:
        assert len(codes) == len(ACTORS), address
        yield Row(address, method, tuple(codes))


ROWS = list(_rows())


def addresses(resolver: URLResolver | None = None, space: str = "") -> Iterator[str]:
    """Every name that Django resolves, with its namespace; for an address without a name, its pattern."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name or pattern.pattern}"
