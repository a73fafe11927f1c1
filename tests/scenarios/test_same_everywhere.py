"""Language and theme change while a call is open; one figure is the same on the screen, in JSON and in Excel."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PySide6.QtWidgets import QFileDialog, QMenu

from qaapp import i18n
from qaapp.cli import root
from qaapp.scorecards import evaluations
from qaapp.store.workspace import Workspace
from qaapp.ui import theme
from qaapp.ui.ratings.model import ROW, Column
from qaapp.words import Role

pytestmark = pytest.mark.scenario


def _choose(menu: QMenu, *words: str) -> None:
    """Follow a menu by its words and do the last one."""
    for word in words:
        action = next(one for one in menu.actions() if one.text().split("\t")[0] == word)
        if action.menu() is None:
            action.trigger()
            return
        menu = action.menu()


def test_language_and_theme_change_and_the_open_call_stays(
    sit_down: Callable[..., Any], samples: Workspace
) -> None:
    hand = sit_down(samples, "Irina Kotova")
    hand.press("Ctrl+1")
    hand.sounds()
    review = hand.screen("review")
    hand.press("Right", "1", "0", "M")
    call_id, marks = review.session.call_id, review.session.marks()
    place, current = review.playback.position(), review.card.list.current_checkpoint()
    annotations = review.session.annotations
    assert (len(annotations), sorted(mark.value for mark in marks.values())) == (1, [0, 1])
    english = hand.window.grab().toImage()

    _choose(hand.window.make_user_menu(), "Language", "Русский")
    hand.settle()
    assert hand.window.top_bar.title() == "Проверка"
    assert i18n.language() == "ru"
    assert review.card.bar.submit.text() != "Submit and next"
    _choose(hand.window.make_user_menu(), "Тема", "тёмная")
    hand.settle()
    assert theme.tokens().is_dark
    assert hand.window.grab().toImage() != english

    assert (review.session.call_id, review.session.marks()) == (call_id, marks)
    assert (review.playback.position(), review.playback.has_sound()) == (place, True)
    assert (review.card.list.current_checkpoint(), review.session.annotations) == (current, annotations)
    hand.press("1", "Ctrl+Z", "Ctrl+Z")  # work goes on, and undo still reaches back over the change
    with samples.database.read() as session:
        stored = evaluations.load(session, review.session.evaluation.id)
    assert sum(mark.is_marked for mark in stored.marks.values()) == 2
    assert review.session.annotations == ()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_figure_of_the_ranking_is_the_same_on_screen_in_json_and_in_excel(
    sit_down: Callable[..., Any],
    samples: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    language: str,
) -> None:
    i18n.set_language(language)
    hand = sit_down(samples, "Nina Belova", Role.HEAD, language=language)
    hand.press("Ctrl+3")
    hand.settle()
    ratings, path = hand.screen("ratings"), tmp_path / "ranking.xlsx"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_words: (str(path), ""))
    hand.press("Ctrl+E")
    hand.settle()

    first, last = ratings.period()
    capsys.readouterr()
    words = ["--workspace", str(samples.folder), "--lang", language, "--json", "ratings"]
    assert root.main([*words, "--from", str(first), "--to", str(last)]) == 0
    told = json.loads(capsys.readouterr().out)
    book = openpyxl.load_workbook(path, data_only=True)
    lines = list(book.worksheets[0].iter_rows(min_row=2, values_only=True))
    book.close()

    model = ratings._model
    assert len(told) == model.rowCount() == 6
    for number, one in enumerate(told):
        row = model.index(number, 0).data(ROW)
        shown = {column: model.index(number, column).data() for column in Column}
        cells = lines[number]
        rank, light, name, group, score, calls = cells[:6]
        assert one["manager"] == row.manager == shown[Column.MANAGER] == name
        assert one["group"] == shown[Column.GROUP] == group
        assert one["calls"] == row.calls == int(shown[Column.CALLS]) == calls
        assert one["rank"] == row.rank == (rank or None)
        assert shown[Column.RANK] == (str(one["rank"]) if one["rank"] else "–")
        assert one["score_percent"] == float(row.score_percent)
        assert score == pytest.approx(one["score_percent"] / 100, abs=1e-12)
        percent = shown[Column.SCORE].rstrip("% \u00a0\u202f").replace(",", ".")
        decimals = len(percent.partition(".")[2])
        assert float(percent) == pytest.approx(one["score_percent"], abs=0.5 / 10**decimals + 1e-9)
        assert (one["band"], one["provisional_band"]) == (row.band.value, row.provisional_band.value)
        assert light.strip("()") == _letter(one["provisional_band"])
        assert light.startswith("(") == (one["band"] == "grey")
        low, high = one["interval"]
        assert (low, high) == row.interval
        assert shown[Column.INTERVAL] == f"{i18n.decimal(low)}–{i18n.decimal(high)}"
        at = _headings(path)
        assert (cells[at["low"]], cells[at["low"] + 1]) == pytest.approx((low / 100, high / 100), abs=1e-12)
        assert (one["passed"], one["applicable"]) == pytest.approx(cells[at["passed"] : at["passed"] + 2])
        places = cells[at["low"] + 2 : at["low"] + 4]
        assert one["rank_range"] == ([int(place) for place in places] if one["rank"] else None)


def _letter(band: str) -> str:
    from qaapp.tables import light_letter
    from qaapp.words import Band

    return light_letter(Band(band))


def _headings(path: Path) -> dict[str, int]:
    """Places of the columns whose neighbours carry the same heading."""
    book = openpyxl.load_workbook(path, read_only=True)
    titles = list(next(book.worksheets[0].iter_rows(max_row=1, values_only=True)))
    book.close()
    return {"low": titles.index(i18n._("95 % interval from")), "passed": titles.index(i18n._("Passed"))}
