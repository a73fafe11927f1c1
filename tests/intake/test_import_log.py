"""Call logs: plain tables, Asterisk's rows, columns guessed, told and remembered."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from intake_world import bring, calls, counts, log, managers, picture
from samples import real
from sqlalchemy import select

from qaapp.calls import people, tags
from qaapp.errors import SheetError, UsageError
from qaapp.intake import mapping
from qaapp.store.database import Database
from qaapp.store.schema import Call, ColumnMapping, Leg, Source

HEADS = (
    "Дата и время",
    "Направление",
    "Статус",
    "Номер клиента",
    "Менеджер",
    "Длительность",
    "Разговор",
    "Комментарий",
)
FIRST = (
    "17.03.2014 10:18:29",
    "Входящий",
    "Отвечен",
    "8 (916) 123-45-67",
    "Анна",
    "70",
    "1:05",
    "Обсудили ЦЕНУ",
)
SECOND = ("17.03.2014 11:00", "Исходящий", "Не ответил", "+7 495 123-45-67", "Олег", "20", "0", "")


def test_a_russian_table(database: Database, tmp_path: Path) -> None:
    path = log(tmp_path / "crm.csv", HEADS, [FIRST, SECOND], "cp1251")
    assert counts(bring(database, path)) == (2, 2, 0, 0)
    first, second = calls(database)
    assert first.started_at == datetime(2014, 3, 17, 6, 18, 29, tzinfo=UTC)
    assert (first.direction, first.disposition, first.customer_number) == (
        "inbound",
        "answered",
        "79161234567",
    )
    assert (first.duration_s, first.wait_s, first.talk_s) == (70, 5, 65)
    assert first.search_text == "79161234567 89161234567 обсудили цену"
    assert (second.direction, second.disposition, second.wait_s) == ("outbound", "no_answer", 20)
    assert set(managers(database).values()) == {"Анна", "Олег"}
    before = picture(database)
    assert counts(bring(database, path)) == (2, 0, 0, 2)
    assert picture(database) == before


def test_bad_rows_are_named_and_the_rest_goes_on(database: Database, tmp_path: Path) -> None:
    rows = [FIRST, ("32.13.2024 10:00", *FIRST[1:]), ("", *FIRST[1:]), (*SECOND[:5], "долго", *SECOND[6:]), SECOND,
            ("Итого: 4",)]  # fmt: skip
    summary = bring(database, log(tmp_path / "crm.csv", HEADS, rows))
    assert counts(summary) == (2, 2, 0, 0)
    assert [(item.row, item.reason) for item in summary.skipped] == [
        (3, "“32.13.2024 10:00” is not a date and time."), (4, "The row has no date and time."),
        (5, "“долго” in “Duration in all” is not a duration."),
    ]  # fmt: skip
    assert {item.path for item in summary.skipped} == {str(tmp_path / "crm.csv")}


def test_a_changed_row_changes_the_call_but_not_what_people_wrote(database: Database, tmp_path: Path) -> None:
    heads = ("ID", *HEADS)
    bring(database, log(tmp_path / "crm.csv", heads, [("a1", *FIRST), ("a2", *SECOND)]))
    first, second = calls(database)
    with database.write() as session:
        session.get_one(Call, first.id).comment = "mine"
        ирина = people.find_or_create(session, name="Ирина")
        people.assign_manager(session, [second.id], ирина, None)
    changed = (*FIRST[:4], "Пётр", "80", "1:15", "новое"), (*SECOND[:4], "Пётр", "30", "0", "по делу")
    path = log(tmp_path / "crm.csv", heads, [("a1", *changed[0]), ("a2", *changed[1])])
    assert counts(bring(database, path)) == (2, 0, 2, 0)
    first, second = calls(database)
    assert (first.comment, first.talk_s, first.revision) == ("mine", 75, 2)
    assert (second.comment, second.duration_s) == ("по делу", 30)
    assert managers(database) == {"a1": "Пётр", "a2": "Ирина"}
    assert counts(bring(database, path)) == (2, 0, 0, 2)


def test_a_number_gets_its_name_from_the_log(database: Database, tmp_path: Path) -> None:
    heads = ("Дата", "Внутренний номер", "Сотрудник")
    bring(
        database,
        log(tmp_path / "a.csv", heads, [("17.03.2014 10:00", "101", ""), ("17.03.2014 11:00", "102", "")]),
    )
    assert set(managers(database).values()) == {"101", "102"}
    bring(database, log(tmp_path / "b.csv", heads, [("18.03.2014 10:00", "101", "Анна")]))
    with database.read() as session:
        assert [(row.name, row.extensions, row.calls) for row in people.list_people(session)] == [
            ("102", ("102",), 1), ("Анна", ("101",), 2),
        ]  # fmt: skip


YU = ("Время звонка", "Офис", "Телефон контакта", "Имя контакта и примечание", "Источник", "Запись оператора",
      "Статус звонка", "Время перевода", "Офис перевода", "Отдел перевода", "Статус менеджера", "Запись менеджера",
      "Номер сотрудника", "Имя сотрудника")  # fmt: skip


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (YU, {"started_at": 0, "customer_number": 2, "customer_name": 3, "campaign": 4, "recording_2": 5,
              "disposition": 6, "recording": 11, "extension": 12, "manager_name": 13, "group_name": 1}),
        (("Call Date", "From", "To", "Talk time (sec)", "Wait, sec", "Agent Name", "Queue", "Recording URL"),
         {"started_at": 0, "source_number": 1, "target_number": 2, "talk_s": 3, "wait_s": 4, "manager_name": 5,
          "group_name": 6, "recording": 7}),
        (("№", "Дата", "Время", "Кто звонил", "Кому", "Длительность, сек"),
         {"started_at": 1, "time": 2, "source_number": 3, "target_number": 4, "duration_s": 5}),
        (("calldate", "uniqueid", "call_type", "caller", "dst", "disposition", "billsec", "waittime", "employee_fio",
          "department", "pool_name", "recording"),
         {"started_at": 0, "external_id": 1, "direction": 2, "source_number": 3, "target_number": 4, "disposition": 5,
          "talk_s": 6, "wait_s": 7, "manager_name": 8, "group_name": 9, "campaign": 10, "recording": 11}),
    ],
)  # fmt: skip
def test_headings_are_understood(headings: tuple[str, ...], expected: dict[str, int]) -> None:
    assert dict(mapping.guess(headings).columns) == expected


def test_date_and_time_in_two_columns_and_a_workbook(database: Database, tmp_path: Path) -> None:
    from datetime import time

    from openpyxl import Workbook

    book = Workbook()
    page = book.active
    assert page is not None
    for row in (["Отчёт"], ["Дата", "Время", "Телефон", "Длительность", "Теги"],
                [datetime(2014, 3, 17), time(10, 18, 29), 79161234567, time(0, 1, 5), "VIP, повтор"],  # noqa: DTZ001
                [41715.0, "11:00", "8 916 123 45 68", timedelta(seconds=10), None]):  # fmt: skip
        page.append(row)
    book.save(tmp_path / "x.xlsx")
    assert counts(bring(database, tmp_path / "x.xlsx")) == (2, 2, 0, 0)
    rows = calls(database)
    assert [row.started_at.isoformat() for row in rows] == [
        "2014-03-17T06:18:29+00:00",
        "2014-03-17T07:00:00+00:00",
    ]
    assert [(row.customer_number, row.duration_s) for row in rows] == [
        ("79161234567", 65),
        ("79161234568", 10),
    ]
    with database.read() as session:
        assert {row.name for row in tags.tags_of(session, [rows[0].id])[rows[0].id]} == {"VIP", "повтор"}


def test_a_map_is_told_and_remembered(database: Database, tmp_path: Path) -> None:
    heads = ("штамп", "абырвалг", "сколько")
    path = log(tmp_path / "odd.csv", heads, [("17.03.2014 10:00", "89161234567", "65")])
    with pytest.raises(SheetError, match="no column with the date"):
        bring(database, path)
    told = {"columns": {"started_at": "Штамп", "customer_number": 2, "talk_s": "сколько"}}
    assert counts(bring(database, path, mapping=told)) == (1, 1, 0, 0)
    assert counts(bring(database, path)) == (1, 0, 0, 1)
    with database.read() as session:
        assert session.scalars(select(ColumnMapping.purpose)).all() == ["call_log"]
        shown = mapping.preview(path, session)
    assert (shown.is_remembered, shown.headings, shown.delimiter) == (True, heads, ";")
    assert shown.rows == ((2, ("17.03.2014 10:00", "89161234567", "65")),)
    for wrong in ({"columns": {"nonsense": 1}}, {"columns": {"started_at": "нет такого"}}, {"columns": [1]}):
        with pytest.raises(UsageError):
            bring(database, path, mapping=wrong)


def test_the_map_file(tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    path.write_text(json.dumps({"columns": {"started_at": 1}}), encoding="utf-8")
    assert mapping.read_map(path) == {"columns": {"started_at": 1}}
    for text in ("[1]", "{", ""):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError):
            mapping.read_map(path)


QUEUE = [
    '2025-03-14 12:00:00,"""Ivan"" <79161234567>",79161234567,600,ext-queues,PJSIP/trunk-00000001,'
    'Local/202@from-queue-00000002;1,Queue,"600,t",80,80,ANSWERED,3,,1741942800.1,,74951230000,79161234567,Ivan,,,,'
    "q-600-79161234567-20250314-120000-1741942800.1.wav,1741942800.1,,1",
    '2025-03-14 12:00:05,"""Ivan"" <79161234567>",79161234567,201,from-internal,Local/201@from-queue-00000001;2,'
    "PJSIP/201-00000002,Dial,x,15,0,NO ANSWER,3,,1741942805.2,,,,,,,,,1741942800.1,,2",
    '2025-03-14 12:00:10,"""Ivan"" <79161234567>",79161234567,202,from-internal,Local/202@from-queue-00000002;2,'
    "PJSIP/202-00000003,Dial,x,70,62,ANSWERED,3,,1741942810.3,,,,,,,,,1741942800.1,,3",
]
OUTGOING = (
    '2025-03-14 13:00:00,"""Anna"" <201>",201,89161234567,from-internal,PJSIP/201-00000009,PJSIP/trunk-0000000a,Dial,x,'
    "30,20,ANSWERED,3,,1741946400.9,,,201,Anna,74951230000,,,"
    "out-89161234567-201-20250314-130000-1741946400.9.wav,1741946400.9,,9"
)
HEADLINE = (
    "calldate,clid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,duration,billsec,disposition,amaflags,accountcode,"
    "uniqueid,userfield,did,cnum,cnam,outbound_cnum,outbound_cnam,dst_cnam,recordingfile,linkedid,peeraccount,sequence"
)


@pytest.mark.parametrize("with_headings", [True, False])
def test_a_freepbx_export(database: Database, tmp_path: Path, with_headings: bool) -> None:
    path = tmp_path / "cdr.csv"
    path.write_text("\n".join([HEADLINE] * with_headings + [*QUEUE, OUTGOING]) + "\n", encoding="utf-8")
    assert counts(bring(database, path)) == (2, 2, 0, 0)
    inbound, outbound = calls(database)
    assert (inbound.external_id, inbound.direction, inbound.disposition) == (
        "1741942800.1",
        "inbound",
        "answered",
    )
    assert (inbound.extension, inbound.talk_s, inbound.wait_s, inbound.duration_s) == ("202", 62, 18, 80)
    assert (inbound.customer_number, inbound.line_number, inbound.group_name) == (
        "79161234567",
        "74951230000",
        "600",
    )
    assert inbound.started_at == datetime(2025, 3, 14, 9, 0, tzinfo=UTC)
    assert (outbound.direction, outbound.extension, outbound.wait_s) == ("outbound", "201", 10)
    assert (outbound.customer_number, outbound.line_number) == ("79161234567", "74951230000")
    with database.read() as session:
        legs = session.execute(select(Leg.party, Leg.talk_s).order_by(Leg.position)).all()
    assert [tuple(row) for row in legs] == [("202", 80), ("201", 0), ("202", 62)]
    assert counts(bring(database, path)) == (2, 0, 0, 2)


def test_rows_of_a_conversation_that_come_in_two_files(database: Database, tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("\n".join([HEADLINE, *QUEUE[:2]]) + "\n", encoding="utf-8")
    second.write_text("\n".join([HEADLINE, QUEUE[2]]) + "\n", encoding="utf-8")
    bring(database, first)
    assert counts(bring(database, second)) == (1, 0, 1, 0)
    (call,) = calls(database)
    assert (call.extension, call.talk_s, call.duration_s) == ("202", 62, 80)
    for path in (first, second):
        assert counts(bring(database, path)) == (1, 0, 0, 1)


def test_a_missed_call_of_a_queue(database: Database, tmp_path: Path) -> None:
    rows = [
        QUEUE[0].replace("ANSWERED", "NO ANSWER"),
        QUEUE[1],
        QUEUE[2].replace("62,ANSWERED", "0,NO ANSWER"),
    ]
    path = tmp_path / "cdr.csv"
    path.write_text("\n".join([HEADLINE, *rows]) + "\n", encoding="utf-8")
    bring(database, path)
    (call,) = calls(database)
    assert (call.disposition, call.talk_s, call.wait_s, call.extension) == ("missed", 0, 80, None)
    assert managers(database) == {"1741942800.1": None}


MASTER = '"","201","89161234567","from-internal","""Anna"" <201>","SIP/201-00000001","SIP/trunk-00000002","Dial","x"'
TIMES = '"2025-03-14 12:00:00","2025-03-14 12:00:10","2025-03-14 12:00:30",30,20,"ANSWERED","DOCUMENTATION"'
CUSTOM = (
    '"""Anna"" <201>","201","89161234567","from-internal","SIP/201-00000001","SIP/trunk-00000002","Dial","x",'
    f'{TIMES},"","1741942801.2","","7"'
)


def test_master_csv_in_both_orders(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    path.write_text(f'{MASTER},{TIMES},"1741942800.1",""\n' * 1 + f"{CUSTOM}\n", encoding="utf-8")
    assert counts(bring(database, path, time_zone="Asia/Omsk")) == (2, 2, 0, 0)
    rows = calls(database)
    assert {(row.extension, row.customer_number, row.talk_s, row.wait_s) for row in rows} == {
        ("201", "79161234567", 20, 10)
    }
    assert {row.started_at for row in rows} == {datetime(2025, 3, 14, 6, 0, tzinfo=UTC)}
    assert rows[0].answered_at == datetime(2025, 3, 14, 6, 0, 10, tzinfo=UTC)


def test_real_logs_come_in_or_are_refused_by_a_sentence(database: Database) -> None:
    expected = {
        "asterisk_cdr_good.csv": 5, "asterisk_cdr_buggy.csv": 1, "cdrstats_CDRImport-2015-10-26.csv": 5,
        "cdrstats_import_cdr.txt": 5, "cdrstats_import_cdr_100.txt": 100,
    }  # fmt: skip
    for name, found in expected.items():
        path = real(f"records/{name}")
        summary = bring(database, path)
        assert (summary.found, summary.skipped) == (found, ()), name
        assert counts(bring(database, path)) == (found, 0, 0, found), name
    for path in sorted([*real("records").iterdir(), *real("spreadsheets").iterdir()]):
        if path.name not in expected and path.is_file():
            try:
                bring(database, path)
            except SheetError as error:
                said = error.sentence()
                assert path.name in said


def test_wait_is_duration_less_talk(database: Database) -> None:
    bring(database, real("records/cdrstats_CDRImport-2015-10-26.csv"))
    rows = calls(database)
    assert sorted((row.duration_s, row.talk_s, row.wait_s) for row in rows) == [
        (8, 5, 3), (15, 10, 5), (16, 11, 5), (41, 34, 7), (55, 50, 5),
    ]  # fmt: skip
    moscow = ZoneInfo("Europe/Moscow")
    assert rows[0].started_at == datetime(2015, 10, 21, 12, 13, 10, tzinfo=moscow)


def test_logs_with_the_same_headings_are_one_connection(database: Database, tmp_path: Path) -> None:
    bring(database, log(tmp_path / "march.csv", HEADS, [FIRST]))
    bring(database, log(tmp_path / "april.csv", HEADS, [FIRST, SECOND]))
    bring(database, log(tmp_path / "other.csv", ("Дата", "Телефон"), [("17.03.2014", "1")]))
    bring(database, log(tmp_path / "named.csv", HEADS, [FIRST]), source_name="АТС")
    with database.read() as session:
        names = session.scalars(select(Source.name).order_by(Source.id)).all()
    assert names == ["march", "other", "АТС"]
    assert len(calls(database)) == 4


def test_cells_of_any_kind_do_no_harm(database: Database, tmp_path: Path) -> None:
    rows = [
        ("17.03.2014 10:00", "вх", "=cmd|' /C calc'!A0", "1" * 400, "М" * 500, "9" * 7, "1", "к\x00ом"),
        ("17.03.2014 11:00", "\x00", "'; DROP TABLE calls; --", "﷽", "", "", "", "x" * 100_000),
    ]
    assert counts(bring(database, log(tmp_path / "x.csv", HEADS, rows))) == (2, 2, 0, 0)
    first, second = calls(database)
    assert "\x00" not in (first.comment or "")
    assert len(first.customer_number_raw or "") == 200
    assert len(second.comment or "") == 100_000


def test_rows_without_ids_that_are_equal_stay_two(database: Database, tmp_path: Path) -> None:
    path = log(tmp_path / "x.csv", HEADS, [FIRST, FIRST, SECOND])
    assert counts(bring(database, path)) == (3, 3, 0, 0)
    assert counts(bring(database, path)) == (3, 0, 0, 3)


def test_columns_of_a_deal_are_kept_with_the_call(database, tmp_path) -> None:
    from qaapp.store.schema import Deal

    heads = (
        "ID",
        "Дата",
        "Номер клиента",
        "ID сделки",
        "Этап сделки",
        "Итог сделки",
        "Сумма сделки",
        "Ответственный за сделку",
    )
    rows = [
        ("1", "17.03.2014 10:00:00", "79160000001", "55", "Счёт", "Выиграна", "12 500,50 ₽", "Олег"),
        ("2", "17.03.2014 11:00:00", "79160000002", "", "", "", "", ""),
        ("3", "17.03.2014 12:00:00", "79160000003", "56", "", "что-то", "много", ""),
    ]  # fmt: skip
    table = log(tmp_path / "log.csv", heads, rows)
    bring(database, log_files=(table,))

    def deals() -> list[tuple[object, ...]]:
        with database.read() as session:
            return [
                (each.external_id, each.stage, each.outcome, each.amount, each.responsible)
                for each in session.scalars(select(Deal).order_by(Deal.external_id))
            ]

    assert deals() == [("55", "Счёт", "won", "12500.50", "Олег"), ("56", None, None, "много", None)]
    rows[0] = (*rows[0][:5], "Отказ", *rows[0][6:])
    bring(database, log_files=(log(tmp_path / "log.csv", heads, rows),))
    assert deals()[0][2] == "lost"
