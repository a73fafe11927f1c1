"""The shipped plan of the sample calls, and the dates and file names it gets on the day of installing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

LOG_FILE = "call_log.csv"


def read_plan() -> dict[str, Any]:
    """The shipped plan: people, calls with days ago, evaluations, tags, annotations, archive."""
    text = (files("qaapp.resources") / "samples" / "plan.json").read_text(encoding="utf-8")
    plan: dict[str, Any] = json.loads(text)
    return plan


def shipped_log() -> list[list[str]]:
    """The rows of the shipped call log, headings first; days are counted back."""
    text = (files("qaapp.resources") / "samples" / LOG_FILE).read_text(encoding="utf-8")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def log_ids() -> list[str]:
    """The ids of the calls in the shipped log: they keep them in a workspace."""
    headings, *rows = shipped_log()
    return [row[headings.index("ID звонка")] for row in rows]


def moment_of(call: Mapping[str, Any], today: date) -> datetime:
    """Local time of a planned call (naive, in the workspace's zone)."""
    return datetime.combine(today - timedelta(days=call["days_ago"]), time.fromisoformat(call["time"]))


def file_names(call: Mapping[str, Any], plan: Mapping[str, Any], today: date, zone: ZoneInfo) -> list[str]:
    """What a telephone system would call the recording's files, in the pattern of the call."""
    at = moment_of(call, today)
    extension, number, outbound = call["extension"], call["number"], call["direction"] == "outbound"
    if call["pattern"] == "freepbx":
        first, second = (number, extension) if outbound else (extension, number)
        epoch = int(at.replace(tzinfo=zone).timestamp())
        stem = f"{'out' if outbound else 'external'}-{first}-{second}-{at:%Y%m%d-%H%M%S}-{epoch}.{call['serial']}"
    elif call["pattern"] == "threecx":
        sides = f"{extension}-{number}" if outbound else f"{number}-{extension}"
        stem = f"[{call['manager']}]_{sides}_{at:%Y%m%d%H%M%S}({call['serial']})"
    else:
        stem = f"{at:%Y_%m_%d_%H_%M_%S}_{extension}" + ("" if outbound else "_(В)")
    return [f"{stem}{part['suffix']}.opus" for part in plan["audio"][call["audio"]]["files"]]
