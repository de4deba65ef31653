"""Published figures of real authorities: section 251 costs, rates of children's services, statistical neighbours.

In: ``local_costs.csv``, ``local_rates.csv``, ``local_measures.csv`` and ``neighbours.csv`` of the national tables
(Department for Education, Open Government Licence v3.0). Out: an authority found by any name or code it goes by, its
own costs, unsteady ones drawn towards its neighbours, and its rates beside England, its region and them.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pandas as pd

from larcnb import schema
from larcnb.codes import REGION, VINTAGE
from larcnb.errors import LarcError, did_you_mean
from larcnb.files import hash_file
from larcnb.root import Root

ENGLAND = "E92000001"
MOST = 0.30
"""The share of the neighbours in the cost of the unsteadiest authority (docs/method.md)."""
RATES = ["year", "this_authority", "england", "region"]
RATES += ["neighbours_middle", "neighbours_least", "neighbours_most"]


def read_local(root: Root, name: str) -> pd.DataFrame:
    """Read a table of local figures, the root's own or the workbook's.

    Returns
    -------
    DataFrame
        The columns of ``schema.LOCAL[name]``: text, and numbers as float64 (costs in nominal GBP a unit).

    Raises
    ------
    LarcError
        It is missing, no CSV in UTF-8 or has other columns, a value is no number of 0 or more, or a row stands twice;
        exit code 2.
    """
    path, table = root.national(f"{name}.csv"), schema.LOCAL[name]
    if not path.is_file():
        raise LarcError(f"There is no national/{name}.csv. Put it back.")
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except ValueError:
        raise LarcError(f"national/{name}.csv is no table. Save it as CSV UTF-8.") from None
    if tuple(frame) != table.columns:
        wanted = ", ".join(table.columns)
        raise LarcError(f"national/{name}.csv: the columns wanted are {wanted}.")
    numbers = [field.name for field in table.fields if field.numeric]
    frame[numbers] = frame[numbers].apply(pd.to_numeric, errors="coerce")
    wrong = frame.duplicated(list(table.unique)) | ~(frame[numbers] >= 0).all(axis=1)
    if wrong.any():
        said = "no number of 0 or more, or an earlier row says the same"
        raise LarcError(f"national/{name}.csv, row {wrong.idxmax() + 2}: {said}.")
    return frame


def in_force(authorities: pd.DataFrame) -> dict[str, str]:
    """Former code to the code in force, of those with one successor; ``authorities`` is the national table."""
    former = authorities.set_index("gss_code")["former_gss_codes"].dropna().str.split().explode()
    return {was: now for now, was in former.drop_duplicates(keep=False).items()}


def find_authority(authorities: pd.DataFrame, words: str):
    """Find an authority by its name, its code in force or a former one, or its number at the Department.

    Parameters
    ----------
    authorities : DataFrame
        The national table.
    words : str

    Returns
    -------
    named tuple
        The authority's row, its texts blank where missing.

    Raises
    ------
    LarcError
        None is called so (the nearest name is offered), or a former code has several successors, which are named; exit
        code 2.
    """
    asked, texts = " ".join(words.split()).casefold(), authorities.select_dtypes("str")
    rows = authorities.assign(**texts.fillna(""))
    names, codes = rows["name"].str.casefold(), rows["gss_code"] + " " + rows["former_gss_codes"]
    called = (codes + " " + rows["dfe_number"]).str.casefold().str.split()
    matches = rows[names.eq(asked) | called.map(lambda all_: asked in all_)]
    if len(matches) == 1:
        return next(matches.itertuples())
    if len(matches):
        several = " and ".join(matches["name"] + " (" + matches["gss_code"] + ")")
        raise LarcError(f"'{words}' has been succeeded by {several}. Name one.")
    parts = rows["name"][names.str.contains(asked, regex=False)] if asked else []
    near = f"Did you mean {' or '.join(parts[:4])}?" if len(parts) else ""
    near = near or did_you_mean(words, rows["name"]) or "Try its name."
    raise LarcError(f"No authority in England is called '{words[:60]}'. {near}")


def history(authority) -> str:
    """A sentence on an authority that took another's place, or is to be succeeded; blank where there is none."""
    said = ""
    if authority.former_gss_codes and not pd.isna(authority.valid_from):
        former = " and ".join(authority.former_gss_codes.split())
        since = f"{authority.name} has its code since {authority.valid_from:%d/%m/%Y}"
        said = f"{since}, in place of {former}: earlier years are published under that."
    if not pd.isna(authority.valid_to):
        said += f" It ends on {authority.valid_to:%d/%m/%Y}."
    return said.strip()


def shrink(costs: pd.DataFrame, neighbours: pd.DataFrame) -> pd.DataFrame:
    """Draw an unsteady authority's cost towards the middle of its neighbours; a steady one keeps its own.

    In logarithms of the ratio to England's of the year: ``(1 - w) own + w median of the neighbours``, with
    ``w = 0.30 (1 - 1 / v)`` and never below 0, v = mean square of the authority's yearly changes over that of the
    middle authority: the steadier half keep what is published.

    Parameters
    ----------
    costs : DataFrame
        ``gss_code``, ``item``, ``year``, ``value`` (GBP, nominal): of the years up to the last one.
    neighbours : DataFrame
        ``gss_code``, ``neighbour_gss_code``.

    Returns
    -------
    DataFrame indexed by ``item`` and ``gss_code``
        ``year`` (the authority's latest), ``as_published``, ``as_used`` (GBP), ``share_of_neighbours`` (w),
        ``neighbours_middle`` (GBP): nominal, of that year.

    Raises
    ------
    LarcError
        England has no figures of an item; exit code 2.

    Source
    ------
    Empirical Bayes in the manner of James and Stein; docs/method.md has the leave-one-year-out figures.
    """
    by_item = {}
    for item, of in costs[~costs["gss_code"].isin(REGION.values())].groupby("item"):
        wide = of.pivot(index="year", columns="gss_code", values="value").sort_index()
        if ENGLAND not in wide:
            raise LarcError(f"national/local_costs.csv: England ({ENGLAND}) has no {item}. Add it.")
        ratio = np.log(wide.div(wide[ENGLAND], axis=0)).drop(columns=ENGLAND)
        change = (ratio.diff() ** 2).mean()
        year = ratio.apply(pd.Series.last_valid_index).dropna()
        own = ratio.ffill().iloc[-1][year.index]
        near = neighbours.assign(year=neighbours["gss_code"].map(year))
        near = near.join(ratio.stack().rename("ratio"), on=["year", "neighbour_gss_code"])
        middle = near.groupby("gss_code")["ratio"].median().reindex(own.index)
        unsteady = (change / change.median())[own.index]
        weight = (MOST * (1 - 1 / unsteady)).clip(lower=0.0)
        weight = weight.where(weight.notna() & middle.notna(), 0.0)
        drawn = (1 - weight) * own + weight * middle.fillna(0.0)
        england = year.map(wide[ENGLAND])
        of_item = {"year": year, "as_published": np.exp(own) * england}
        of_item |= {"share_of_neighbours": weight, "as_used": np.exp(drawn) * england}
        by_item[item] = pd.DataFrame(of_item | {"neighbours_middle": np.exp(middle) * england})
    return pd.concat(by_item, names=["item", "gss_code"])


def costs_of(root: Root, gss_code: str) -> pd.DataFrame:
    """An authority's section 251 costs of the latest year, where that lies within vintage ``current``.

    Returns
    -------
    DataFrame indexed by ``item``
        :func:`shrink`'s columns; empty where nothing is published.

    Raises
    ------
    LarcError
        As :func:`read_local` and :func:`shrink`.
    """
    files = (root.national(f"{name}.csv") for name in ("local_costs", "neighbours"))
    costs = _shrunk(root, *map(hash_file, files))
    costs = costs[costs["year"] >= VINTAGE["current"][0]]
    return costs[costs.index.get_level_values("gss_code") == gss_code].droplevel("gss_code")


@lru_cache(maxsize=2)
def _shrunk(root: Root, *hashes: str) -> pd.DataFrame:
    """All authorities' costs, worked out once as long as the two files hold the same."""
    return shrink(read_local(root, "local_costs"), read_local(root, "neighbours"))


def compare_costs(root: Root, authority, library) -> pd.DataFrame:
    """Compare an authority's own section 251 costs, as published and as used, with England's and its neighbours'.

    Parameters
    ----------
    root : Root
    authority : named tuple or :class:`larcnb.params.Authority`
    library : Library
        Its labels.

    Returns
    -------
    DataFrame indexed by ``item`` (in words)
        ``year``, ``as_published``, ``as_used`` (drawn towards the neighbours), ``neighbours_middle``, ``england``:
        nominal GBP a unit; ``share_of_neighbours`` in it, 0 to 1.

    Source
    ------
    Department for Education, section 251 outturn (OGL v3).
    """
    costs, pair = costs_of(root, authority.gss_code), ["item", "year"]
    england = read_local(root, "local_costs").query("gss_code == @ENGLAND").set_index(pair)["value"]
    costs = costs.join(england.rename("england"), on=pair)
    known = library.unit_costs.query("vintage == 'current'").set_index("item")
    return costs.rename(index=known["label"] + ", a " + known["unit"])


def with_local_costs(costs: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    """Put an authority's section 251 costs in place of the national ones of vintage ``current``.

    Parameters
    ----------
    costs : DataFrame
        Unit costs.
    rates : DataFrame
        :func:`costs_of`.

    Returns
    -------
    DataFrame
        Unit costs; of each item in ``rates`` its ``value`` (GBP), ``price_year`` (the rate's year) and ``source``, with
        ``low`` and ``high`` blank.
    """
    costs = costs.copy()
    for item, rate in rates.iterrows():
        at = costs["item"].eq(item) & costs["vintage"].eq("current")
        share, year = rate["share_of_neighbours"], rate["year"]
        drawn = f"drawn by {share:.0%} towards its statistical neighbours"
        drawn = drawn if share else "used as it stands"
        england = ", ".join(f"{value:,.0f}" for value in costs.loc[at, "value"])
        outturn = f"The authority's own section 251 outturn of {year} (DfE, OGL v3)"
        used = f"£{rate['as_published']:,.0f} a unit as published, {drawn}; England £{england}"
        new = {"value": round(rate["as_used"], 2), "price_year": year}
        new["source"] = f"{outturn}: {used}"
        new |= {"low": np.nan, "high": np.nan, "source_row": "national/local_costs.csv:0"}
        costs.loc[at, list(new)] = list(new.values())
    return costs


def compare_rates(root: Root, authority, measures: Sequence[str] = ()) -> pd.DataFrame:
    """Compare an authority's latest published rates and costs with England's, its region's and its neighbours'.

    Parameters
    ----------
    root : Root
    authority : named tuple or :class:`larcnb.params.Authority`
        ``gss_code``, ``region``.
    measures : sequence of str
        Codes of ``local_measures.csv``; left out, all.

    Returns
    -------
    DataFrame indexed by ``measure`` (in words, with its unit)
        ``year``, ``this_authority``, ``england``, ``region``, ``neighbours_middle`` (of ten), ``neighbours_least``,
        ``neighbours_most``, in the measure's unit. Empty where nothing is published under the code.

    Source
    ------
    Department for Education, local authority measures and statistical neighbours (OGL v3).
    """
    rates = read_local(root, "local_rates").set_index(["measure", "year", "gss_code"])["value"]
    wide = rates.unstack("gss_code")
    if authority.gss_code not in wide:
        return pd.DataFrame(columns=RATES).rename_axis("measure")
    latest = wide[wide[authority.gss_code].notna()].groupby("measure").tail(1)
    near = read_local(root, "neighbours").query("gss_code == @authority.gss_code")
    near = latest[[gss for gss in near["neighbour_gss_code"] if gss in latest]]
    region = latest.get(REGION.get(authority.region.casefold()), np.nan)
    own, england = latest[authority.gss_code], latest.get(ENGLAND, np.nan)
    figures = [own, england, region, near.median(axis=1), near.min(axis=1), near.max(axis=1)]
    table = pd.DataFrame(dict(zip(RATES[1:], figures, strict=True))).reset_index("year")
    words = read_local(root, "local_measures").set_index("measure")["unit"]
    words = words[words.index.isin(table.index) & words.index.isin(list(measures) or words.index)]
    return table.loc[words.index].set_axis(words.rename("measure"))
