"""The closed lists of the product, one name each (their UI words live in the catalogue, see ``i18n.word``).

Every value is what is stored in the database and printed by ``--json``; never rename a value without a migration.
"""

from __future__ import annotations

from enum import StrEnum


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"
    CALLBACK = "callback"
    UNKNOWN = "unknown"


class Disposition(StrEnum):
    ANSWERED = "answered"
    MISSED = "missed"  # inbound from outside, nobody answered
    NO_ANSWER = "no_answer"  # our outgoing call was not answered
    BUSY = "busy"
    REJECTED = "rejected"
    FAILED = "failed"
    VOICEMAIL = "voicemail"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"  # a folder knows no status


class EndSide(StrEnum):
    CUSTOMER = "customer"
    MANAGER = "manager"
    SYSTEM = "system"
    UNKNOWN = "unknown"


class EndKind(StrEnum):
    """Why a call ended, in one list for all sources; the source's own words stay in ``end_reason``."""

    CUSTOMER_HUNG_UP = "customer_hung_up"
    MANAGER_HUNG_UP = "manager_hung_up"
    HUNG_UP = "hung_up"  # normally, by an unknown side
    TRANSFERRED = "transferred"
    NOT_ANSWERED = "not_answered"
    BUSY = "busy"
    REJECTED = "rejected"
    LEFT_QUEUE = "left_queue"
    LEFT_MENU = "left_menu"
    VOICEMAIL = "voicemail"
    OUT_OF_HOURS = "out_of_hours"
    WRONG_NUMBER = "wrong_number"
    BLOCKED = "blocked"
    CONNECTION_LOST = "connection_lost"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Lane(StrEnum):
    """One row of sound on the timeline: a side, or both sides mixed in a mono recording."""

    MANAGER = "manager"
    CUSTOMER = "customer"
    MIX = "mix"


class RecordingState(StrEnum):
    AVAILABLE = "available"
    WAITING = "waiting"  # the source said there will be one
    DOWNLOADING = "downloading"
    ABSENT = "absent"  # the source said there is none
    MISSING = "missing"  # the file was there and is gone
    FAILED = "failed"  # the file is there and cannot be decoded
    EXPIRED = "expired"


class Target(StrEnum):
    """What a call was, as the team says it: a conversation worth scoring or not."""

    TARGET = "target"
    NON_TARGET = "non_target"
    JUNK = "junk"


class ManagerOrigin(StrEnum):
    """How a call came to its manager; a choice by hand is never overwritten by an import."""

    RECORD = "record"
    FILE_NAME = "file_name"
    FOLDER = "folder"
    LOG = "log"
    OPTION = "option"
    HAND = "hand"


class EvaluationState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    DISPUTED = "disputed"
    SETTLED = "settled"


class Origin(StrEnum):
    """How an evaluated call was chosen."""

    RANDOM = "random"
    TARGETED = "targeted"
    PICKED = "picked"
    CALIBRATION = "calibration"
    SELF = "self"
    IMPORTED = "imported"


class Band(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"


class Basis(StrEnum):
    COUNTED = "counted"
    RANDOM = "random"
    ALL = "all"


class Method(StrEnum):
    MEAN = "mean"
    POOLED = "pooled"


class RevisionState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"


class CallType(StrEnum):
    """What a scorecard is for; a hint when a card is proposed for a call."""

    INBOUND_SALE = "inbound_sale"
    COLD_CALL = "cold_call"
    REPEAT_SALE = "repeat_sale"
    SERVICE = "service"
    ANY = "any"


class QueueState(StrEnum):
    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"


class Verdict(StrEnum):
    BEST = "best"
    WORST = "worst"


class Role(StrEnum):
    REVIEWER = "reviewer"
    HEAD = "head"
    TRAINER = "trainer"
    ADMINISTRATOR = "administrator"
