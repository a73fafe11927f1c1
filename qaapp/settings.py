"""Values a person may choose: the workspace's rules (shared, kept in the database) and personal ones (this computer).

Both are frozen dataclasses with defaults. A bad stored value falls back to its default with one warning; unknown keys
are kept, so that an older version does not lose what a newer one wrote.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import platformdirs

log = logging.getLogger(__name__)
T = TypeVar("T", "Rules", "Personal")


def system_zone() -> str:
    """The IANA name of this computer's time zone; ``Europe/Moscow`` where it cannot be told."""
    import tzlocal

    name = tzlocal.get_localzone_name() or ""
    return name if _is_zone(name) else "Europe/Moscow"


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return "/" in name or name == "UTC"


@dataclass(frozen=True)
class Rules:
    """Rules of a workspace, the same for everybody who opens it.

    ``green_above`` and ``red_below`` are whole percents: green ⇔ score > green_above, red ⇔ score < red_below.
    """

    time_zone: str = "Europe/Moscow"
    green_above: int = 80
    red_below: int = 60
    enough_calls: int = 5  # from so many evaluated calls a manager has a light
    calls_per_day: int = 2  # drawn per manager
    draw_min_talk_s: int = 20  # shorter calls are not drawn: nothing to score
    stale_days: int = 7  # an older queue item is amber
    archive_stale_days: int = 60
    join_tolerance_s: int = 120  # log row and recording of one call may differ by so much
    country_code: str = "7"  # 8 900 … is written +7 900 …
    seed: int = 20140317  # of the daily draw; kept, so that a draw can be repeated
    speech_detector: str = "energy"  # energy, webrtc, silero (``audio.detectors``)
    silence_ms: int = 3000  # mutual silence from here on is counted
    long_silence_ms: int = 10_000
    overtalk_ms: int = 250
    interruption_ms: int = 500  # overlap of an interruption

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True)
class Personal:
    """Choices of one person on one computer."""

    language: str = ""  # "" = as the system
    theme: str = "system"  # system, light, dark
    text_scale: int = 100  # percent, 100–150
    user_id: int = 0
    high_contrast: bool = False
    mask_numbers: bool = False
    audio_device: str = ""  # description of the output; "" = the default one
    speed: float = 1.0
    second_speed: float = 1.5
    back_step_ms: int = 1500
    skip_least_ms: int = 1500  # a silence from here on is skipped, when silence is skipped
    skip_kept_ms: int = 300  # of it that stays at both ends
    level_sides: bool = False  # both sides equally loud while listening
    sides_in_ears: bool = False  # the manager in the left ear, the customer in the right one
    follow: str = "page"  # how the timeline keeps the playhead in sight: page, smooth, off
    skip_tick: bool = True  # a soft tick where silence was skipped
    comment_sound: str = "pause"  # while a comment is written: pause, duck (more quietly), play
    close_to_tray: bool = False  # closing the window leaves qaapp in the tray, where it goes on pulling
    recent_workspaces: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(
        default_factory=dict
    )  # action name → key, where it differs from the default
    window: Mapping[str, Any] = field(default_factory=dict)  # geometry, splitters, columns by screen
    roots: Mapping[str, str] = field(default_factory=dict)  # recording root name → folder on this computer
    extra: Mapping[str, Any] = field(default_factory=dict)  # keys of other versions, kept


def _check_rules(rules: Rules) -> Rules:
    problems: dict[str, Any] = {}
    if not _is_zone(rules.time_zone):
        problems["time_zone"] = Rules.time_zone
    if not 0 <= rules.red_below <= rules.green_above <= 100:
        problems["green_above"], problems["red_below"] = Rules.green_above, Rules.red_below
    for name in ("enough_calls", "calls_per_day"):
        if not 1 <= getattr(rules, name) <= 1000:
            problems[name] = getattr(Rules, name)
    for name in (
        "draw_min_talk_s", "stale_days", "archive_stale_days", "join_tolerance_s", "silence_ms", "long_silence_ms",
        "overtalk_ms", "interruption_ms",
    ):  # fmt: skip
        if getattr(rules, name) < 0:
            problems[name] = getattr(Rules, name)
    if problems:
        log.warning("settings out of range, defaults used: %s", ", ".join(problems))
    return replace(rules, **problems)


def _from_mapping(kind: type[T], stored: Mapping[str, Any]) -> T:
    """Build ``kind`` from stored values; a value of another type than the default is dropped with a warning."""
    values: dict[str, Any] = {}
    default = kind()
    for item in fields(kind):
        if item.name not in stored:
            continue
        value, expected = stored[item.name], getattr(default, item.name)
        if isinstance(expected, tuple) and isinstance(value, list):
            value = tuple(str(entry) for entry in value)
        if isinstance(expected, float) and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not type(expected):
            log.warning("setting %s has a value of the wrong kind, default used", item.name)
            continue
        values[item.name] = value
    return kind(**values)


def rules_from(stored: Mapping[str, Any]) -> Rules:
    """Rules from what the database keeps."""
    return _check_rules(_from_mapping(Rules, stored))


def rules_to(rules: Rules) -> dict[str, Any]:
    return asdict(rules)


def personal_file() -> Path:
    """Where personal choices live; ``QAAPP_CONFIG`` (a folder) overrides it for tests and pictures."""
    folder = os.environ.get("QAAPP_CONFIG") or platformdirs.user_config_dir("qaapp", appauthor=False)
    return Path(folder) / "settings.json"


def default_workspace() -> Path:
    """The folder that is used when nothing was said: ``Documents/qaapp``."""
    return Path(platformdirs.user_documents_dir()) / "qaapp"


def load_personal(path: Path | None = None) -> Personal:
    """Read the personal file; a missing or broken one gives the defaults (a broken one is kept as ``.broken``)."""
    path = path or personal_file()
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(stored, dict):
            raise ValueError("not an object")
    except FileNotFoundError:
        return Personal()
    except (OSError, ValueError) as error:
        log.warning("personal settings %s cannot be read, defaults used: %s", path, error)
        with_suffix = path.with_suffix(".broken")
        try:
            os.replace(path, with_suffix)
        except OSError:
            pass
        return Personal()
    known = {item.name for item in fields(Personal)}
    extra = {key: value for key, value in stored.items() if key not in known}
    return replace(_from_mapping(Personal, stored), extra=extra)


def save_personal(personal: Personal, path: Path | None = None) -> None:
    """Write through a temporary file beside it, so that a crash leaves the old one whole. Raises ``OSError``."""
    path = path or personal_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    values = asdict(personal)
    values.update({key: value for key, value in values.pop("extra").items() if key not in values})
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".settings-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(values, stream, ensure_ascii=False, indent=1)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
