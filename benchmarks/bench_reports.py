"""Excel: the app's writer against bare XlsxWriter ``constant_memory`` with the same cells and formats; its memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Moscow")
START = datetime(2026, 1, 1, 6, 0, tzinfo=UTC)
ROUNDS = 2
Figure = tuple[str, str, str, float, str]


def _columns() -> list[object]:
    from qaapp.tables import Column, Kind

    return [
        Column("id", "Call ID", Kind.INT, 9), Column("at", "Date and time", Kind.MOMENT, 17),
        Column("direction", "Direction", width=13), Column("status", "Status", width=13),
        Column("number", "Number", width=19), Column("customer", "Customer", width=22),
        Column("manager", "Manager", width=22), Column("group", "Group", width=18),
        Column("wait", "Wait", Kind.DURATION, 10), Column("talk", "Talk", Kind.DURATION, 10),
        Column("tags", "Tags", width=24), Column("comment", "Comment", width=36, wrap=True),
        Column("recordings", "Recordings", Kind.INT, 10), Column("score", "Score", Kind.PERCENT, 9),
        Column("light", "Light", Kind.LIGHT, 8),
    ]  # fmt: skip


def _rows(count: int) -> Iterator[list[object]]:
    from qaapp.words import Band

    bands = (Band.GREEN, Band.YELLOW, Band.RED)
    for n in range(count):
        yield [
            n, START + timedelta(seconds=37 * n), "входящий", "отвечен", f"+7 900 {n % 1000:03} {n % 100:02}-52",
            f"Клиент {n % 977}", f"Менеджер {n % 23}", "Восток", n % 40, n % 600, "перезвонить, цена",
            f"Спросил про сроки поставки и скидку, звонок {n}", 1, Fraction(n % 12, 12), bands[n % 3],
        ]  # fmt: skip


def _app(path: Path, count: int) -> None:
    from qaapp.progress import run
    from qaapp.tables import Table
    from qaapp.workbook import write_workbook

    run(write_workbook(path, [Table("Journal", _columns(), _rows(count), count)], ZONE, "Journal"))


def _bare(path: Path, count: int) -> None:
    """What a careful script would do: the right method per cell, the same formats, conditional formats and set-up."""
    import xlsxwriter

    from qaapp.tables import light_letter
    from qaapp.workbook import LIGHT_COLORS, NUMBER_FORMATS

    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet("Journal")
    heading = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "vcenter", "bottom": 2, "bg_color": "#EEF0F3"}
    )
    columns = _columns()
    looks = []
    for index, column in enumerate(columns):
        properties = {"valign": "top"}
        if column.kind in NUMBER_FORMATS:
            properties["num_format"] = NUMBER_FORMATS[column.kind]
        if column.kind.value == "text":
            properties["indent"] = 1
        if column.wrap:
            properties["text_wrap"] = True
        if column.kind.value == "light":
            properties |= {"align": "center", "bold": True}
        looks.append(book.add_format(properties))
        sheet.set_column(index, index, column.width)
        sheet.write_string(0, index, column.title, heading)
    sheet.freeze_panes(1, 0)
    number, text, moment = sheet.write_number, sheet.write_string, sheet.write_datetime
    for row, values in enumerate(_rows(count), 1):
        number(row, 0, values[0], looks[0])
        moment(row, 1, values[1].astimezone(ZONE).replace(tzinfo=None), looks[1])
        for index in (2, 3, 4, 5, 6, 7, 10, 11):
            text(row, index, values[index], looks[index])
        number(row, 8, values[8] / 86_400, looks[8])
        number(row, 9, values[9] / 86_400, looks[9])
        number(row, 12, values[12], looks[12])
        number(row, 13, float(values[13]), looks[13])
        text(row, 14, light_letter(values[14]), looks[14])
    sheet.autofilter(0, 0, count, len(columns) - 1)
    for band, (fill, ink) in LIGHT_COLORS.items():
        look = book.add_format({"bg_color": fill, "font_color": ink})
        rule = {"type": "cell", "criteria": "==", "value": f'"{light_letter(band)}"', "format": look}
        sheet.conditional_format(1, 14, count, 14, rule)
    book.close()


def _fastest(write: object, path: Path, count: int) -> float:
    began = time.perf_counter()
    write(path, count)
    return time.perf_counter() - began


def _peak_mb(count: int, path: Path) -> float:
    """Peak memory of a fresh process that writes ``count`` rows."""
    code = (
        "import sys, resource; sys.path[:0] = sys.argv[1:3]; from pathlib import Path; import bench_reports as b;"
        "b._app(Path(sys.argv[3]), int(sys.argv[4]));"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    here = Path(__file__).resolve().parent
    out = subprocess.run(
        [sys.executable, "-c", code, str(here), str(here.parent), str(path), str(count)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(out.stdout) / (1024 * 1024 if sys.platform == "darwin" else 1024)


def run() -> list[Figure]:
    """Time and memory of one workbook of 100 000 rows × 15 columns (10 000 with ``QAAPP_BENCH_QUICK``)."""
    count = 10_000 if os.environ.get("QAAPP_BENCH_QUICK") else 100_000
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "b.xlsx"
        mine, bare = [], []
        for _round in range(ROUNDS):  # in turns, so that a busy machine hurts both
            bare.append(_fastest(_bare, path, count))
            mine.append(_fastest(_app, path, count))
        figures.append(
            (
                f"Excel, {count:,} rows × 15", f"{min(mine):.2f} s", f"XlsxWriter constant_memory {min(bare):.2f} s",
                min(mine) / min(bare), "≤ 1.2 ×",
            )
        )  # fmt: skip
        if sys.platform != "win32":
            small, large = _peak_mb(count // 10, path), _peak_mb(count, path)
            figures.append(
                (
                    f"Excel, peak memory at {count:,} rows", f"{large:.0f} MB",
                    f"at {count // 10:,} rows {small:.0f} MB", large / small, "does not grow",
                )
            )  # fmt: skip
    return figures
