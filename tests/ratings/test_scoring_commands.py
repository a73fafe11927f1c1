"""The commands of cards, marks, ratings and queue, run as a user runs them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import scoring_world as world

from qaapp import clock
from qaapp.cli.root import main
from qaapp.ratings.ranking import Query, rank
from qaapp.store.rules import read_rules
from qaapp.store.workspace import Workspace


def run(capsys: pytest.CaptureFixture[str], workspace: Workspace, *words: str, status: int = 0) -> Any:
    """One command with ``--json``; its document, or the error's sentence."""
    capsys.readouterr()
    assert main(["--workspace", str(workspace.folder), "--lang", "en", "--json", *words]) == status
    printed = capsys.readouterr()
    return json.loads(printed.out) if status == 0 else printed.err.strip()


def test_cards_from_template_to_file_and_back(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, workspace, "scorecards", "list") == []
    made = run(capsys, workspace, "scorecards", "import", "--template", "nine_points")
    assert made == {"name": "Nine checkpoints", "revision": 1, "state": "published"}
    listed = run(capsys, workspace, "scorecards", "list")
    assert listed == [{"name": "Nine checkpoints", "revision": 1, "call_type": "any", "checkpoints": 9}]
    shown = run(capsys, workspace, "scorecards", "show", "nine checkpoints")
    assert list(shown) == ["name", "revision", "sections"]
    assert list(shown["sections"][0]["checkpoints"][0]) == ["code", "text", "weight", "critical"]
    book = tmp_path / "card.xlsx"
    assert run(capsys, workspace, "scorecards", "export", "Nine checkpoints", str(book)) == {
        "path": str(book)
    }
    assert run(capsys, workspace, "scorecards", "import", str(book))["revision"] == 1
    plain = tmp_path / "card.json"
    run(capsys, workspace, "scorecards", "export", "Nine checkpoints", str(plain))
    document = json.loads(plain.read_text(encoding="utf-8"))
    document["sections"][0]["checkpoints"][0]["weight"] = 3
    plain.write_text(json.dumps(document), encoding="utf-8")
    assert run(capsys, workspace, "scorecards", "import", str(plain))["state"] == "draft"
    assert run(capsys, workspace, "scorecards", "publish", "Nine checkpoints")["revision"] == 2
    assert "There is no card “X”" in run(capsys, workspace, "scorecards", "show", "X", status=1)
    assert "one of the two" in run(capsys, workspace, "scorecards", "import", status=2)


def test_marks_in_bulk_then_the_ranking_says_the_same_everywhere(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with workspace.database.write() as session:
        world.card(session, 2)
        anna = world.manager(session, "Anna", "Inbound")
        for number in range(5):
            world.call(session, anna, world.START + timedelta(minutes=number), external_id=f"e{number}")
    rows = ["call,c1,c2,comment", *(f"e{number},1,{number % 2}," for number in range(5)), "e9,1,1,"]
    (tmp_path / "marks.csv").write_text("\n".join(rows), encoding="utf-8")
    done = run(
        capsys,
        workspace,
        "evaluate",
        "--scorecard",
        "Sale",
        "--reviewer",
        "Irina",
        str(tmp_path / "marks.csv"),
    )
    assert done == {"submitted": 5, "rejected": [{"row": 7, "reason": "There is no call “e9”."}]}
    (row,) = run(capsys, workspace, "ratings")
    assert list(row) == [
        "manager", "group", "calls", "passed", "applicable", "score_percent", "band", "provisional_band", "interval",
        "rank", "rank_range",
    ]  # fmt: skip
    assert (row["manager"], row["group"], row["calls"], row["passed"], row["applicable"]) == (
        "Anna",
        "Inbound",
        5,
        7,
        10,
    )
    with workspace.database.read() as session:
        same = rank(session, Query(), read_rules(session)).rows[0]
    assert row["score_percent"] == float(same.score_percent) == 70
    assert row["interval"] == pytest.approx(list(same.interval))
    assert (row["band"], row["rank"], row["rank_range"]) == ("yellow", 1, [1, 1])
    assert run(capsys, workspace, "ratings", "--basis", "random") == []
    assert run(capsys, workspace, "ratings", "--group", "Inbound", "--method", "pooled")[0]["calls"] == 5
    assert run(capsys, workspace, "ratings", "--by", "group")[0]["manager"] == "Inbound"
    assert run(capsys, workspace, "ratings", "--from", "2026-03-17") == []
    assert "2026-13-01" in run(capsys, workspace, "ratings", "--from", "2026-13-01", status=2)
    assert "no group" in run(capsys, workspace, "ratings", "--group", "X", status=2)
    capsys.readouterr()
    assert main(["--workspace", str(workspace.folder), "--lang", "en", "ratings"]) == 0
    printed = capsys.readouterr().out
    assert "70%" in printed
    assert "Anna" in printed
    assert "Counted: 5 calls, 0 picked by hand." in printed


def test_the_queue_draws_what_is_due_and_says_why(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with clock.fixed(datetime(2026, 3, 17, 6, 0, tzinfo=UTC)):
        with workspace.database.write() as session:
            world.user(session)
            anna = world.manager(session, "Anna")
            for hour in range(4):
                world.recorded_call(session, anna, world.START + timedelta(hours=hour))
        rows = run(capsys, workspace, "queue", "--reviewer", "irina")
        assert len(rows) == 2
        assert rows[0]["why"].startswith("Random: ")
        assert rows == run(capsys, workspace, "queue")
        assert "no reviewer “X”" in run(capsys, workspace, "queue", "--reviewer", "X", status=2)
