from crm.models.attachment import Attachment
from crm.models.clock import Clock
from crm.models.contact import Contact, ContactPoint
from crm.models.counting import CountingRule
from crm.models.customer import Customer, Segment, Tag
from crm.models.dates import AgreedDate, NoFollowUp
from crm.models.interaction import Interaction
from crm.models.note import Note
from crm.models.task import Task

__all__ = [
    "AgreedDate",
    "Attachment",
    "Clock",
    "Contact",
    "ContactPoint",
    "CountingRule",
    "Customer",
    "Interaction",
    "NoFollowUp",
    "Note",
    "Segment",
    "Tag",
    "Task",
]
