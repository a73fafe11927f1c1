"""Collect every text of the code into the Russian catalogue and compile it (``python3 dev.py translate``).

With ``--check`` nothing is written: it fails when a text has no translation or the compiled catalogue is stale.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "qaapp" / "resources" / "translations" / "ru" / "LC_MESSAGES"
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}


def collected() -> Catalog:
    """Every text of the code, with the places where it stands."""
    template = Catalog(project="qaapp", charset="utf-8")
    found = extract_from_dir(
        ROOT / "qaapp", [("**.py", "python")], keywords=KEYWORDS, comment_tags=("Translators:",)
    )
    for name, line, message, comments, context in found:
        if message and message != ("", ""):
            template.add(message, None, [(f"qaapp/{name}", line)], auto_comments=comments, context=context)
    return template


def updated() -> Catalog:
    with (FOLDER / "qaapp.po").open("rb") as stream:
        catalogue = read_po(stream, locale="ru")
    made = catalogue.creation_date
    catalogue.update(collected(), no_fuzzy_matching=True)
    catalogue.creation_date = made  # else the same words would compile differently every minute
    catalogue.obsolete.clear()
    return catalogue


def untranslated(catalogue: Catalog) -> list[str]:
    texts = []
    for message in catalogue:
        forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        if message.id and not all(forms):
            texts.append(message.id if isinstance(message.id, str) else message.id[0])
    return texts


def compiled(catalogue: Catalog) -> bytes:
    stream = io.BytesIO()
    write_mo(stream, catalogue)
    return stream.getvalue()


def main(words: list[str]) -> int:
    catalogue = updated()
    missing = untranslated(catalogue)
    for text in missing:
        print(f"no Russian for: {text}", file=sys.stderr)
    if "--check" in words:
        stale = compiled(catalogue) != (FOLDER / "qaapp.mo").read_bytes()
        if stale:
            print("the compiled catalogue is not current: run python3 dev.py translate", file=sys.stderr)
        return 1 if missing or stale else 0
    with (FOLDER / "qaapp.po").open("wb") as stream:
        write_po(stream, catalogue, width=110, sort_output=True)
    (FOLDER / "qaapp.mo").write_bytes(compiled(catalogue))
    print(f"{len(catalogue)} texts, {len(missing)} without Russian")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
