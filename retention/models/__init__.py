from retention.models.policy import AttentionPolicy
from retention.models.snapshot import DailySnapshot

__all__ = ["AttentionPolicy", "DailySnapshot"]
