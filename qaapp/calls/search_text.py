"""What the journal's search looks into: one casefolded line per call, made in one place.

SQLite folds no Cyrillic, so number, name and comment are folded here, once, on writing. Whoever writes one of these
columns of a call writes ``search_text`` with it.
"""

from __future__ import annotations


def search_text(
    customer_number: str | None,
    customer_number_raw: str | None,
    customer_name: str | None,
    comment: str | None,
) -> str:
    """The searchable line of a call. A raw number that adds no digits to the clean one is left out."""
    parts = [customer_number or ""]
    raw = customer_number_raw or ""
    if raw and digits(raw) not in (customer_number or " "):
        parts.append(digits(raw) or raw)
    parts += [customer_name or "", comment or ""]
    return fold(" ".join(part for part in parts if part))


def fold(text: str) -> str:
    """Case folded, blanks collapsed, ё as е: how people type names."""
    return " ".join(text.casefold().replace("ё", "е").split())


def digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
