"""What each system's activity becomes (the table of docs/import.md)."""

import pytest

from crm.importing.outcomes import Act, Becomes, Ended, Meaning, read_act, read_end, read_status, read_way, understand


def meaning(act: str, outcome: str = "", way: str = "", without: str = "note") -> Meaning:
    return understand(
        act=read_act(act),
        ended=read_end(outcome),
        way=read_way(way) or read_way(act),
        said=outcome,
        without_outcome=without,
    )


@pytest.mark.parametrize(
    ("act", "outcome", "channel", "ours"),
    [
        ("Call", "Connected", "call", "reached"),
        ("Call", "No Answer", "call", "no_answer"),
        ("Call", "Busy", "call", "no_answer"),
        ("Call", "Left Voicemail", "call", "left_message"),
        ("Call", "Left live message", "call", "left_message"),
        ("Call", "Wrong Number", "call", "wrong_number"),
        ("Meeting", "Completed", "visit", "reached"),
        ("Meeting", "No Show", "visit", "cancelled"),
        ("Email", "", "email", "awaiting"),
        ("Email", "Bounced", "email", "bounced"),
        ("WhatsApp", "Enviado", "chat", "awaiting"),
        ("Llamada", "No contestó", "call", "no_answer"),
        ("Llamada saliente", "Contestó", "call", "reached"),
        ("Visita", "Realizada", "visit", "reached"),
        ("Appel", "Pas de réponse", "call", "no_answer"),
        ("電話", "不在", "call", "no_answer"),
    ],
)
def test_what_we_did_becomes_an_interaction_with_its_outcome(act: str, outcome: str, channel: str, ours: str) -> None:
    assert meaning(act, outcome) == Meaning(Becomes.INTERACTION, channel, "out", ours)


@pytest.mark.parametrize(
    ("act", "outcome", "way", "ours"),
    [
        ("Call", "Connected", "Inbound", "answered"),
        ("Call", "Missed", "Inbound", "missed"),
        ("Call", "Left Voicemail", "Inbound", "message_for_us"),
        ("Email", "", "Incoming", "unanswered"),
        ("Incoming email", "", "", "unanswered"),
        ("Llamada entrante", "Atendida", "", "answered"),
    ],
)
def test_what_they_did_is_inbound(act: str, outcome: str, way: str, ours: str) -> None:
    result = meaning(act, outcome, way)
    assert (result.direction, result.outcome) == ("in", ours)


@pytest.mark.parametrize("outcome", ["Scheduled", "Rescheduled", "Cancelled", "Aplazada", "Cancelada", "Something odd"])
def test_a_meeting_that_is_not_known_to_have_been_is_a_note(outcome: str) -> None:
    assert meaning("Meeting", outcome).becomes is Becomes.NOTE


def test_a_call_of_which_nothing_is_said_is_a_note_unless_the_person_says_otherwise() -> None:
    assert meaning("Call").becomes is Becomes.NOTE
    assert meaning("Call", without="reached").outcome == "reached"
    assert meaning("Call", "Something odd", without="reached").becomes is Becomes.NOTE


@pytest.mark.parametrize(("act", "becomes"), [("Note", Becomes.NOTE), ("Task", Becomes.TASK), ("Tarea", Becomes.TASK)])
def test_notes_and_tasks_stay_what_they_are(act: str, becomes: Becomes) -> None:
    assert meaning(act, "Completed").becomes is becomes


@pytest.mark.parametrize("outcome", ["Completed", "Connected", "Sent", "Opened", ""])
def test_no_outgoing_mail_is_ever_attention(outcome: str) -> None:
    assert meaning("Email", outcome).outcome == "awaiting"


def test_that_a_call_is_completed_does_not_say_that_anybody_answered() -> None:
    assert read_status("Completed", Act.CALL) is Ended.DONE
    assert read_status("Completed", Act.VISIT) is Ended.REACHED
    assert read_status("Contactado", Act.CALL) is Ended.REACHED
    assert read_status("No", Act.CALL) is Ended.PLANNED


def test_a_meeting_on_a_screen_is_a_video_call() -> None:
    result = understand(act=Act.VISIT, ended=Ended.REACHED, way="", said="Completed", words="Review on Zoom")
    assert result.channel == "video"
