from retention.models.board_summary import BoardSummary
from retention.models.calendar_change import CalendarChange
from retention.models.measured import MeasuredAlert, MeasuredContact, MeasuredWeek
from retention.models.policy import AttentionPolicy
from retention.models.policy_change import PolicyChange
from retention.models.reassignment import Left, Reassigned, Reassignment
from retention.models.recount import Recount, Recounted
from retention.models.segment_end import SegmentEnd, SegmentMoved
from retention.models.snapshot import DailySnapshot
from retention.models.watch import SaidContent, WatchEntry, WatchReason

__all__ = [
    "AttentionPolicy",
    "BoardSummary",
    "CalendarChange",
    "DailySnapshot",
    "Left",
    "MeasuredAlert",
    "MeasuredContact",
    "MeasuredWeek",
    "PolicyChange",
    "Reassigned",
    "Reassignment",
    "Recount",
    "Recounted",
    "SaidContent",
    "SegmentEnd",
    "SegmentMoved",
    "WatchEntry",
    "WatchReason",
]
