"""Finding words that were typed loosely, or in the wrong keyboard layout ("ghbdtn" is "привет")."""

from __future__ import annotations

_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_RUSSIAN = "йцукенгшщзхъфывапролджэячсмитьбюё"
TO_RUSSIAN = str.maketrans(_LATIN, _RUSSIAN)
TO_LATIN = str.maketrans(_RUSSIAN, _LATIN)


def spellings(query: str) -> tuple[str, ...]:
    """The query casefolded, and as it would read in the other layout."""
    plain = query.casefold().strip()
    variants = (plain, plain.translate(TO_RUSSIAN), plain.translate(TO_LATIN))
    return tuple(dict.fromkeys(text.replace("ё", "е") for text in variants if text))


def score(query: str, text: str) -> int:
    """How well ``text`` fits ``query``: 0 not at all; words at their beginnings beat letters in between."""
    folded = text.casefold().replace("ё", "е")
    found = [_score(spelling, folded) - place for place, spelling in enumerate(spellings(query))]
    return max([*found, 0])


def _score(query: str, text: str) -> int:
    if not query:
        return 1
    if text.startswith(query):
        return 1000 - len(text)
    words = text.replace("«", " ").replace("-", " ").split()
    parts = query.split()
    if all(any(word.startswith(part) for word in words) for part in parts):
        return 800 - len(text)
    at = text.find(query)
    if at >= 0:
        return 600 - at
    return _scattered(query.replace(" ", ""), text)


def _scattered(query: str, text: str) -> int:
    """Letters in order; gaps cost, and a third of the text must be hit so that noise stays out."""
    if len(query) < 3:
        return 0
    at, gaps = -1, 0
    for letter in query:
        found = text.find(letter, at + 1)
        if found < 0:
            return 0
        gaps += found - at - 1 if at >= 0 else 0
        at = found
    return max(0, 300 - 20 * gaps) if gaps <= 2 * len(query) else 0
