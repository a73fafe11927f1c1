"""Secrets out of every text that could be shown, logged or kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

HIDDEN = "•••"
_NAMES = r"[\w-]*(?:token|secret|passw(?:or)?d|pwd|api_?key|sign(?:ature)?|clientapiid|auth(?:_?key)?|access_key|jwt)[\w-]*"
_QUERY = re.compile(rf"(?i)([?&;]|\b)({_NAMES})=([^&\s\"'<>]+)")
_JSON = re.compile(rf'(?i)("{_NAMES}"\s*:\s*)"(?:[^"\\]|\\.)*"')
_HEADER = re.compile(r"(?i)\b(bearer|basic|token)\s+[A-Za-z0-9._~+/=-]{8,}")
_HOOK = re.compile(r"(/rest/\d+/)([A-Za-z0-9]{6,})(/)")  # Bitrix24: the key is a part of the path


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """``text`` without these secrets (also as they stand in addresses) and without values of token-like names."""
    for secret in sorted({each for each in secrets if len(each) >= 4}, key=len, reverse=True):
        for form in {secret, quote(secret, safe=""), quote_plus(secret)}:
            text = text.replace(form, HIDDEN)
    text = _QUERY.sub(rf"\1\2={HIDDEN}", text)
    text = _JSON.sub(rf'\1"{HIDDEN}"', text)
    text = _HEADER.sub(rf"\1 {HIDDEN}", text)
    return _HOOK.sub(rf"\1{HIDDEN}\3", text)
