"""What happened next (docs/method.md part 9): shares with competing risks, calibration, and the page. All figures are invented."""

import numpy as np
import pandas as pd
import priced
import pytest
import worlds
from cases import each

from larcnb import follow_up, workbook
from larcnb.follow_up import CENSORED, COMPETING, HAPPENED, incidence
from larcnb.schema import RETURN

WORDS = {"possible": 0.5, "likely": 0.7, "highly_likely": 0.9}


def test_the_share_by_hand_with_one_that_left():
    # 1 of 4 in month 1; one left in 2; then 1 of the 2 left in month 3: 1/4 + 1/2 x 1/2
    found = incidence([1, 2, 3, 4], [HAPPENED, COMPETING, HAPPENED, CENSORED], [0.5, 1, 3, 12])
    assert found["share"].tolist() == pytest.approx([0, 0.25, 0.5, 0.5])
    # as if the one that left could still have it: 1 - 3/4 x 1/2
    naive = incidence([1, 2, 3, 4], [HAPPENED, CENSORED, HAPPENED, CENSORED], [3])
    assert naive["share"].item() == pytest.approx(0.625)


def test_where_it_happened_to_none_or_all_the_interval_is_exact():
    none, whole = (incidence([12] * 9, [of] * 9, [12]).iloc[0] for of in (CENSORED, HAPPENED))
    assert none[["share", "low", "high"]].tolist() == pytest.approx([0, 0, 1 - 0.025 ** (1 / 9)])
    assert whole[["share", "low", "high"]].tolist() == pytest.approx([1, 0.025 ** (1 / 9), 1])


def test_futures_of_one_family_go_together():
    rng = np.random.default_rng(1)
    months, status = rng.uniform(1, 48, 80), rng.choice([CENSORED, HAPPENED, COMPETING], 80)
    once, five = incidence(months, status), [np.repeat(of, 5) for of in (months, status)]
    families = np.repeat(np.arange(80), 5)
    together, apart = incidence(*five, families=families)["se"], incidence(*five)["se"]
    assert np.allclose(together, once["se"], rtol=0.1) and (apart < 0.6 * once["se"]).all()
    alike = [6, 24] * 2, [1, 0] * 2  # one of two in each family, as it happens
    assert incidence(*alike, families=[1, 1, 2, 2]).equals(incidence(*alike))
    assert incidence(*five, families=np.zeros(400)).loc[12, ["low", "high"]].isna().all()


def tables(cases=(), follow_up=(), bands=("5-11",), **rows):
    """A return's tables as the reader types them."""
    children = [worlds.child(child_id=str(at)) | {"age_band": of} for at, of in enumerate(bands)]
    rows |= {"cases": cases, "follow_up": follow_up, "children": children}
    return {name: worlds.frame(list(rows.get(name, ())), table) for name, table in RETURN.items()}


def followed(future="care", happened="no", month=None, months=24, case_id="c1"):
    row = {"case_id": case_id, "future": future, "happened": happened, "month": month}
    return row | {"followed_months": months, "source": "record"}


@each("reason bands happened status", "costing", "following")
def test_moving_away_and_growing_up_are_no_end_of_following(reason, bands, happened, status):
    month = 8 if happened == "yes" else None
    of = {"moderation": [worlds.ruling("care")], "bands": bands}
    made = tables([worlds.case(end_reason=reason)], [followed("care", happened, month)], **of)
    found = follow_up.told_futures(made)[["status", "months", "likelihood"]]
    assert found.values.tolist() == [[status, month or 24, "likely"]]


def test_coming_back_is_counted_from_the_day_the_case_closed():
    # 182 days: 5.98 months
    closed = {"status": "closed", "started": "2011-01-01", "closed": "2011-07-02"}
    rows = [followed("re_referral", "yes", 10), followed("re_referral", case_id="c2")]
    rows += [followed("re_referral", "yes", 3, case_id="c3"), followed(months=12)]
    cases = [worlds.case(name, **closed) for name in ("c1", "c2", "c3")]
    found = follow_up.sustained(tables(cases, rows))[["months", "status"]].round(2)
    assert found.values.tolist() == [[4.02, 1], [18.02, 0], [0, 1]]  # before it closed: at once


def believed(seed=None, n=300, bias=0.25, lost=0.2):
    """Futures told with a likelihood: what was believed less the bias comes within 12 months; some are lost early."""
    rng = np.random.default_rng(seed)
    word = np.repeat(list(WORDS), n // 3)
    chance = np.array([WORDS[one] for one in word]) - bias
    rank = (np.arange(n) % (n // 3) + 0.5) / (n // 3) if seed is None else rng.uniform(size=n)
    month = np.where(rank < chance, 1 + (rank / chance * 12).astype(int) % 12, 99)
    end = np.where(np.arange(n) % 5 < lost * 5, 1 + (np.arange(n) // 5) % 12, 24)
    months, status = np.minimum(month, end), np.where(month <= end, HAPPENED, CENSORED)
    ids = {"case_id": [f"c{at}" for at in range(n)], "future": "care", "likelihood": word}
    rows = pd.DataFrame(ids | {"months": months.astype(float), "status": status})
    told = ids | {"perspective": "parent", "chance_without": np.nan, "chance_with": 30.0}
    return rows, pd.DataFrame(told)


def test_a_planted_bias_is_recovered_by_word_and_by_kind_of_witness():
    whole = follow_up.calibration(*believed(), WORDS, "perspective").loc["parent"]
    assert whole["believed"] == pytest.approx(0.7) and whole["told"] == 300
    assert whole["believed"] - whole["happened"] == pytest.approx(0.25, abs=0.03)
    by_word = [follow_up.calibration(*believed(seed), WORDS, "likelihood") for seed in range(40)]
    mean = pd.concat(by_word).groupby(level=0)[["believed", "happened", "low", "high"]].mean()
    assert (mean["believed"] - mean["happened"]).tolist() == pytest.approx([0.25] * 3, abs=0.03)


def test_a_chance_of_the_witness_s_own_stands_before_the_word_and_is_scored():
    ids = {"case_id": list("abcd"), "future": "care", "likelihood": "likely"}
    rows = pd.DataFrame(ids | {"months": [12.0, 24, 3, 3], "status": [1, 0, 0, 1]})
    chances = {"chance_without": [60.0, None, 90, 70], "chance_with": [20.0, 20, 50, 20]}
    told = pd.DataFrame(ids | chances | {"perspective": "child"})
    found = follow_up.calibration(rows, told, {"likely": 0.7}, "perspective").loc["child"]
    assert found["believed"] == pytest.approx((0.6 + 0.7 + 0.9 + 0.7) / 4)
    # c was lost in month 3, after d had it: a and b alone stand for it. (1 - 0.2)^2, 0.2^2 and (1 - 0.2)^2
    assert found["brier"] == pytest.approx((4 / 3 * (0.64 + 0.04) + 0.64) / (4 / 3 * 2 + 1))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return priced.write_priced(tmp_path_factory.mktemp("root"), "la-01", "la-02")


def page(root, monkeypatch, slug, **more):
    monkeypatch.setenv("LARCNB_ROOT", str(root.path))
    return priced.exec_notebook("06_follow_up", authority=slug, **more)


def test_the_page_shows_what_came_and_what_it_does_to_the_money(root, monkeypatch):
    found = page(root, monkeypatch, "la-01")
    came = found["followed"].query("status == 1")
    assert 0 < len(came) < len(found["followed"])
    ignored, applied = found["sums"]["saving_long"]
    run = workbook.open_run("04_findings", "la-01")
    lines = run.what_if({"follow_up": "apply"}).ledger.query("note == 'happened anyway'")
    assert applied < ignored and lines["amount"].eq(0).all() and lines["year"].eq(0).all()
    assert {*lines["element"]} <= {*came["future"]}
    assert follow_up.moves(run) == pytest.approx(applied - ignored, abs=0.005)
    assert f"{len(came)} came all the same" in follow_up.came_anyway(run.tables)
    assert found["by_word"]["brier"].between(0, 1).all() and len(found["rates"])


def test_without_follow_up_the_page_says_what_to_collect_and_no_figure_moves(root, monkeypatch):
    found = page(root, monkeypatch, "la-02")
    assert found["followed"].empty and len(found["sums"]) == 1 and found["due"]["size"].sum() > 0
    assert {"the records", "a worker or the family"} >= {
        *found["due"].index.get_level_values("ask")
    }
    assert follow_up.came_anyway(found["run"].tables) == ""
