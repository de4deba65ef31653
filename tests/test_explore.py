"""The questions of docs/explore.md: the cell that stands there answers, in at most three lines, from a fresh run."""

import ast
import re

import pytest
from priced import write_priced

from larcnb import show
from larcnb.root import WORKBOOK

GUIDE = (WORKBOOK / "docs" / "explore.md").read_text("utf-8")
OPENING = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)[1]
QUESTIONS = dict(re.findall(r"## (\d+)\. [^\n]*\?[^\n]*\n+```python\n(.*?)```", GUIDE, re.DOTALL))


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Answer a question from a fresh open_run: the value of the cell's last line."""
    folder = write_priced(tmp_path_factory.mktemp("explore") / "root", "la-01", "la-02").path

    def of(number):
        names = {}
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LARCNB_ROOT", str(folder))
            exec(OPENING, names)
            *before, last = ast.parse(QUESTIONS[str(number)]).body
            exec(compile(ast.Module(before, []), "cell", "exec"), names)
            return eval(compile(ast.Expression(last.value), "cell", "eval"), names), names["run"]

    return of


def test_there_are_ten_questions_each_answered_in_three_lines_at_most():
    assert list(QUESTIONS) == [str(n) for n in range(1, 11)]
    assert max(len(cell.strip().splitlines()) for cell in QUESTIONS.values()) <= 3


def test_the_ten_largest_lines_are_in_order_with_the_row_they_come_from(ask):
    lines, run = ask(1)
    assert len(lines) == 10 and lines["amount"].is_monotonic_decreasing
    assert lines["amount"].iloc[0] == run.ledger["amount"].max()
    assert lines["source_row"].ne("").all()


def test_hours_by_role_are_people_times_hours(ask):
    hours, run = ask(2)
    spent = run.tables["process"].query("role == 'health_visitor'")
    assert hours["health_visitor"] == pytest.approx((spent["people"] * spent["hours"]).sum())


def test_the_saving_by_age_counts_every_costed_case_at_an_age(ask):
    ages, run = ask(3)
    assert ages["count"].sum() >= run.cases["costed"].eq("yes").sum()
    assert ages["max"].max() == run.cases["saving_long"].max()


def test_thirty_per_cent_deadweight_takes_three_tenths_of_what_is_avoided(ask):
    (less, own), run = ask(4)
    fall = 0.3 * run.cases["avoided_long"].sum()
    assert own - less == pytest.approx(fall, abs=1)  # each line to the penny


def test_fading_under_the_reference_case_is_that_scenario_with_that_value(ask):
    summary, run = ask(5)
    other = run.what_if(preset="public_purse")
    assert other.assumptions.drop_off == 0.05
    assert 0 < summary["avoided_long"] < other.cases["avoided_long"].sum()


def test_a_dearer_year_in_care_adds_six_years_of_the_difference(ask):
    moved, run = ask(6)
    dearer = 60_000 - run.prices.loc["looked_after_year", "unit_value"]
    assert moved == pytest.approx(6 * dearer, abs=0.05)


def test_a_meeting_costs_its_lines_over_the_meetings_held(ask):
    table, _ = ask(7)
    assert (table["meetings"] * table["a_meeting"]).sum() == pytest.approx(table["cost"].sum())


def test_ones_own_chart_has_its_caption_and_alt_text(ask):
    chart, _ = ask(8)
    said = "Costs avoided, £ at 2010-11 prices. Alderwick, .*, 4 costed cases."
    assert isinstance(chart, show.Figure) and re.search(said, chart.caption)
    assert "Child looked after by the local authority: £" in chart.alt


def test_two_authorities_stand_side_by_side(ask):
    table, run = ask(9)
    mean = run.cases["saving_long"].mean()
    assert list(table.index) == ["la-01", "la-02"]
    assert table.loc["la-01", ("saving_long", "mean")] == pytest.approx(mean)


def test_the_local_authority_alone_pays_and_gains(ask):
    row, run = ask(10)
    lines = run.ledger.query("payer == 'local_authority' and stage == 'future'")["amount"]
    assert row["avoided_long"].item() == pytest.approx(lines.sum())


def test_every_column_the_guide_names_is_there(ask):
    _, run = ask(1)
    rows = re.findall(r"\| `run\.(ledger|cases|prices)` \| [^|]* \| ([^\n]*) \|", GUIDE)
    assert len(rows) == 3
    for frame, text in rows:
        named = re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", text))
        assert {*named} <= {*getattr(run, frame)}
