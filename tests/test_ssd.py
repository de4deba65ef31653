"""An authority's own records (SSD, Annex A): families joined, nobody named, malformed extracts refused in words."""

import io
import re
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import ssd_world
from typer.testing import CliRunner

from larcnb.cli.app import app
from larcnb.errors import LarcError
from larcnb.follow_up import ENDED, LEFT, incidence
from larcnb.imports import ssd

SECRET = b"x" * 32


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """20,000 children in an extract, read and followed: the extract, what was planted, and what was found."""
    tables, grows_up = ssd_world.frames(1)
    folder = ssd_world.write(tmp_path_factory.mktemp("ssd"), tables)
    return tables, grows_up, ssd.extract(ssd.read_folder(folder), SECRET)


def command(root, folder, *more):
    (root / "params").mkdir(parents=True, exist_ok=True)
    (root / "data/raw").mkdir(parents=True, exist_ok=True)
    words = ["import", "ssd", folder, "--authority", "la-99", "--root", root, *more]
    return CliRunner().invoke(app, [str(word) for word in words])


def few(folder, **changes):
    """A small extract by hand (``ssd_few.txt``): three brothers and sisters of two households, and an only child."""
    made = {}
    for block in Path(__file__).with_name("ssd_few.txt").read_text("utf-8").split("\n\n"):
        name, text = block.split("\n", 1)
        frame = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
        made[name] = changes.get(name, lambda same: same)(frame)
    return ssd_world.write(folder, made)


def test_brothers_and_sisters_are_one_case_and_every_family_is_joined(world):
    tables, grows_up, found = world
    assert len(found.cases) == found.cases["family_id"].nunique() == len(grows_up)
    sizes = tables["ssd_family"]["fami_family_id"].value_counts().value_counts()
    counted = found.children.groupby("case_id").size().value_counts()
    assert counted.sort_index().to_dict() == sizes.sort_index().to_dict()
    assert found.children["age_band"].isin(["0-5", "5-11", "11-16", "over-16"]).all()


def test_the_planted_share_is_found_and_leaving_out_that_families_leave_overstates_it(world):
    _, grows_up, found = world
    rows = found.happened.query("future == 'looked_after'")
    at, planted = (12, 24, 36), ssd_world.incidence((12, 24, 36), grows_up)
    share = incidence(rows["months"], rows["status"], at)
    assert (np.abs(share["share"] - planted) < 3 * share["se"]).all()
    naive = incidence(rows["months"], rows["status"].replace(LEFT, ENDED), at)
    assert (naive["low"] > planted)[1:].all()


def test_cases_children_and_what_followed_by_hand(tmp_path):
    found = ssd.extract(ssd.read_folder(few(tmp_path)), SECRET)
    cases = found.cases.set_index("started")
    assert cases["status"].to_dict() == {
        "2024-01-01": "closed",
        "2024-02-01": "closed",
        "2025-03-01": "open",
    }
    assert cases["end_reason"].to_dict() == {
        "2024-01-01": "outcomes_met",
        "2024-02-01": "step_up",
        "2025-03-01": "",
    }
    assert cases["prior_social_care"].to_dict() == {
        "2024-01-01": "no",
        "2024-02-01": "yes",
        "2025-03-01": "yes",
    }
    assert (
        cases["family_id"]["2024-01-01"]
        == cases["family_id"]["2025-03-01"]
        != cases["family_id"]["2024-02-01"]
    )
    first = found.children[found.children["case_id"] == cases["case_id"]["2024-01-01"]]
    assert (
        sorted(first["age_band"]) == ["11-16", "11-16", "unborn"] and first["focus"].eq("yes").all()
    )
    came = found.happened.query("status == 1").merge(found.cases[["case_id", "started"]])
    came = {(row.started, row.future): round(row.months, 1) for row in came.itertuples()}
    assert came == {
        ("2024-01-01", "social_care_contacts"): 8.5,  # 15 September, 258 days
        ("2024-01-01", "child_in_need"): 8.6,
        (
            "2024-01-01",
            "re_referral",
        ): 8.6,  # the referral of 20 September, before the episode of 2025
        ("2024-01-01", "social_care_assessment"): 9.0,
        ("2024-01-01", "domestic_violence"): 9.0,
    }
    # the only child turned 18 on 15 June 2024: care a year later is no future of hers
    grown = found.happened.query("status == 2")
    assert grown["months"].round(1).unique().tolist() == [4.4]  # 135 days
    told = pd.DataFrame({"case_id": [cases["case_id"]["2024-01-01"]], "future": ["child_in_need"]})
    rows = found.follow_up(told).query("future == 'child_in_need'").iloc[0]
    assert (rows["happened"], rows["month"], rows["followed_months"], rows["source"]) == (
        "yes",
        9,
        17,
        "record",
    )
    assert {*found.follow_up()["future"]} == {"re_referral"}


def test_the_same_secret_gives_the_same_pseudonyms_and_another_gives_others(tmp_path):
    frames = ssd.read_folder(few(tmp_path))
    ids = [
        {*ssd.extract(frames, secret).cases["case_id"]} for secret in (SECRET, SECRET, b"y" * 32)
    ]
    assert ids[0] == ids[1] and not ids[0] & ids[2]


def test_names_numbers_and_birth_dates_stand_in_private_alone(tmp_path):
    tables, _ = ssd_world.frames(2, 300)
    born = {day[:10] for day in tables["ssd_person"]["pers_dob"]}
    begun = {day[:10] for name in tables for day in tables[name].filter(regex="date").stack()}
    numbers = {
        *tables["ssd_person"]["pers_person_id"],
        *tables["ssd_person"]["pers_common_child_id"],
    }
    root = tmp_path / "root"
    done = command(root, ssd_world.write(tmp_path / "extract", tables))
    filled = root / "private/la-99/tables"
    assert done.exit_code == 0 and "larcnb new la-99 --from-csv" in done.output
    words = ["new", "la-99", "--from-csv", filled, "--root", root]
    began = CliRunner().invoke(app, [str(word) for word in words])
    book = root / "data/raw/la-99/return.xlsx"
    read = pd.read_excel(book, sheet_name=None, dtype=str, header=None, engine="openpyxl")
    shown = done.output + began.output + "".join(frame.to_csv() for frame in read.values())
    shown += "".join(path.read_text() for path in [*filled.iterdir(), *(root / "params").iterdir()])
    for canary in [ssd_world.CANARY, *numbers, *(born - begun)]:
        assert canary not in shown
    kept = [path for path in (root / "private/la-99").rglob("*") if path.is_file()]
    assert any(ssd_world.CANARY in path.read_text() for path in kept)
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)
    assert len(read["cases"]) == 2 + len(pd.read_csv(root / "private/la-99/key.csv"))
    again = command(root, tmp_path / "extract")
    assert again.exit_code == 0 and "copy the rows of follow_up.csv" in again.output


EPISODES = "ssd_early_help_episodes"
FAULTS = [
    (
        "ssd_person",
        "pers_dob",
        None,
        "",
        "ssd_person.csv, column 'pers_dob': The column is missing",
    ),
    (
        "ssd_person",
        "pers_person_id",
        1,
        "P1",
        "row 3, column 'pers_person_id' (A3): The same entry as in row 2",
    ),
    ("ssd_person", "pers_dob", 0, "41030", "row 2, column 'pers_dob' (B2): This is Excel's number"),
    ("ssd_person", "pers_dob", 0, "05/25/2012", "column 'pers_dob' (B2): This is not a date."),
    (
        EPISODES,
        "earl_episode_end_date",
        2,
        "2023-07-10",
        "row 4, column 'earl_episode_end_date' (D4): The episode ends before",
    ),
    (
        EPISODES,
        "earl_episode_start_date",
        0,
        "",
        "'earl_episode_start_date' (C2): The cell is empty",
    ),
    ("ssd_family", "fami_person_id", 0, 31, "'fami_family_id': Over 30 people are of this family"),
]


@pytest.mark.parametrize(("table", "column", "at", "value", "words"), FAULTS)
def test_a_malformed_extract_is_refused_by_row(tmp_path, table, column, at, value, words):
    def spoiled(frame):
        if at is None:
            return frame.drop(columns=column)
        if isinstance(value, int):  # so many people of one family
            return frame.iloc[[0] * value].assign(**{column: [f"Q{n}" for n in range(value)]})
        frame.loc[at, column] = value
        return frame

    done = command(tmp_path / "root", few(tmp_path / "extract", **{table: spoiled}))
    assert done.exit_code == 3 and words in done.output, done.output
    assert not re.search(r"41030|05/25|2023-07-10", done.output)
    assert not list((tmp_path / "root/data/raw").iterdir())


def test_missing_tables_and_other_delimiters_are_said_at_once(tmp_path):
    folder = few(tmp_path / "extract")
    (folder / "ssd_cp_plans.csv").unlink()
    (folder / "ssd_contacts.csv").write_text(
        (folder / "ssd_contacts.csv").read_text().replace(",", ";")
    )
    done = command(tmp_path / "root", folder)
    assert done.exit_code == 3 and "There is no ssd_cp_plans.csv." in done.output
    assert "ssd_contacts.csv: The values are not separated by commas." in done.output
    assert command(tmp_path / "root", tmp_path / "nowhere").exit_code == 2
    assert command(tmp_path / "root", folder, "--until", "31/03/2026").exit_code == 2


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_lists_of_annex_a_are_read_too(tmp_path, form):
    lists = {
        "List 1": ("Child Unique ID,Date of Contact", "1,02/09/2024"),
        "List 2": (
            "Child Unique ID,Date of Birth,Assessment Start Date,Assessment Completion Date,Family ID",
            *("1,01/05/2012,01/01/2024,10/07/2024,F", "2,01/05/2014,05/01/2024,10/07/2024,F"),
            "3,01/05/2015,05/01/2024,,",
        ),
        "List 3": ("Child Unique ID,Referral Date,Referral NFA", "2,20/09/2024,b) No"),
    }
    frames = {
        name: pd.DataFrame([row.split(",") for row in rows], columns=head.split(","))
        for name, (head, *rows) in lists.items()
    }
    if form == "csv":
        ssd_world.write(tmp_path / "lists", frames)
    else:
        (tmp_path / "lists").mkdir()
        with pd.ExcelWriter(tmp_path / "lists" / "annex_a.xlsx", engine="xlsxwriter") as book:
            for name, frame in frames.items():
                frame.to_excel(book, sheet_name=name, index=False)
    found = ssd.extract(ssd.read_folder(tmp_path / "lists"), SECRET)
    assert sorted(found.children.groupby("case_id").size()) == [1, 2]
    assert {*found.happened.query("status == 1")["future"]} == {
        "social_care_contacts",
        "child_in_need",
        "re_referral",
    }


LIST = "earl_episode_id,earl_person_id,earl_episode_start_date,earl_episode_end_date,earl_note"
ANNEX = "Child Unique ID,Gender,Date of Birth,Assessment start date,Assessment completion date"


def listed(folder, *lines):
    (folder / "list.csv").write_text("\n".join(lines))
    return folder / "list.csv"


def in_book(folder, *sheets):
    with pd.ExcelWriter(folder / "list.xlsx", engine="xlsxwriter") as book:
        for at, rows in enumerate(sheets):
            pd.DataFrame([dict(enumerate(row)) for row in rows]).to_excel(
                book, sheet_name=f"S {at}", index=False, header=False
            )
    return folder / "list.xlsx"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_annex_a_gives_age_bands_and_no_birth_date(form, tmp_path):
    born = ["11/01/2000", "10/01/2000", "01/03/2011", "10/01/1995", ""]  # one on the birthday
    rows = [[f"100{at}", "f", day, "10/01/2011", ""] for at, day in enumerate(born)]
    if form == "csv":
        path = listed(tmp_path, ANNEX, *(",".join(row) for row in rows))
    else:
        title = ["List 2: early help assessments"]
        path = in_book(tmp_path, [["Annex A, list 1"]], [title, ANNEX.split(","), *rows])
    found = ssd.begin(ssd.read_list(path), SECRET)
    at = found.key["rows"].astype(int).sub(2 + (form == "xlsx"))
    bands = found.children.merge(found.key.assign(at=at)).sort_values("at")["age_band"]
    assert bands.tolist() == ["5-11", "11-16", "unborn", "over-16", ""]
    assert not found.cases.columns.intersection(["prior_social_care", "family_id"]).size


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        (["91,1,2011-13-10,,x"], [(2, "not-a-date")]),
        (["91,1,,,x"], [(2, "missing")]),
        (["91,1,2011-05-01,2011-04-01,x"], [(2, "out-of-order")]),
        (["91,1,01/02/11,,x"], [(2, "not-a-date")]),
        (["91,1,20110110,,x"], [(2, "not-a-date")]),
        (["91,1,2011-01-10,,x", "91,2,2011-01-10,,x"], [(3, "duplicate")]),
        (
            ["91,1,2011-01-10,,x", '92,2,2011-01-10,,"x" y', "93,3,2011-02-30,,x"],
            [(3, "quote"), (4, "not-a-date")],
        ),
        (
            ["91,1,21/12/2010,,x", "92,2,12/25/2010,,x", "93,3,01/02/2011,,x"],
            [(1, "both-orders"), (3, "not-a-date")],
        ),
    ],
)
def test_a_list_with_faults_is_refused_by_row_without_values(lines, wrong, tmp_path):
    with pytest.raises(LarcError, match=r"list\.csv was refused") as raised:
        ssd.read_list(listed(tmp_path, LIST, *lines))
    assert [(p.row, p.code) for p in raised.value.problems] == wrong
    assert "91" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "raw", "words", "code"),
    [
        ("list.csv", b"", "neither a list of early help episodes nor Annex A's list 2", ""),
        ("list.csv", b"a,b\n1,2\n", "neither a list", ""),
        ("list.csv", b"PK\3\4", "neither a list", "not-csv"),
        ("list.xlsx", b"<html>", "a web page under the name of a workbook", "not-a-workbook"),
    ],
)
def test_another_file_is_refused_as_what_it_is(name, raw, words, code, tmp_path):
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(LarcError, match=words) as raised:
        ssd.read_list(tmp_path / name)
    assert {p.code for p in raised.value.problems} - {"no-header"} == ({code} if code else set())


def test_the_same_child_and_day_make_the_same_case_from_a_list_and_from_an_extract(tmp_path):
    whole = ssd.extract(ssd.read_folder(few(tmp_path / "a")), SECRET)
    alone = few(tmp_path / "b") / "ssd_early_help_episodes.csv"
    alone.write_bytes(alone.read_text().replace("Step-up", "Zo\xeb").encode("cp1252"))
    of_list = ssd.begin(ssd.read_list(alone), SECRET)
    assert len({*of_list.cases["case_id"]} & {*whole.cases["case_id"]}) == 1  # the only child's


def test_a_family_helped_after_the_newest_record_is_followed_for_no_time(tmp_path):
    tables = {}
    for path in few(tmp_path / "x").glob("*.csv"):
        tables[path.stem] = pd.read_csv(path, dtype=str, keep_default_na=False)
        if path.stem not in (EPISODES, "ssd_family", "ssd_person"):
            tables[path.stem] = tables[path.stem][:0]
    found = ssd.extract(ssd.read_folder(ssd_world.write(tmp_path / "y", tables)), SECRET)
    assert found.happened["followed"].min() == 0 and found.note.endswith("2025-03-01.")
    early = ssd.extract(ssd.read_folder(tmp_path / "y"), SECRET, pd.Timestamp("2024-03-01"))
    assert early.follow_up()["followed_months"].ge(0).all()


def test_two_hundred_thousand_rows_take_under_ten_seconds(tmp_path):
    tables, _ = ssd_world.frames(3, 65_000)
    folder = ssd_world.write(tmp_path, tables)
    assert sum(map(len, tables.values())) > 200_000
    begun = time.process_time()
    ssd.extract(ssd.read_folder(folder), SECRET)
    assert time.process_time() - begun < 10
