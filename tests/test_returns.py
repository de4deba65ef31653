"""Reading a return by the data dictionary's rules: cells by hand, frames, messages, and what is refused as a whole."""

import datetime as dt
import re
import string
from pathlib import Path

import cases
import drafts
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from larcnb import codes
from larcnb.errors import REFUSED, LarcError
from larcnb.returns import quality, read_return, rules
from larcnb.returns.cells import Bad, looks_personal, parse
from larcnb.returns.grid import problem
from larcnb.returns.tables import EXAMPLES, read_table
from larcnb.schema import NATIONAL, RETURN


def field_of(place: str):
    table, name = place.split(".")
    return (RETURN.get(table) or NATIONAL[table])[name]


@cases.each("place raw value", "returns", "sound")
def test_a_sound_cell_is_read_as_its_value(place, raw, value):
    read = parse(raw, field_of(place))
    assert read == value and type(read) is type(value)


@cases.each("place code raws", "returns", "unsound")
def test_an_unsound_cell_is_refused(place, code, raws):
    for raw in raws:
        bad = parse(raw, field_of(place))
        found = problem("f", bad.key, **bad.words())
        assert found.code == code and found.message.endswith(".") and found.todo.endswith(".")
        assert {*looks_personal(found.message)} <= {"a birth date"}  # dates are shown


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
            assert found.tables[name].dtypes.astype(str).to_dict() == wanted | {"source_row": "str"}


def test_a_message_says_where_what_and_what_to_do(tmp_path):
    draft = drafts.made(1)
    draft.tables["process"][3][5] = "1.5 hrs"
    (found,) = draft.read(tmp_path / "la-99").errors
    assert str(found) == (
        "ERROR not-a-number  la-99/process.csv, row 4, column 'hours' (F4): '1.5 hrs' is not a "
        "number. Write a number above 0 to 200, in digits only: no unit, comma, currency or time."
    )


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


def test_what_cannot_be_read_makes_no_problems_elsewhere(tmp_path):
    draft = drafts.made(1)
    draft.tables["cases"][0][0], draft.tables["futures"] = "pseudonym", [["no", "header"]]
    found = {(p.file, p.code) for p in draft.read(tmp_path / "la-99").errors}
    wrong = {("la-99/cases.csv", "missing-column"), ("la-99/cases.csv", "unknown-column")}
    assert found == wrong | {("la-99/futures.csv", "no-header")}


def test_each_subject_and_strand_has_the_rule_of_its_own_words():
    parts = {f"subject == '{part}'" for part in codes.NEED}
    parts |= {f"strand == '{part}'" for part in codes.STRAND}
    assert parts <= {rule["when"].partition(" and ")[0] for rule in rules.RULES}


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
    assert sum(p.row > 0 for p in wrong) == 200 and "800 more rows" in "".join(map(str, wrong))
    text = str(LarcError("No.", problems, REFUSED)).splitlines()
    assert len(text) == 52 and "more (larcnb check lists all of them)" in text[-1]


@cases.each("text kinds", "returns", "looks")
def test_what_looks_personal_is_told_from_what_does_not(text, kinds):
    assert looks_personal(text) == kinds


@pytest.mark.parametrize(
    ("ident", "kind"),
    [
        ("A123456789012", "a register number"),
        ("943-476-5919", "a register number"),
        ("9434765918", ""),
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
    given_ = {word: value.removeprefix("e.g. ") for word, value in EXAMPLES[name].items()}
    for field in RETURN[name].fields:
        value = given_.get(field.name, "")
        assert field.blank if not value else not isinstance(parse(value, field), Bad), field.name


def test_rules_between_rows_of_futures_and_what_needs_an_item(tmp_path):
    def told(*rows: str) -> list[tuple]:
        lines = [",".join(NATIONAL["futures"].names), *rows]
        (tmp_path / "futures.csv").write_text("\n".join(lines))
        table = read_table(tmp_path / "futures.csv", NATIONAL["futures"], "national/futures.csv")
        return [(p.row, p.column, p.code) for p in table[1]]

    row = "care,Care,social_care,{},1,0,2,{},3,x,".format
    assert told(row("a", "")) == []
    assert told(row("a", ""), row("a", "")) == [(3, "future", "repeated-row")]
    other = told(*map(row, "abcd", ["g", "g", "h", ""]))
    assert other == [(at, "overlap_group", "not-allowed") for at in (4, 5)]
    assert told(row("1st", "")) == [(2, "item", "not-a-code")]  # its quantity is not asked for one


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
