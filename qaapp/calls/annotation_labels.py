"""An annotation as one line of text: ``checkpoint code | kind | text``, and back without loss.

Audacity keeps only times and one text per label, so everything else stands in it. ``-`` is "no checkpoint"; the kind may
carry a sign (``+ Price``, ``− Price``); what was said and should have been said follow as two more parts. ``|``, ``\\``
and characters that would break the line are written with a backslash.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qaapp.calls.annotations import AnnotationRow
from qaapp.i18n import _

NO_CHECKPOINT = "-"
PLUS, MINUS = "+", "−"
SIGNS = {1: PLUS, -1: MINUS}
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|[\\|nt])")
_NAMED = {"n": "\n", "t": "\t", "\\": "\\", "|": "|"}
_SIGN = re.compile(r"([+\uff0b\-−–])\s*(?=\S)")


@dataclass(frozen=True)
class Label:
    """What a line says. ``kind`` is a name or a code, "" where the line is only a text."""

    code: str = ""
    kind: str = ""
    sign: int | None = None
    text: str = ""
    said: str = ""
    should_have_said: str = ""


def sign_text(sign: int | None) -> str:
    """``+``, ``−`` or ""."""
    return SIGNS.get(sign or 0, "")


def sign_word(sign: int | None) -> str:
    """“plus”, “minus” or "": for people who hear the screen, and for sheets (a lone + would begin a formula)."""
    return {1: _("plus"), -1: _("minus")}.get(sign or 0, "")


def write_label(row: AnnotationRow, kind: str) -> str:
    """One line for ``row`` of the kind named ``kind``."""
    sign = sign_text(row.sign)
    # a name that itself begins like a sign is told from one by the backslash
    name = _escaped(kind)
    title = f"{sign} {name}" if sign else (f"\\u{ord(name[0]):04x}{name[1:]}" if _SIGN.match(name) else name)
    parts = [_escaped(row.checkpoint_code) or NO_CHECKPOINT, title, _escaped(row.text)]
    if row.said or row.should_have_said:
        parts += [_escaped(row.said), _escaped(row.should_have_said)]
    return " | ".join(parts).rstrip()


def read_label(line: str) -> Label:
    """What ``write_label`` wrote; a line of another form is all text. Never raises."""
    parts = _split(line)
    if len(parts) < 3 or len(parts) > 5:
        return Label(text=_plain(line.strip()))
    code, title, text, said, should = (*parts, "", "")[:5]
    sign: int | None = None
    found = _SIGN.match(title)
    if found is not None:
        sign = 1 if found[1] in "+\uff0b" else -1
        title = title[found.end() :]
    return Label(
        "" if code in ("", NO_CHECKPOINT, "–") else _plain(code), _plain(title), sign, _plain(text), _plain(said),
        _plain(should),
    )  # fmt: skip


def _split(line: str) -> list[str]:
    """Parts between bars that no backslash stands before, without spaces around."""
    parts, part, escaped = [], "", False
    for char in line:
        if char == "|" and not escaped:
            parts.append(part.strip())
            part = ""
            continue
        part += char
        escaped = char == "\\" and not escaped
    return [*parts, part.strip()]


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", "\\n").replace("\t", "\\t")
    return _BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _plain(text: str) -> str:
    """Escapes taken back; a backslash before anything else stays as it is (a path somebody typed)."""

    def one(found: re.Match[str]) -> str:
        what = found[1]
        return _NAMED[what] if what in _NAMED else chr(int(what[1:], 16))

    return _ESCAPE.sub(one, text)
