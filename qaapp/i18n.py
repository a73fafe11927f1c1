"""One language catalogue for the window, the commands and the sheets (gettext), and how figures are written.

English text is the message id. ``_`` translates now; ``N_`` only marks a text for the catalogue (constants, errors).
The language is process-wide; ``set_language`` may be called at run time, and the window then redraws its words.
"""

from __future__ import annotations

import gettext as _gettext
import locale
import os
from collections.abc import Callable
from datetime import date, datetime, time
from fractions import Fraction
from functools import lru_cache
from importlib.resources import as_file, files
from zoneinfo import ZoneInfo

LANGUAGES = {"ru": "Русский", "en": "English"}
NARROW_SPACE = "\u202f"
MINUS = "\u2212"

_language = "en"
_catalogue: _gettext.NullTranslations = _gettext.NullTranslations()


def N_(message: str) -> str:
    """Mark a text for the catalogue without translating it now."""
    return message


def set_language(language: str) -> None:
    """Choose ``ru`` or ``en``; anything else falls back to English."""
    global _language, _catalogue
    _language = language if language in LANGUAGES else "en"
    _catalogue = _load(_language)
    _month_formats.cache_clear()


def language() -> str:
    """The language in force: ``ru`` or ``en``."""
    return _language


def system_language() -> str:
    """The language of the computer: ``ru`` where it is Russian, else ``en``."""
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    if os.name == "nt":
        names.append(locale.getlocale()[0] or "")
    told = next((name for name in names if name), "")
    return "ru" if told.lower().startswith(("ru", "be", "kk")) else "en"


def _load(language: str) -> _gettext.NullTranslations:
    if language == "en":
        return _gettext.NullTranslations()
    source = files("qaapp.resources") / "translations" / language / "LC_MESSAGES" / "qaapp.mo"
    with as_file(source) as path:
        if not path.is_file():
            return _gettext.NullTranslations()
        with path.open("rb") as stream:
            return _gettext.GNUTranslations(stream)


def _(message: str) -> str:
    return _catalogue.gettext(message) if message else ""


def ngettext(singular: str, plural: str, n: int) -> str:
    """The form for ``n``; ``{n}`` is for the caller to fill: ``ngettext("{n} call", "{n} calls", n).format(n=n)``."""
    return _catalogue.ngettext(singular, plural, n)


def pgettext(context: str, message: str) -> str:
    """A translation that depends on where the word stands ("Card" of a call is not "Card" of a bank)."""
    return _catalogue.pgettext(context, message)


# --- figures -----------------------------------------------------------------------------------------------------


def decimal(value: float | Fraction, digits: int = 1, *, sign: bool = False) -> str:
    """``12,8`` or ``12.8``: rounded half up, true minus, decimal comma in Russian. ``sign`` writes the plus too."""
    scaled = abs(Fraction(value)) * 10**digits
    units = int(scaled + Fraction(1, 2))
    whole, part = divmod(units, 10**digits)
    text = group_digits(whole) + (
        ("," if _language == "ru" else ".") + str(part).zfill(digits) if digits else ""
    )
    if units == 0:
        return text
    return (MINUS if value < 0 else "+" if sign else "") + text


def group_digits(number: int) -> str:
    """``1 240`` with narrow spaces; four-digit numbers are grouped too, so that columns stay straight."""
    return f"{number:,}".replace(",", NARROW_SPACE)


def percent(value: Fraction | float, digits: int = 0) -> str:
    """``83 %`` with a narrow no-break space (Russian) or ``83%`` (English). ``value`` is in percent, 0–100."""
    return decimal(value, digits) + (f"{NARROW_SPACE}%" if _language == "ru" else "%")


def duration(seconds: float | None, *, tenths: bool = False) -> str:
    """``2:07``, ``1:02:07``, with tenths ``2:07,4``; unknown is an en dash."""
    if seconds is None:
        return "–"
    units = int(seconds * 10 + 1e-6) if tenths else int(seconds + 0.5) * 10
    whole, tenth = divmod(units, 10)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
    return text + (("," if _language == "ru" else ".") + str(tenth) if tenths else "")


def phone(number: str | None) -> str:
    """``+7 900 000-14-52`` for Russian E.164 digits; other numbers as digits with a plus; short ones as they are."""
    if not number:
        return "–"
    if len(number) == 11 and number.startswith("7") and number.isdigit():
        return f"+7 {number[1:4]} {number[4:7]}-{number[7:9]}-{number[9:]}"
    return f"+{number}" if number.isdigit() and len(number) > 9 else number


def mask_phone(number: str | None) -> str:
    """The same number with all but the last two digits hidden, for screens and exports that mask customers."""
    text = phone(number)
    digits = sum(char.isdigit() for char in text)
    kept = digits - 2
    out, seen = [], 0
    for char in text:
        if char.isdigit():
            seen += 1
            out.append("•" if seen <= kept else char)
        else:
            out.append(char)
    return "".join(out)


@lru_cache(maxsize=32)
def _month_formats(style: str, lang: str) -> Callable[[date], str]:
    from babel.dates import format_date

    patterns = {
        ("ru", "day"): "d MMMM", ("en", "day"): "d MMMM",
        ("ru", "day_short"): "d MMM", ("en", "day_short"): "d MMM",
        ("ru", "full"): "d MMMM y", ("en", "full"): "d MMMM y",
        ("ru", "month"): "LLLL y", ("en", "month"): "LLLL y",
    }  # fmt: skip
    pattern = patterns[(lang, style)]
    return lambda day: str(format_date(day, pattern, locale=lang)).replace(".", "")


def day(value: date, style: str = "day") -> str:
    """``17 марта`` (``day``), ``17 мар`` (``day_short``), ``17 марта 2026`` (``full``), ``март 2026`` (``month``)."""
    return _month_formats(style, _language)(value)


def moment(value: datetime, zone: ZoneInfo, *, year: bool = False) -> str:
    """``17 марта, 10:18`` of an aware moment, in the workspace's zone."""
    local = value.astimezone(zone)
    return f"{day(local.date(), 'full' if year else 'day')}, {clock_time(local.time())}"


def clock_time(value: time, *, seconds: bool = False) -> str:
    """``10:18`` or ``10:18:05``."""
    return value.strftime("%H:%M:%S" if seconds else "%H:%M")


def period(first: date, last: date) -> str:
    """``10–17 марта``, ``28 февраля – 3 марта 2026``: both ends inclusive, shortest unambiguous form."""
    if first == last:
        return day(first, "full")
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last, 'full')}"
    if first.year == last.year:
        return f"{day(first)} – {day(last, 'full')}"
    return f"{day(first, 'full')} – {day(last, 'full')}"


def period_short(first: date, last: date) -> str:
    """The same without the year, for headings: ``10–17 мар``, ``28 фев – 3 мар``."""
    if first == last:
        return day(first, "day_short")
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last, 'day_short')}"
    return f"{day(first, 'day_short')} – {day(last, 'day_short')}"


def file_size(size_bytes: int) -> str:
    """``2,2 MB`` in the units people know."""
    for unit, scale in ((N_("GB"), 1 << 30), (N_("MB"), 1 << 20), (N_("KB"), 1 << 10)):
        if size_bytes >= scale:
            return f"{decimal(size_bytes / scale)}{NARROW_SPACE}{_(unit)}"
    return f"{size_bytes}{NARROW_SPACE}{_('B')}"


_WORDS = {
    # direction
    "inbound": N_("inbound"), "outbound": N_("outbound"), "internal": N_("internal"), "callback": N_("callback"),
    "unknown": N_("unknown"),
    # disposition
    "answered": N_("answered"), "missed": N_("missed"), "no_answer": N_("no answer"), "busy": N_("busy"),
    "rejected": N_("rejected"), "failed": N_("failed"), "voicemail": N_("voicemail"), "blocked": N_("blocked"),
    # who ended the call, lanes
    "customer": N_("customer"), "manager": N_("manager"), "system": N_("system"), "mix": N_("both sides"),
    # recording
    "available": N_("available"), "waiting": N_("waiting"), "missing": N_("file is missing"),
    "expired": N_("expired"), "downloading": N_("downloading"), "absent": N_("there is none"),
    # why a call ended
    "customer_hung_up": N_("customer hung up"), "manager_hung_up": N_("manager hung up"), "hung_up": N_("hung up"),
    "transferred": N_("transferred"), "not_answered": N_("not answered"), "left_queue": N_("left the queue"),
    "left_menu": N_("left the menu"), "out_of_hours": N_("out of hours"), "wrong_number": N_("wrong number"),
    "connection_lost": N_("connection lost"),
    # target
    "target": N_("target"), "non_target": N_("non-target"), "junk": N_("junk"),
    # evaluations
    "draft": N_("draft"), "submitted": N_("submitted"), "disputed": N_("disputed"), "settled": N_("settled"),
    "random": N_("random"), "targeted": N_("targeted"), "picked": N_("picked by hand"),
    "calibration": N_("calibration"), "self": N_("self-assessment"), "imported": N_("imported"),
    # bands
    "green": N_("green"), "yellow": N_("yellow"), "red": N_("red"), "grey": N_("grey"),
    # cards
    "published": N_("published"), "inbound_sale": N_("inbound sale"), "cold_call": N_("outbound cold call"),
    "repeat_sale": N_("repeat sale"), "service": N_("service call"), "any": N_("any call"),
    # roles
    "reviewer": N_("reviewer"), "head": N_("sales head"), "trainer": N_("trainer"),
    "administrator": N_("administrator"),
    "best": N_("best"), "worst": N_("worst"),
    "counted": N_("counted"), "all": N_("all"), "mean": N_("mean of calls"), "pooled": N_("pooled checkpoints"),
}  # fmt: skip


def word(value: str) -> str:
    """The UI word of a value of ``words`` (``Direction.INBOUND`` → "входящий")."""
    return _(_WORDS.get(value, value))
