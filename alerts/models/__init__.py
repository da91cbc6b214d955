from alerts.models.alert import Alert, AlertEvent, Hold, LadderStep
from alerts.models.deadline import Deadline, Wanted
from alerts.models.delivery import Delivery, DeliveryItem
from alerts.models.morning import Morning
from alerts.models.rules import AlertRules
from alerts.models.watch import AuditFinding, Heartbeat

__all__ = [
    "Alert",
    "AlertEvent",
    "AlertRules",
    "AuditFinding",
    "Deadline",
    "Delivery",
    "DeliveryItem",
    "Heartbeat",
    "Hold",
    "LadderStep",
    "Morning",
    "Wanted",
]
