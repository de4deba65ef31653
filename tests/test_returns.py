"""Reading a return by DATA.md's rules: cells by hand, frames, messages, and what is refused as a whole."""

from __future__ import annotations

import datetime as dt
import re
import string
from pathlib import Path

import drafts
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from larcnb import schema
from larcnb.errors import REFUSED, LarcError
from larcnb.returns import quality, read_return, read_table
from larcnb.returns.cells import parse
from larcnb.returns.example import EXAMPLE
from larcnb.returns.personal import is_register_number, looks_personal
from larcnb.returns.raw import Bad, plain, shown
from larcnb.schema import NATIONAL, RETURN

HOURS, PEOPLE, NUMBER = (RETURN["process"][name] for name in ("hours", "people", "meeting_no"))
DAY, CASE, CHILD = (
    RETURN["cases"]["started"],
    RETURN["cases"]["case_id"],
    RETURN["children"]["child_id"],
)
BAND, NOTE, YEAR = (
    RETURN["children"]["age_band"],
    RETURN["moderation"]["note"],
    NATIONAL["deflators"]["year"],
)
HALF_PAST_ONE = dt.datetime(1899, 12, 30, 1, 30)
QUANTITY, COST = RETURN["interventions"]["quantity"], schema.UNIT_COSTS["value"]


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        (HOURS, "1.5", 1.5),
        (HOURS, ".5", 0.5),
        (HOURS, "2.", 2.0),
        (HOURS, " 200\u00a0", 200.0),
        (HOURS, 0.25, 0.25),
        (HOURS, "007.50", 7.5),
        (PEOPLE, "2.0", 2),
        (PEOPLE, 3.0, 3),
        (PEOPLE, "1000", 1000),
        (QUANTITY, "0", 0.0),
        (NUMBER, "1", 1),
        (COST, "0.01", 0.01),
        (DAY, "2011-02-03", dt.date(2011, 2, 3)),
        (DAY, "03/02/2011", dt.date(2011, 2, 3)),
        (DAY, "3/2/2011", dt.date(2011, 2, 3)),
        (DAY, dt.datetime(2011, 2, 3), dt.date(2011, 2, 3)),
        (DAY, "1990-01-01", dt.date(1990, 1, 1)),
        (DAY, "31/12/2100", dt.date(2100, 12, 31)),
        (CASE, "A01", "A01"),
        (CASE, 12.0, "12"),
        (CASE, " a.b_c-d ", "a.b_c-d"),
        (CASE, "A" * 31, "A" * 31),
        (CASE, "00123", "00123"),
        (CASE, "1E5", "1E5"),
        (CHILD, "child 1", "child 1"),
        (CHILD, 2.0, "2"),
        (BAND, "OVER-16", "over-16"),
        (BAND, "\t5-11 ", "5-11"),
        (NOTE, "N/A", "N/A"),
        (NOTE, "None", "None"),
        (NOTE, 3.5, "3.5"),
        (NOTE, " one\r\ntwo\tthree\u00a0four\n", "one\r\ntwo\tthree\u00a0four"),
        (YEAR, "2010-11", "2010-11"),
        (YEAR, "1999-00", "1999-00"),
    ],
)
def test_a_sound_cell_is_read_as_its_value(field, raw, value):
    assert parse(raw, field) == value and type(parse(raw, field)) is type(value)


@pytest.mark.parametrize(
    ("field", "raw", "code"),
    [
        (HOURS, "1,5", "not-a-number"),
        (HOURS, "1e3", "not-a-number"),
        (HOURS, "+2", "not-a-number"),
        (HOURS, "£2", "not-a-number"),
        (HOURS, "1 5", "not-a-number"),
        (HOURS, "-0", "not-a-number"),
        (HOURS, ".", "not-a-number"),
        (HOURS, "TRUE", "not-a-number"),
        (HOURS, HALF_PAST_ONE, "not-a-number"),
        (HOURS, "0", "out-of-range"),
        (HOURS, "200.01", "out-of-range"),
        (HOURS, -1.0, "out-of-range"),
        (HOURS, "-1", "out-of-range"),
        (PEOPLE, "1001", "out-of-range"),
        (PEOPLE, "1.5", "not-whole"),
        (QUANTITY, "9" * 400, "out-of-range"),
        (COST, "0", "out-of-range"),
        (DAY, "2011-2-3", "not-a-date"),
        (DAY, "03-02-2011", "not-a-date"),
        (DAY, "13/13/2011", "not-a-date"),
        (DAY, "3/2/11", "not-a-date"),
        (DAY, "2011/02/03", "not-a-date"),
        (DAY, 40575.0, "not-a-date"),
        (DAY, "29/02/2011", "not-a-date"),
        (DAY, dt.datetime(2011, 2, 3, 9), "time-of-day"),
        (DAY, "1989-12-31", "out-of-range"),
        (DAY, "2101-01-01", "out-of-range"),
        (CASE, "A 01", "bad-id"),
        (CASE, "-A", "bad-id"),
        (CASE, "A" * 32, "bad-id"),
        (CASE, "Zo\u00eb", "bad-id"),
        (CASE, 1.5e15, "bad-id"),
        (CASE, dt.datetime(2011, 2, 1), "bad-id"),
        (CASE, "", "bad-id"),
        (BAND, dt.datetime(2011, 11, 5), "not-allowed"),
        (BAND, "5 - 11", "not-allowed"),
        (BAND, "0\u20135", "not-allowed"),
        (NOTE, "a\x0bb", "control-character"),
        (NOTE, "a\u202eb", "control-character"),
        (BAND, "5\n11", "line-break"),
        (NOTE, "x" * 40_000, "too-long"),
        (YEAR, "2010-12", "not-a-year"),
        (YEAR, dt.datetime(2010, 11, 1), "not-a-year"),
        (YEAR, "2010/11", "not-a-year"),
    ],
)
def test_an_unsound_cell_is_refused(field, raw, code):
    bad = parse(raw, field)
    assert (
        isinstance(bad, Bad)
        and bad.code == code
        and bad.message().endswith(".")
        and bad.todo.endswith(".")
    )


@given(
    st.one_of(
        st.text(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.datetimes(dt.datetime(1899, 12, 30)),
    )
)
def test_any_cell_of_any_column_is_a_value_or_bad(raw):
    for table in (*RETURN.values(), *NATIONAL.values()):
        for field in table.fields:
            found = parse(raw, field)
            if isinstance(found, Bad):
                assert len(found.message() + found.todo) < 600 and found.message().isprintable()


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (999_999_999_999_999.0, "999999999999999"),
        (1e15, "1000000000000000.0"),
        (-12.0, "-12"),
        (0.1, "0.1"),
        (dt.datetime(1899, 12, 30, 1, 30), "01:30:00"),
        (dt.datetime(1900, 1, 1, 1, 30), "01:30:00"),
        (dt.datetime(1900, 1, 2), "1900-01-02"),
        (dt.datetime(2011, 2, 3, 9), "2011-02-03 09:00:00"),
    ],
)
def test_a_number_or_a_date_is_said_as_a_person_would_type_it(raw, text):
    assert plain(raw) == text


@given(st.text())
def test_what_a_message_repeats_is_short_and_can_be_seen(text):
    assert len(shown(text)) <= 450 and shown(text).isprintable()


def table_of(tmp_path: Path, text: str | bytes, name: str = "needs"):
    path = tmp_path / f"{name}.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path, RETURN[name], f"la-99/{name}.csv")


def test_frames_are_typed_even_when_empty(tmp_path):
    found = drafts.made(1).read(tmp_path / "la-99")
    kinds = {"whole": "Int64", "number": "float64", "date": "datetime64[ms]"}
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "cases.csv").write_text(",".join(RETURN["cases"].columns))
    for one in (found, read_return(tmp_path / "none", "la-99", drafts.LIBRARY, drafts.VINTAGE)):
        assert one.errors == []
        for name, table in RETURN.items():
            wanted = {field.name: kinds.get(field.kind, "str") for field in table.fields} | {
                "source_row": "str"
            }
            assert one.tables[name].dtypes.astype(str).to_dict() == wanted


def test_rows_keep_the_order_of_the_file_and_missing_is_nan(tmp_path):
    found = drafts.made(2).read(tmp_path / "la-99")
    draft = drafts.made(2)
    assert found.tables["process"]["case_id"].tolist() == [
        row[0] for row in draft.tables["process"][1:]
    ]
    assert pd.isna(found.tables["cases"].loc[0, "closed"]) and pd.isna(
        found.tables["cases"].loc[0, "not_costed_reason"]
    )


def test_a_message_says_where_what_and_what_to_do(tmp_path):
    draft = drafts.made(1)
    draft.tables["process"][3][5] = "1.5 hrs"
    (problem,) = draft.read(tmp_path / "la-99").errors
    assert str(problem) == (
        "ERROR not-a-number  la-99/process.csv, row 4, column 'hours' (F4): '1.5 hrs' is not a number. "
        "Write digits only, for example 1.5: no unit, comma, currency or time."
    )


@pytest.mark.parametrize(
    ("table", "column", "wrong", "near"),
    [
        ("futures", "likelihood", "highly likley", "highly_likely"),
        ("process", "role", "socal_worker", "social_worker"),
        ("outcomes", "change", "beter", "better"),
    ],
)
def test_the_nearest_known_code_is_named(table, column, wrong, near, tmp_path):
    draft = drafts.made(1)
    draft.tables[table][1][RETURN[table].columns.index(column)] = wrong
    assert f"Did you mean '{near}'?" in draft.read(tmp_path / "la-99").errors[0].todo


def test_an_unknown_column_names_the_nearest_known_one(tmp_path):
    _, problems = table_of(tmp_path, "case_id,subjct,need\n")
    assert [(p.code, p.cell) for p in problems] == [
        ("unknown-column", "B1")
    ] and "'subject'" in problems[0].todo


@pytest.mark.parametrize(
    ("table", "known", "header"),
    [
        ("process", 2, True),
        ("process", 1, False),
        ("needs", 2, True),
        ("needs", 1, False),
        ("cases", 2, True),
    ],
)
def test_a_first_row_with_two_of_the_columns_names_is_a_header(table, known, header, tmp_path):
    words = [
        *RETURN[table].columns[:known],
        *(f"x{at}" for at in range(len(RETURN[table].columns) - known)),
    ]
    codes = {p.code for p in table_of(tmp_path, ",".join(words) + "\n", table)[1]}
    assert ("no-header" not in codes) == header and ("missing-column" in codes) == header


def test_a_role_without_a_price_is_refused_with_its_hours(tmp_path):
    draft = drafts.made(1)
    draft.tables["process"][1][3:] = ["seal_keeper", "2", "4.5"]
    (problem,) = draft.read(tmp_path / "la-99").errors
    assert (
        "'seal_keeper' has no unit cost in the vintage larc4 (9 person-hours in 1 row(s))"
        in problem.message
    )


def far(tmp_path, people, prices=None, **spell):
    """Rows of moderation warned of as far dearer than the rest: five futures told of, the last for so many people."""
    library = drafts.library()
    library.futures = library.futures.assign(item="cost_of_care", **spell)
    library.unit_costs["value"] = prices or library.unit_costs["value"]
    draft = drafts.made(1, cases=1)
    draft.tables["moderation"][1:] = [
        ["F01-0001", code, "likely", "yes", "1", "agreed"] for code in drafts.FUTURES
    ]
    draft.tables["moderation"][-1][4] = str(people)
    found = read_return(
        draft.write(tmp_path / f"{people}{len(spell)}"), "la-99", library, drafts.VINTAGE
    )
    return [p.row for p in found.problems if p.code == "far-from-others"]


def test_a_future_over_ten_times_as_dear_as_the_others_is_warned_of(tmp_path):
    assert far(tmp_path, 10) == [] and far(tmp_path, 11) == [6]
    last = {
        "quantity": [1, 1, 1, 1, 2.0],
        "years": [2, 2, 2, 2, 3.0],
    }  # 2 x 3 beside 1 x 2: three times as dear
    assert far(tmp_path, 3, **last) == [] and far(tmp_path, 4, **last) == [6]


def test_check_raises_all_problems_with_the_exit_code_of_a_refusal(tmp_path):
    draft = drafts.made(1)
    draft.tables["process"][1][5], draft.tables["process"][2][5] = "x", "80"
    found = draft.read(tmp_path / "la-99")
    with pytest.raises(
        LarcError, match=r"^The return of la-99 was refused: 1 error\(s\)\."
    ) as raised:
        found.check()
    assert (
        raised.value.exit_code == REFUSED
        and raised.value.problems == found.problems
        and len(found.problems) == 2
    )


def test_a_sound_return_passes_its_check(tmp_path):
    found = drafts.made(1).read(tmp_path / "la-99")
    assert found.check() is found


def test_the_representation_shows_counts_and_no_case(tmp_path):
    found = drafts.made(1).read(tmp_path / "la-99")
    assert repr(found).startswith("Return(la-99: cases 4, children") and "F01" not in repr(found)


def test_many_problems_of_one_kind_are_listed_and_counted(tmp_path):
    _, problems = table_of(tmp_path, "case_id,subject,need\n" + "A,child,x\n" * 1000)
    assert sum(p.row > 0 and p.code == "not-allowed" for p in problems) == 200
    assert "800 more rows" in next(
        p.message for p in problems if p.code == "not-allowed" and not p.row
    )


def test_an_error_lists_fifty_problems_errors_first():
    many = quality.Problem
    problems = [many("f", "", at, "c", "w", "m", severity="warning") for at in range(60)]
    text = str(LarcError("No.", [*problems, many("f", "", 99, "c", "e", "m")], REFUSED))
    assert text.splitlines()[1].startswith("ERROR") and text.splitlines()[-1].startswith(
        "and 11 more"
    )


def test_records_have_the_columns_of_quality_json(tmp_path):
    draft = drafts.made(1)
    draft.tables["process"][1][5] = "80"
    found = draft.read(tmp_path / "la-99")
    (record,) = quality.records(found.problems)
    assert (
        list(record) == list(quality.COLUMNS)
        and record["severity"] == "warning"
        and record["row"] == 2
    )
    assert quality.problems_frame([]).columns.tolist() == list(quality.COLUMNS)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("she scored 12/40, then 9", []),
        ("3 children, 2 adults, 2010-11", []),
        ("met on 4 occasions in week 12", []),
        ("ring (0113) 496 0123", ["a telephone number"]),
        ("M1 1AE", ["a postcode"]),
        ("B. 3.4.1999", ["a birth date"]),
    ],
)
def test_what_looks_personal_is_told_from_what_does_not(text, kinds):
    assert looks_personal(text) == kinds


@pytest.mark.parametrize("name", RETURN)
def test_the_example_row_is_sound_but_for_its_mark(name):
    table = RETURN[name]
    assert set(table.columns) <= set(EXAMPLE[name]) <= set(table.names)
    for field in map(table.__getitem__, EXAMPLE[name]):
        value = EXAMPLE[name][field.name].removeprefix("e.g. ")
        assert (field.blank and not value) or not isinstance(parse(value, field), Bad), field.name


NATIONAL_FAULTS = {
    "value of nought": ("unit_costs", {"value": "0"}, "value"),
    "low above value": ("unit_costs", {"low": "99"}, "low"),
    "high below value": ("unit_costs", {"high": "1"}, "high"),
    "year outside the vintage": ("unit_costs", {"price_year": "2022-23"}, "price_year"),
    "no year": ("unit_costs", {"price_year": "2010-12"}, "price_year"),
    "grade of 7": ("unit_costs", {"grade": "7"}, "grade"),
    "share above 1": ("unit_costs", {"cashable": "1.1"}, "cashable"),
    "contains itself": ("unit_costs", {"contains": "social_worker"}, "contains"),
    "unknown payer": ("unit_costs", {"payer": "council"}, "payer"),
    "no source": ("unit_costs", {"source": ""}, "source"),
    "years of nought": ("futures", {"years": "0"}, "years"),
    "no quantity": ("futures", {"quantity": ""}, "quantity"),
    "quantity without item": ("futures", {"item": ""}, "quantity"),
    "share in per cent": ("base_rates", {"comparison_share": "25"}, "comparison_share"),
    "no share": ("base_rates", {"risk_ratio": "", "comparison_share": ""}, "risk_ratio"),
}
SOUND = {
    "unit_costs": {
        "item": "social_worker",
        "vintage": "larc4",
        "label": "Social worker",
        "category": "role",
        "unit": "hour",
        "value": "40",
        "low": "",
        "high": "",
        "price_year": "2010-11",
        "payer": "local_authority",
        "fund": "general_fund",
        "cashable": "0.2",
        "block": "",
        "contains": "",
        "grade": "2",
        "source": "invented",
        "url": "",
        "confidence": "assumed",
        "fit": "national",
        "licence": "none",
        "review_by": "2030-01-01",
    },
    "futures": {
        "future": "care",
        "label": "Care",
        "theme": "social_care",
        "item": "care_year",
        "quantity": "1",
        "start": "0",
        "years": "2",
        "overlap_group": "",
        "grade": "3",
        "rationale": "invented",
        "vintage": "",
    },
    "base_rates": {
        "future": "care",
        "population": "invented",
        "person": "child",
        "months": "24",
        "comparison_share": "0.2",
        "programme_share": "",
        "risk_ratio": "0.7",
        "low": "0.5",
        "high": "0.9",
        "use": "yes",
        "source": "invented",
        "url": "",
        "confidence": "assumed",
        "fit": "national",
    },
}


def national(tmp_path: Path, name: str, *rows: dict[str, str]):
    path = tmp_path / f"{name}.csv"
    lines = [",".join(NATIONAL[name].names), *(",".join(row.values()) for row in rows)]
    path.write_text("\n".join(lines))
    return read_table(path, NATIONAL[name], f"national/{name}.csv")[1]


@pytest.mark.parametrize("fault", NATIONAL_FAULTS)
def test_national_tables_are_held_to_the_same_rules(fault, tmp_path):
    name, changes, column = NATIONAL_FAULTS[fault]
    assert national(tmp_path, name, SOUND[name]) == []
    problems = national(tmp_path, name, SOUND[name] | changes)
    assert (problems[0].row, problems[0].column, problems[0].file) == (
        2,
        column,
        f"national/{name}.csv",
    )


def test_circles_through_several_items_are_refused_at_each(tmp_path):
    costs = [SOUND["unit_costs"] | {"item": a, "contains": b} for a, b in ("ab", "bc", "ca", "da")]
    assert {(p.row, p.code) for p in national(tmp_path, "unit_costs", *costs)} == {
        (2, "circle"),
        (3, "circle"),
        (4, "circle"),
    }


def test_reference_rows_entered_twice_are_refused(tmp_path):
    for name, sound in SOUND.items():
        assert [p.row for p in national(tmp_path, name, sound, sound)] == [3]


def test_an_item_that_cannot_be_read_asks_nothing_of_its_row(tmp_path):
    wrong = SOUND["futures"] | {"item": "1st item", "quantity": ""}
    assert [(p.column, p.code) for p in national(tmp_path, "futures", wrong)] == [
        ("item", "not-a-code")
    ]
    assert [p.column for p in national(tmp_path, "futures", SOUND["futures"] | {"item": ""})] == [
        "quantity",
        "start",
        "years",
    ]


def test_one_future_has_one_overlap_group(tmp_path):
    rows = [
        SOUND["futures"] | {"item": f"item_{at}", "overlap_group": group}
        for at, group in enumerate(["a", "a", "b", ""])
    ]
    assert [(p.row, p.column) for p in national(tmp_path, "futures", *rows)] == [
        (4, "overlap_group"),
        (5, "overlap_group"),
    ]


@pytest.mark.parametrize(
    ("text", "register"),
    [
        ("9434765919", True),
        ("943-476-5919", True),
        ("943.476.5919", True),
        ("9434765918", False),
        ("943476591", False),
        ("94347659190", False),
        ("4010232137", True),
        ("1000000010", False),
        ("0000000060", False),
        ("0000001010", False),
        ("A123456789012", True),
        ("z123456789012", True),
        ("A12345678901", False),
        ("AB23456789012", False),
        ("A01", False),
        ("", False),
    ],
)
def test_a_register_number_is_told_by_its_form_and_check_digit(text, register):
    assert is_register_number(text) == register


@pytest.mark.parametrize(
    ("ident", "kind"),
    [
        ("A123456789012", "a register number"),
        ("9434765919", "a register number"),
        ("Jo Bloggs", "something other"),
        ("A-01.b_2", ""),
    ],
)
def test_a_childs_id_that_tells_who_it_is_is_warned_of_without_repeating_it(ident, kind, tmp_path):
    path = tmp_path / "children.csv"
    path.write_text(f"{','.join(RETURN['children'].columns)}\nA,{ident},5-11,yes,yes\n")
    problems = read_table(path, RETURN["children"], "la-99/children.csv")[1]
    assert [(p.column, p.code, p.severity) for p in problems] == [
        ("child_id", "personal-data", "warning")
    ] * bool(kind)
    assert all(kind in p.message and ident not in str(p) for p in problems)


SHARE = st.floats(0, 1, exclude_max=True)
TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=30)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_text_in_any_cell_ends_in_tables_or_problems_in_both_forms(data, tmp_path):
    name = data.draw(st.sampled_from(list(RETURN)))
    text = data.draw(
        TEXT.filter(lambda t: not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", t))
    )
    at = data.draw(st.integers(0, len(RETURN[name].columns) - 1))
    said = []
    for form in ("csv", "xlsx"):
        draft = drafts.made(1, cases=2, form=form)
        draft.dialect = {"quoting": 1}  # a lone carriage return would end the line otherwise
        draft.tables[name][1][at] = (
            text if form == "csv" or not text.startswith("=") else f"'{text}"
        )
        found = draft.read(tmp_path / form)
        said.append({(p.row, p.column, p.code) for p in found.problems})
        if RETURN[name].fields[at].private or RETURN[name].fields[at].name == "case_id":
            letters = text.strip()
            assert len(letters) < 4 or not any(letters in str(p) for p in found.problems)
    if not text.startswith("="):
        assert said[0] == said[1]


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    raw=st.one_of(st.binary(max_size=300), st.text(string.printable, max_size=300).map(str.encode))
)
def test_any_bytes_for_a_file_end_in_tables_or_problems(raw, tmp_path):
    frame, problems = table_of(tmp_path, raw)
    assert len(frame) == 0 or problems == [] or frame.columns[-1] == "source_row"
    drafts.made(1, cases=1).write(tmp_path / "la-99")
    (tmp_path / "la-99" / "needs.csv").write_bytes(raw)
    assert read_return(tmp_path / "la-99", "la-99", drafts.LIBRARY, drafts.VINTAGE).problems


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_damage_to_a_workbook_ends_in_tables_or_problems(data, tmp_path):
    path = drafts.made(1, cases=1, form="xlsx").write(tmp_path / "la-99") / "return.xlsx"
    raw = bytearray(path.read_bytes())
    for share, turn in data.draw(
        st.lists(st.tuples(SHARE, st.integers(1, 255)), min_size=1, max_size=20)
    ):
        raw[int(share * len(raw))] ^= turn
    path.write_bytes(raw[: int(data.draw(SHARE) * len(raw)) if data.draw(st.booleans()) else None])
    read_return(tmp_path / "la-99", "la-99", drafts.LIBRARY, drafts.VINTAGE)
