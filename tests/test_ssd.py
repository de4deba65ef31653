"""An authority's own records (SSD, Annex A): families joined, nobody named, malformed extracts refused in words."""

import io
import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import ssd_world
from typer.testing import CliRunner

from larcnb.cli.app import app
from larcnb.errors import LarcError
from larcnb.follow_up import CENSORED, COMPETING, incidence
from larcnb.imports import ssd

SECRET = b"x" * 32
EPISODES = "ssd_early_help_episodes"
CASES = tomllib.loads(Path(__file__).with_name("ssd.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """20,000 children in an extract, read and followed: the extract, what was planted, and what was found."""
    tables, grows_up = ssd_world.frames(1)
    return tables, grows_up, found_in(ssd_world.write(tmp_path_factory.mktemp("ssd"), tables))


def found_in(folder, secret=SECRET, until=None):
    return ssd.extract(ssd.read_folder(folder), secret, until)


def larcnb(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def command(root, folder, *more):
    for name in ("params", "data/raw"):
        (root / name).mkdir(parents=True, exist_ok=True)
    return larcnb("import", "ssd", folder, "--authority", "la-99", "--root", root, *more)


def few(folder, **changes):
    """A small extract by hand (``ssd_few.txt``): three brothers and sisters of two households, and an only child."""
    text = Path(__file__).with_name("ssd_few.txt").read_text("utf-8")
    made = {}
    for name, _, rows in (block.partition("\n") for block in text.split("\n\n")):
        frame = pd.read_csv(io.StringIO(rows), dtype=str, keep_default_na=False)
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
    naive = incidence(rows["months"], rows["status"].replace(COMPETING, CENSORED), at)
    assert (naive["low"] > planted)[1:].all()


def test_cases_children_and_what_followed_by_hand(tmp_path):
    found = found_in(few(tmp_path))
    cases = found.cases.sort_values("started")
    assert cases.iloc[:, [2, 1, 5, 6]].agg(" ".join, axis=1).tolist() == [
        "2024-01-01 closed outcomes_met no",
        "2024-02-01 closed step_up yes",
        "2025-03-01 open  yes",
    ]
    one, other, again = cases["family_id"]
    assert one == again != other
    first = cases["case_id"].iloc[0]
    bands = found.children.query("case_id == @first and focus == 'yes'")["age_band"]
    assert sorted(bands) == ["11-16", "11-16", "unborn"]
    came = found.happened.query("status == 1").round(1)
    assert came["case_id"].eq(first).all()
    assert came.sort_values("future")[["future", "months"]].values.tolist() == CASES["came"]
    # the only child turned 18 on 15 June 2024: care a year later is no future of hers
    grown = found.happened.query("status == 2")
    assert grown["months"].round(1).unique().tolist() == [4.4]  # 135 days
    told = pd.DataFrame({"case_id": [first], "future": ["child_in_need"]})
    row = found.follow_up(told).query("future == 'child_in_need'")
    assert row.values.tolist() == [[first, "child_in_need", "yes", 9, 17, "record"]]
    assert {*found.follow_up()["future"]} == {"re_referral"}


def test_the_same_secret_gives_the_same_pseudonyms_and_another_gives_others(tmp_path):
    folder = few(tmp_path)
    one, same, other = (
        {*found_in(folder, secret).cases["case_id"]} for secret in (SECRET, SECRET, b"y" * 32)
    )
    assert one == same and not one & other


def test_who_is_in_no_family_is_joined_to_nobody(tmp_path):
    folder = few(tmp_path, ssd_family=lambda frame: frame.assign(fami_family_id=""))
    assert len(found_in(folder).cases) == 5


def test_names_numbers_and_birth_dates_stand_in_private_alone(tmp_path):
    tables, _ = ssd_world.frames(2, 300)
    persons = tables["ssd_person"]
    born = {day[:10] for day in persons["pers_dob"]}
    begun = {day[:10] for name in tables for day in tables[name].filter(regex="date").stack()}
    root, private = tmp_path / "root", tmp_path / "root/private/la-99"
    done = command(root, ssd_world.write(tmp_path / "extract", tables))
    assert done.exit_code == 0 and "larcnb new la-99 --from-csv" in done.output
    began = larcnb("new", "la-99", "--from-csv", private / "tables", "--root", root)
    book = root / "data/raw/la-99/return.xlsx"
    read = pd.read_excel(book, sheet_name=None, dtype=str, header=None, engine="openpyxl")
    texts = [
        path.read_text() for of in (private / "tables", root / "params") for path in of.iterdir()
    ]
    shown = "".join([done.output, began.output, *texts, *(of.to_csv() for of in read.values())])
    numbers = {*persons["pers_person_id"], *persons["pers_common_child_id"]}
    assert not [each for each in {ssd_world.CANARY, *numbers, *(born - begun)} if each in shown]
    kept = [path for path in private.rglob("*") if path.is_file()]
    assert any(ssd_world.CANARY in path.read_text() for path in kept)
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)
    assert len(read["cases"]) == 2 + len(pd.read_csv(private / "key.csv"))
    again = command(root, tmp_path / "extract")
    assert again.exit_code == 0 and "copy the rows of follow_up.csv" in again.output


@pytest.mark.parametrize(("table", "column", "at", "value", "words"), CASES["faults"])
def test_a_malformed_extract_is_refused_by_row(tmp_path, table, column, at, value, words):
    def spoiled(frame):
        if at < 0:
            return frame.drop(columns=column)
        frame.loc[at, column] = value
        return frame

    done = command(tmp_path / "root", few(tmp_path / "extract", **{table: spoiled}))
    assert done.exit_code == 3 and words in done.output, done.output
    assert not re.search(r"41030|05/25|2023-07-10", done.output)
    assert not list((tmp_path / "root/data/raw").iterdir())


def test_a_family_of_over_thirty_is_a_placeholder(tmp_path):
    crowd = pd.DataFrame({"fami_family_id": "F1", "fami_person_id": [f"Q{at}" for at in range(31)]})
    done = command(tmp_path / "root", few(tmp_path / "extract", ssd_family=lambda _: crowd))
    assert done.exit_code == 3 and not (tmp_path / "root/private").exists()
    assert "'fami_family_id': Over 30 people are of this family" in done.output


def test_missing_tables_and_other_delimiters_are_said_at_once(tmp_path):
    folder = few(tmp_path / "extract")
    (folder / "ssd_cp_plans.csv").unlink()
    contacts = folder / "ssd_contacts.csv"
    contacts.write_text(contacts.read_text().replace(",", ";"))
    (folder / "a.xlsx").write_text("<html>")
    done = command(tmp_path / "root", folder)
    assert done.exit_code == 3 and "There is no ssd_cp_plans.csv." in done.output
    assert "ssd_contacts.csv: The values are not separated by commas." in done.output
    assert "not-a-workbook  a.xlsx" in done.output
    assert command(tmp_path / "root", tmp_path / "nowhere").exit_code == 2
    assert command(tmp_path / "root", folder, "--until", "31/03/2026").exit_code == 2


def in_book(path, **sheets):
    with pd.ExcelWriter(path, engine="xlsxwriter") as book:
        for name, rows in sheets.items():
            pd.DataFrame(rows).to_excel(book, sheet_name=name, index=False, header=False)
    return path


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_lists_of_annex_a_are_read_too(tmp_path, form):
    lists = CASES["annex_a"].items()
    if form == "csv":
        for name, text in lists:
            (tmp_path / f"{name}.csv").write_text(text)
    else:
        rows = {name: [line.split(",") for line in text.splitlines()] for name, text in lists}
        in_book(tmp_path / "annex_a.xlsx", **rows)
    found = found_in(tmp_path)
    assert sorted(found.children.groupby("case_id").size()) == [1, 2]
    came = {*found.happened.query("status == 1")["future"]}
    assert came == {"social_care_contacts", "child_in_need", "re_referral"}


LIST = "earl_episode_id,earl_person_id,earl_episode_start_date,earl_episode_end_date,earl_note"
ANNEX = "Child Unique ID,Gender,Date of Birth,Assessment start date,Assessment completion date"


def listed(folder, *lines):
    (folder / "list.csv").write_text("\n".join(lines))
    return folder / "list.csv"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_annex_a_gives_age_bands_and_no_birth_date(form, tmp_path):
    born = ["11/01/2000", "10/01/2000", "01/03/2011", "10/01/1995", ""]  # one on the birthday
    rows = [[f"100{at}", "f", day, "10/01/2011", ""] for at, day in enumerate(born)]
    if form == "csv":
        path = listed(tmp_path, ANNEX, *(",".join(row) for row in rows))
    else:
        title = ["List 2: early help assessments", *[""] * 4]
        book = {"S 0": [["Annex A, list 1"]], "S 1": [title, ANNEX.split(","), *rows]}
        path = in_book(tmp_path / "list.xlsx", **book)
    found = ssd.extract_list(ssd.read_list(path), SECRET)
    at = found.key["rows"].astype(int).sub(2 + (form == "xlsx"))
    bands = found.children.merge(found.key.assign(at=at)).sort_values("at")["age_band"]
    assert bands.tolist() == ["5-11", "11-16", "unborn", "over-16", ""]
    assert not {*found.cases} & {"prior_social_care", "family_id"}


@pytest.mark.parametrize(("lines", "wrong"), CASES["of_lists"])
def test_a_list_with_faults_is_refused_by_row_without_values(lines, wrong, tmp_path):
    with pytest.raises(LarcError, match=r"list\.csv was refused") as raised:
        ssd.read_list(listed(tmp_path, LIST, *lines.split("|")))
    assert ", ".join(f"{p.row} {p.code}" for p in raised.value.problems) == wrong
    assert "91" not in str(raised.value)


@pytest.mark.parametrize(("name", "text", "words"), CASES["other_files"])
def test_another_file_is_refused_as_what_it_is(name, text, words, tmp_path):
    (tmp_path / name).write_text(text)
    with pytest.raises(LarcError, match=words):
        ssd.read_list(tmp_path / name)


def test_the_same_child_and_day_make_the_same_case_from_a_list_and_from_an_extract(tmp_path):
    whole = found_in(few(tmp_path / "a"))
    alone = few(tmp_path / "b") / f"{EPISODES}.csv"
    alone.write_bytes(alone.read_text().replace("Step-up", "Zo\xeb").encode("cp1252"))
    of_list = ssd.extract_list(ssd.read_list(alone), SECRET)
    assert len({*of_list.cases["case_id"]} & {*whole.cases["case_id"]}) == 1  # the only child's


def test_a_family_helped_after_the_newest_record_is_followed_for_no_time(tmp_path):
    folder = few(tmp_path)
    for path in folder.glob("ssd_c*.csv"):  # contacts, and all of social care
        path.write_text(path.read_text().split("\n", 1)[0])
    found = found_in(folder)
    assert found.happened["followed"].min() == 0 and found.note.endswith("2025-03-01.")
    early = found_in(folder, until=pd.Timestamp("2024-03-01"))
    assert early.follow_up()["followed_months"].ge(0).all()
