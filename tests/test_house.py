"""The house is kept: layers, the Qt line, sizes of files, documents that match the code."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "qaapp"
BELOW_THE_QT_LINE = (
    "samples", "reports", "review", "archive", "ratings", "journal", "intake", "scorecards", "calls", "store",
    "sources", "audio", "sheets", "progress", "settings", "i18n", "clock", "errors", "words",
)  # fmt: skip


def test_rooms_import_downward_only() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_nothing_below_the_qt_line_loads_qt() -> None:
    modules = []
    for room in BELOW_THE_QT_LINE:
        place = PACKAGE / room
        files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
        modules += [
            ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            for file in files
            if "migrations" not in file.parts
        ]
    code = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print([name for name in sys.modules if name.startswith(('PySide6', 'shiboken6'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_no_two_test_files_share_a_name() -> None:
    # pytest takes the name of a file for a module: a second one of the same name stops the collection.
    names = [file.name for file in (ROOT / "tests").rglob("test_*.py")]
    assert {name for name in names if names.count(name) > 1} == set()


def test_qtmultimedia_is_imported_only_by_the_sink() -> None:
    users = [
        file.relative_to(ROOT).as_posix()
        for file in PACKAGE.rglob("*.py")
        if "QtMultimedia" in "".join(_imported(file))
    ]
    assert users in ([], ["qaapp/player/sink.py"])


def _imported(file: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


@pytest.mark.parametrize(
    "file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: file.relative_to(ROOT).as_posix()
)
def test_no_file_knows_everything(file: Path) -> None:
    if "versions" in file.parts:
        return
    most = 500
    assert len(file.read_text(encoding="utf-8").splitlines()) <= most


def test_no_constructor_takes_a_whole_application() -> None:
    crowded = []
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name == "__init__" and len(node.args.args) > 7:
                crowded.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert crowded == []


def test_every_command_is_documented() -> None:
    from qaapp.cli.root import build

    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    app = build()
    names = {command.name for command in app.registered_commands} | {
        group.name for group in app.registered_groups
    }
    assert names, "no command is registered"
    for name in names:
        assert re.search(rf"^## .*\b{name}\b", text, re.M), f"docs/commands.md does not explain {name}"


def test_the_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "python3 dev.py run" in text
    assert "python3 dev.py test" in text


def test_every_text_has_its_russian() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "translate.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_placeholders_of_translations_are_those_of_the_text() -> None:
    from babel.messages.pofile import read_po

    with (PACKAGE / "resources/translations/ru/LC_MESSAGES/qaapp.po").open("rb") as stream:
        catalogue = read_po(stream, locale="ru")
    wrong = []
    for message in catalogue:
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        wanted = set().union(*(set(re.findall(r"\{(\w*)", text)) for text in ids))
        wrong += [ids[0] for form in forms if form and not set(re.findall(r"\{(\w*)", form)) <= wanted]
    assert wrong == []
