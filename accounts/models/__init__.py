from accounts.models.absence import Absence
from accounts.models.calendar import (
    Calendar,
    CalendarDay,
    CalendarException,
    WeeklySpan,
    WorkingSpan,
)
from accounts.models.first_code import FirstCode
from accounts.models.new_people import NewPeople
from accounts.models.setting_change import SettingChange
from accounts.models.team import Membership, Team
from accounts.models.user import User

__all__ = [
    "Absence",
    "Calendar",
    "CalendarDay",
    "CalendarException",
    "FirstCode",
    "Membership",
    "NewPeople",
    "SettingChange",
    "Team",
    "User",
    "WeeklySpan",
    "WorkingSpan",
]
