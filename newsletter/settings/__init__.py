"""Settings: what differs between machines, and what differs between newsletters."""

from newsletter.settings.addresses import on_loopback
from newsletter.settings.environment import (
    DeliverySettings,
    DkimSettings,
    OutboxSettings,
    SendGridSettings,
    Settings,
    SmtpSettings,
    WebSettings,
)
from newsletter.settings.monitoring import LogSettings, MetricsSettings, TracesSettings
from newsletter.settings.newsletter import (
    Lead,
    Newsletter,
    SectionConfig,
    SelectionRules,
    Sender,
    SourceConfig,
    Wording,
)
from newsletter.settings.notices import NoticeSettings
from newsletter.settings.release import Brakes, Release, WarmUp
from newsletter.settings.segments import ReaderField, Rule
from newsletter.settings.timetable import Schedule
from newsletter.settings.tracking import Mode, Tracking, Utm, strictest

__all__ = [
    "Brakes",
    "DeliverySettings",
    "DkimSettings",
    "Lead",
    "LogSettings",
    "MetricsSettings",
    "Mode",
    "Newsletter",
    "NoticeSettings",
    "OutboxSettings",
    "ReaderField",
    "Release",
    "Rule",
    "Schedule",
    "SectionConfig",
    "SelectionRules",
    "SendGridSettings",
    "Sender",
    "Settings",
    "SmtpSettings",
    "SourceConfig",
    "TracesSettings",
    "Tracking",
    "Utm",
    "WarmUp",
    "WebSettings",
    "Wording",
    "on_loopback",
    "strictest",
]
