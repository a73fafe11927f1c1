"""Telephone numbers as sources write them, and as we keep them: E.164 digits without the plus, short ones as is."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import NamedTuple

SHORT = 6  # numbers up to so many digits are inside the company
_ANGLE = re.compile(r'^\s*"?(?P<name>[^"<]*)"?\s*<(?P<number>[^>]*)>\s*$')
_JUNK = re.compile(r"[\s\-().,\u00a0\u2010-\u2015\u202f]+")
_NOT_A_NUMBER = {
    "",
    "unknown",
    "anonymous",
    "restricted",
    "private",
    "unavailable",
    "<unknown>",
    "s",
    "h",
    "i",
    "t",
    "asterisk",
}


class Number(NamedTuple):
    """``digits`` to compare and search by; ``name`` that stood beside it."""

    digits: str | None
    name: str | None


@lru_cache(maxsize=8192)
def parse(text: str, country_code: str = "7") -> Number:
    """Read ``8 (916) 123-45-67``, ``sip:79161234567@pbx``, ``"Anna" <101>``.

    With ``country_code`` 7, eleven digits from 8 and ten from 3, 4 or 9 are Russian: 8 916 … and 916 … are 7 916 ….
    Words such as *anonymous* have no digits; extensions with letters (``0F6``) stay as they are.
    """
    if text.isdigit() and text.isascii():
        return Number(_national(text, country_code, False)[:40], None)
    text = text.strip().replace("\x00", "")
    if "&" in text:
        text = html.unescape(text)
    name: str | None = None
    if (found := _ANGLE.match(text)) is not None:
        name, text = found["name"].strip() or None, found["number"].strip()
    lowered = text.casefold()
    for scheme in ("sip:", "sips:", "tel:"):
        if lowered.startswith(scheme):
            text = text[len(scheme) :]
            break
    text = text.partition(";")[0].partition("@")[0]
    if text.casefold() in _NOT_A_NUMBER:
        return Number(None, name)
    plus = text.lstrip().startswith("+")
    digits = _JUNK.sub("", text.removesuffix(".0")).lstrip("+")
    if not (digits.isascii() and digits.isdigit()):
        return Number(
            digits[:40]
            if re.fullmatch(r"[0-9A-Za-z_*#+]{1,20}", digits) and any(map(str.isdigit, digits))
            else None,
            name,
        )
    return Number(_national(digits, country_code, plus)[:40], name)


def _national(digits: str, country_code: str, plus: bool) -> str:
    if plus or len(digits) <= SHORT:
        return digits
    if country_code == "7":
        if len(digits) == 11 and digits[0] == "8":
            return "7" + digits[1:]
        if len(digits) == 10 and digits[0] in "349":
            return "7" + digits
        if digits.startswith("810") and len(digits) > 12:
            return digits[3:]
    if digits.startswith("00") and len(digits) > 10:
        return digits[2:]
    return digits


def is_inner(digits: str | None) -> bool:
    """Whether it is an extension rather than somebody outside."""
    return digits is not None and 0 < len(digits) <= SHORT
