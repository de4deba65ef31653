"""Reading a return by DATA.md's rules: cells by hand, frames, messages, and what is refused as a whole."""

from __future__ import annotations

import datetime as dt
import re
import string
from pathlib import Path

import drafts
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from larcnb import schema
from larcnb.errors import REFUSED, LarcError
from larcnb.returns import quality, read_return, read_table
from larcnb.returns.cells import Bad, parse, plain, shown
from larcnb.returns.grid import PROBLEMS, problem
from larcnb.returns.rules import RULES, is_register_number, looks_personal
from larcnb.returns.tables import examples
from larcnb.schema import NATIONAL, RETURN

HOURS, PEOPLE = RETURN["process"]["hours"], RETURN["process"]["people"]
DAY, CASE = RETURN["cases"]["started"], RETURN["cases"]["case_id"]
CHILD, BAND = RETURN["children"]["child_id"], RETURN["children"]["age_band"]
NOTE, YEAR = RETURN["moderation"]["note"], NATIONAL["deflators"]["year"]
QUANTITY, COST = RETURN["interventions"]["quantity"], schema.UNIT_COSTS["value"]
FEBRUARY = dt.datetime(2011, 2, 3)


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        (HOURS, ".5", 0.5),
        (HOURS, "2.", 2.0),
        (HOURS, " 200\u00a0", 200.0),
        (HOURS, 0.25, 0.25),
        (HOURS, "007.50", 7.5),
        (PEOPLE, "2.0", 2),
        (PEOPLE, 1000.0, 1000),
        (QUANTITY, "0", 0.0),
        (DAY, "2011-02-03", dt.date(2011, 2, 3)),
        (DAY, "3/2/2011", dt.date(2011, 2, 3)),
        (DAY, FEBRUARY, dt.date(2011, 2, 3)),
        (DAY, "1990-01-01", dt.date(1990, 1, 1)),
        (DAY, "31/12/2100", dt.date(2100, 12, 31)),
        (CASE, 12.0, "12"),
        (CASE, " a.b_c-d ", "a.b_c-d"),
        (CASE, "A" * 31, "A" * 31),
        (CASE, "00123", "00123"),
        (CASE, "1E5", "1E5"),
        (CHILD, "child 1", "child 1"),
        (BAND, "OVER-16", "over-16"),
        (NOTE, "N/A", "N/A"),
        (NOTE, 3.5, "3.5"),
        (NOTE, " one\r\ntwo\tthree\u00a0four\n", "one\r\ntwo\tthree\u00a0four"),
        (YEAR, "1999-00", "1999-00"),
    ],
)
def test_a_sound_cell_is_read_as_its_value(field, raw, value):
    assert parse(raw, field) == value and type(parse(raw, field)) is type(value)


@pytest.mark.parametrize(
    ("field", "code", "raws"),
    [
        (HOURS, "not-a-number", ["1,5", "1e3", "+2", "£2", "1 5", "-0", ".", "TRUE", FEBRUARY]),
        (HOURS, "out-of-range", ["0", "200.01", -1.0, "-1"]),
        (PEOPLE, "out-of-range", ["1001", "0"]),
        (PEOPLE, "not-whole", ["1.5"]),
        (QUANTITY, "out-of-range", ["9" * 400]),
        (COST, "out-of-range", ["0"]),
        (DAY, "not-a-date", ["2011-2-3", "03-02-2011", "13/13/2011", "3/2/11", "2011/02/03"]),
        (DAY, "not-a-date", [40575.0, "29/02/2011"]),
        (DAY, "time-of-day", [dt.datetime(2011, 2, 3, 9)]),
        (DAY, "out-of-range", ["1989-12-31", "2101-01-01"]),
        (CASE, "bad-id", ["A 01", "-A", "A" * 32, "Zo\u00eb", 1.5e15, FEBRUARY, ""]),
        (BAND, "not-allowed", [dt.datetime(2011, 11, 5), "5 - 11", "0\u20135"]),
        (BAND, "line-break", ["5\n11"]),
        (NOTE, "control-character", ["a\x0bb", "a\u202eb"]),
        (NOTE, "too-long", ["x" * 40_000]),
        (YEAR, "not-a-year", ["2010-12", dt.datetime(2010, 11, 1), "2010/11"]),
    ],
)
def test_an_unsound_cell_is_refused(field, code, raws):
    for raw in raws:
        bad = parse(raw, field)
        found = problem("f", bad.key, **bad.words())
        assert found.code == code and found.message.endswith(".") and found.todo.endswith(".")


ANY = st.one_of(
    st.text(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.datetimes(dt.datetime(1899, 12, 30)),
)


@given(ANY)
def test_any_cell_of_any_column_is_a_value_or_bad(raw):
    for field in (f for table in (*RETURN.values(), *NATIONAL.values()) for f in table.fields):
        bad = parse(raw, field)
        if isinstance(bad, Bad):
            found = problem("f", bad.key, **bad.words())
            assert len(found.message + found.todo) < 700 and found.message.isprintable()


@given(st.text())
def test_what_a_message_repeats_is_short_and_can_be_seen(text):
    assert len(shown(text)) <= 450 and shown(text).isprintable()


def test_a_number_or_a_date_is_said_as_a_person_would_type_it():
    raws = [999_999_999_999_999.0, 1e15, -12.0, dt.datetime(1899, 12, 30, 1, 30), FEBRUARY]
    said = ["999999999999999", "1000000000000000.0", "-12", "01:30:00", "2011-02-03"]
    assert list(map(plain, raws)) == said
    assert plain(dt.datetime(2011, 2, 3, 9)) == "2011-02-03 09:00:00"


def test_every_problem_has_words_and_a_severity_and_every_rule_a_column():
    for said in PROBLEMS.values():
        assert said["severity"] in ("error", "warning") and said["message"].endswith(".")
        assert said["todo"] == "" or said["todo"].endswith((".", "}"))
    for rule in RULES:
        table = (RETURN if rule["tables"] == "return" else NATIONAL)[rule["table"]]
        assert rule["column"] in table.names and rule["todo"].endswith(".")


def table_of(tmp_path: Path, text: str | bytes, name: str = "needs"):
    path = tmp_path / f"{name}.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path, RETURN[name], f"la-99/{name}.csv")


def test_frames_are_typed_even_when_empty(tmp_path):
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "cases.csv").write_text(",".join(RETURN["cases"].columns))
    none = read_return(tmp_path / "none", "la-99", drafts.LIBRARY, drafts.VINTAGE)
    kinds = {"whole": "Int64", "number": "float64", "date": "datetime64[ms]"}
    for found in (none, drafts.made(1).read(tmp_path / "la-99")):
        assert found.errors == []
        for name, table in RETURN.items():
            wanted = {field.name: kinds.get(field.kind, "str") for field in table.fields}
            types = found.tables[name].dtypes.astype(str).to_dict()
            assert types == wanted | {"source_row": "str"}


def test_rows_keep_the_order_of_the_file_and_missing_is_nan(tmp_path):
    draft = drafts.made(2)
    found = draft.read(tmp_path / "la-99")
    ids = [row[0] for row in draft.tables["process"][1:]]
    assert found.check() is found and found.tables["process"]["case_id"].tolist() == ids
    assert found.tables["cases"].loc[0, ["closed", "not_costed_reason"]].isna().all()
    assert repr(found).startswith("Return(la-99: cases 4, children") and "F02" not in repr(found)


def test_a_message_says_where_what_and_what_to_do(tmp_path):
    draft = drafts.made(1)
    draft.tables["process"][3][5] = "1.5 hrs"
    (found,) = draft.read(tmp_path / "la-99").errors
    assert str(found) == (
        "ERROR not-a-number  la-99/process.csv, row 4, column 'hours' (F4): '1.5 hrs' is not a "
        "number. Write digits only, for example 1.5: no unit, comma, currency or time."
    )


def test_an_unknown_column_names_the_nearest_known_one(tmp_path):
    _, problems = table_of(tmp_path, "case_id,subjct,need\n")
    assert [(p.code, p.cell) for p in problems] == [("unknown-column", "B1")]
    assert "'subject'" in problems[0].todo


@pytest.mark.parametrize(
    ("table", "known", "header"), [("process", 2, 1), ("process", 1, 0), ("needs", 1, 0)]
)
def test_a_first_row_with_two_of_the_columns_names_is_a_header(table, known, header, tmp_path):
    names = RETURN[table].columns
    words = [*names[:known], *(f"x{at}" for at in range(len(names) - known))]
    codes = {p.code for p in table_of(tmp_path, ",".join(words) + "\n", table)[1]}
    assert ("no-header" not in codes) == ("missing-column" in codes) == bool(header)


def test_a_role_without_a_price_is_refused_with_its_hours(tmp_path):
    draft = drafts.made(1)
    draft.tables["process"][1][3:] = ["seal_keeper", "2", "4.5"]
    (found,) = draft.read(tmp_path / "la-99").errors
    said = "'seal_keeper' has no unit cost in the vintage larc4 (9 person-hours in 1 row(s))"
    assert said in found.message


def far(tmp_path, people, **spell):
    """Rows of moderation warned of as far dearer: five futures told of, the last for so many people."""
    library = drafts.library()
    library.futures = library.futures.assign(item="cost_of_care", **spell)
    draft = drafts.made(1, cases=1)
    draft.tables["moderation"][1:] = [
        ["F01-0001", code, "likely", "yes", "1", "agreed"] for code in drafts.FUTURES
    ]
    draft.tables["moderation"][-1][4] = str(people)
    folder = draft.write(tmp_path / f"{people}{len(spell)}")
    found = read_return(folder, "la-99", library, drafts.VINTAGE)
    return [p.row for p in found.problems if p.code == "far-from-others"]


def test_a_future_over_ten_times_as_dear_as_the_others_is_warned_of(tmp_path):
    assert far(tmp_path, 10) == [] and far(tmp_path, 11) == [6]
    last = {"quantity": [1, 1, 1, 1, 2.0], "years": [2, 2, 2, 2, 3.0]}  # three times as dear
    assert far(tmp_path, 3, **last) == [] and far(tmp_path, 4, **last) == [6]


def test_check_raises_all_problems_with_the_exit_code_of_a_refusal(tmp_path):
    draft = drafts.made(1)
    draft.tables["process"][1][5], draft.tables["process"][2][5] = "x", "80"
    found = draft.read(tmp_path / "la-99")
    with pytest.raises(LarcError, match=r"^The return of la-99 was refused: 1 error") as raised:
        found.check()
    assert raised.value.exit_code == REFUSED and raised.value.problems == found.problems
    first, second = quality.records(found.problems)
    assert list(first) == list(quality.COLUMNS) and (first["row"], second["row"]) == (2, 3)
    assert [first["severity"], second["severity"]] == ["error", "warning"]
    assert quality.problems_frame([]).columns.tolist() == list(quality.COLUMNS)


def test_many_problems_of_one_kind_are_listed_and_counted(tmp_path):
    _, problems = table_of(tmp_path, "case_id,subject,need\n" + "A,child,x\n" * 1000)
    wrong = [p for p in problems if p.code == "not-allowed"]
    assert sum(p.row > 0 for p in wrong) == 200 and "800 more rows" in str(wrong[0]) + str(
        wrong[-1]
    )
    text = str(LarcError("No.", problems, REFUSED)).splitlines()
    assert len(text) == 52 and "more (larcnb check lists all of them)" in text[-1]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("she scored 12/40, then 9", []),
        ("met on 4 occasions in week 12, 2010-11", []),
        ("ring (0113) 496 0123", ["a telephone number"]),
        ("M1 1AE", ["a postcode"]),
        ("B. 3.4.1999", ["a birth date"]),
    ],
)
def test_what_looks_personal_is_told_from_what_does_not(text, kinds):
    assert looks_personal(text) == kinds


def test_a_register_number_is_told_by_its_form_and_check_digit():
    yes = ["9434765919", "943-476-5919", "943.476.5919", "4010232137", "z123456789012"]
    no = ["9434765918", "943476591", "94347659190", "1000000010", "0000000060", "0000001010"]
    assert all(map(is_register_number, yes))
    assert not any(map(is_register_number, [*no, "A12345678901", "AB23456789012", "A01", ""]))


@pytest.mark.parametrize(
    ("ident", "kind"),
    [
        ("A123456789012", "a register number"),
        ("Jo Bloggs", "something other"),
        ("A-01.b_2", ""),
    ],
)
def test_a_childs_id_that_tells_who_it_is_is_warned_of_without_repeating_it(ident, kind, tmp_path):
    text = f"{','.join(RETURN['children'].columns)}\nA,{ident},5-11,yes,yes\n"
    problems = table_of(tmp_path, text, "children")[1]
    found = [(p.column, p.code, p.severity) for p in problems]
    assert found == [("child_id", "personal-data", "warning")] * bool(kind)
    assert all(kind in p.message and ident not in str(p) for p in problems)


@pytest.mark.parametrize("name", RETURN)
def test_the_example_row_is_sound_but_for_its_mark(name):
    given_ = {word: value.removeprefix("e.g. ") for word, value in examples()[name].items()}
    for field in RETURN[name].fields:
        value = given_.get(field.name, "")
        assert field.blank if not value else not isinstance(parse(value, field), Bad), field.name


SOUND = {
    "unit_costs": "item=social_worker vintage=larc4 label=x category=role unit=hour value=40 "
    "price_year=2010-11 payer=local_authority fund=general_fund cashable=0.2 grade=2 source=x "
    "confidence=assumed fit=national licence=none review_by=2030-01-01",
    "futures": "future=care label=Care theme=social_care item=care_year quantity=1 start=0 years=2 "
    "grade=3 rationale=x",
    "base_rates": "future=care population=x person=child months=24 comparison_share=0.2 "
    "risk_ratio=0.7 low=0.5 high=0.9 use=yes source=x confidence=assumed fit=national",
}


def national(tmp_path: Path, name: str, *rows: str):
    """The problems of a national table whose rows are sound but for what is said of each."""
    lines = [",".join(NATIONAL[name].names)]
    for changes in rows:
        said = dict(word.split("=") for word in f"{SOUND[name]} {changes}".split())
        lines.append(",".join(said.get(column, "") for column in NATIONAL[name].names))
    path = tmp_path / f"{name}.csv"
    path.write_text("\n".join(lines))
    return read_table(path, NATIONAL[name], f"national/{name}.csv")[1]


@pytest.mark.parametrize(
    ("name", "changes", "column"),
    [
        ("unit_costs", "value=0", "value"),
        ("unit_costs", "low=99", "low"),
        ("unit_costs", "high=1", "high"),
        ("unit_costs", "price_year=2022-23", "price_year"),
        ("unit_costs", "price_year=2010-12", "price_year"),
        ("unit_costs", "grade=7", "grade"),
        ("unit_costs", "cashable=1.1", "cashable"),
        ("unit_costs", "contains=social_worker", "contains"),
        ("unit_costs", "payer=council", "payer"),
        ("unit_costs", "source=", "source"),
        ("futures", "years=0", "years"),
        ("futures", "quantity=", "quantity"),
        ("futures", "item=", "quantity"),
        ("base_rates", "comparison_share=25", "comparison_share"),
        ("base_rates", "risk_ratio= comparison_share=", "risk_ratio"),
        ("base_rates", "low=0.8", "low"),
        ("base_rates", "high=", "high"),
    ],
)
def test_national_tables_are_held_to_the_same_rules(name, changes, column, tmp_path):
    assert national(tmp_path, name, "") == []
    (first, *_) = national(tmp_path, name, changes)
    assert (first.row, first.column, first.file) == (2, column, f"national/{name}.csv")


def test_rules_between_rows_of_national_tables(tmp_path):
    costs = [f"item={a} contains={b}" for a, b in ("ab", "bc", "ca", "da")]
    circles = {(p.row, p.code) for p in national(tmp_path, "unit_costs", *costs)}
    assert circles == {(2, "circle"), (3, "circle"), (4, "circle")}
    for name in SOUND:
        assert [p.row for p in national(tmp_path, name, "", "")] == [3]
    groups = [f"item=item_{at} overlap_group={g}" for at, g in enumerate(["a", "a", "b", ""])]
    other = [(p.row, p.column) for p in national(tmp_path, "futures", *groups)]
    assert other == [(4, "overlap_group"), (5, "overlap_group")]
    unread = national(tmp_path, "futures", "item=1st_item quantity=")
    assert [(p.column, p.code) for p in unread] == [("item", "not-a-code")]


SHARE = st.floats(0, 1, exclude_max=True)
TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=30)
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
QUICK = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@settings(max_examples=15, **QUICK)
@given(data=st.data())
def test_any_text_in_any_cell_ends_in_the_same_problems_in_both_forms(data, tmp_path):
    name = data.draw(st.sampled_from(list(RETURN)))
    text = data.draw(TEXT.filter(lambda t: not FORBIDDEN.search(t) and not t.startswith("=")))
    at = data.draw(st.integers(0, len(RETURN[name].columns) - 1))
    field, said = RETURN[name].fields[at], []
    for form in ("csv", "xlsx"):
        draft = drafts.made(1, cases=2, form=form)
        draft.dialect = {"quoting": 1}  # a lone carriage return would end the line otherwise
        draft.tables[name][1][at] = text
        found = draft.read(tmp_path / form)
        said.append({(p.row, p.column, p.code) for p in found.problems})
        if (field.private or field.name == "case_id") and len(text.strip()) >= 4:
            assert not any(text.strip() in str(p) for p in found.problems)
    assert said[0] == said[1]


@settings(max_examples=20, **QUICK)
@given(raw=st.binary(max_size=300) | st.text(string.printable, max_size=300).map(str.encode))
def test_any_bytes_for_a_file_end_in_tables_or_problems(raw, tmp_path):
    drafts.made(1, cases=1).write(tmp_path / "la-99")
    (tmp_path / "la-99" / "needs.csv").write_bytes(raw)
    assert read_return(tmp_path / "la-99", "la-99", drafts.LIBRARY, drafts.VINTAGE).problems


@settings(max_examples=20, **QUICK)
@given(data=st.data())
def test_any_damage_to_a_workbook_ends_in_tables_or_problems(data, tmp_path):
    path = drafts.made(1, cases=1, form="xlsx").write(tmp_path / "la-99") / "return.xlsx"
    raw = bytearray(path.read_bytes())
    turns = st.lists(st.tuples(SHARE, st.integers(1, 255)), min_size=1, max_size=20)
    for share, turn in data.draw(turns):
        raw[int(share * len(raw))] ^= turn
    end = int(data.draw(SHARE) * len(raw)) if data.draw(st.booleans()) else None
    path.write_bytes(raw[:end])
    assert isinstance(read_return(path.parent, "la-99", drafts.LIBRARY, "larc4").tables, dict)
