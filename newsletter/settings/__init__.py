"""Settings: what differs between machines, and what differs between newsletters."""

from newsletter.settings.environment import (
    DeliverySettings,
    DkimSettings,
    OutboxSettings,
    SendGridSettings,
    Settings,
    SmtpSettings,
    on_loopback,
)
from newsletter.settings.newsletter import (
    Lead,
    Mode,
    Newsletter,
    Schedule,
    SectionConfig,
    SelectionRules,
    Sender,
    SourceConfig,
    Tracking,
    Wording,
)

__all__ = [
    "DeliverySettings",
    "DkimSettings",
    "Lead",
    "Mode",
    "Newsletter",
    "OutboxSettings",
    "Schedule",
    "SectionConfig",
    "SelectionRules",
    "SendGridSettings",
    "Sender",
    "Settings",
    "SmtpSettings",
    "SourceConfig",
    "Tracking",
    "Wording",
    "on_loopback",
]
