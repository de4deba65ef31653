"""What an authority's results were made from, kept inside the tables themselves, and whether it is still so.

In: an authority, its assumptions, prices and library. Out: a *basis*: vintage, price base, preset and assumptions in
words, and checksums of its return, its unit costs and the futures library. :meth:`larcnb.workbook.Run.finish` writes
it into each Parquet file; whoever reads a table of another notebook asks :func:`check` first, so that no page shows
figures of one price base under the name of another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from larcnb.errors import LarcError
from larcnb.files import digest, hash_folder
from larcnb.library import Library, futures_of
from larcnb.params import Assumptions, Authority
from larcnb.root import Root

KEY = b"larcnb"
"""The key of a Parquet file's own metadata."""
CLEAN = ("vintage", "return")
"""What the clean tables rest on."""
NAMED = ("vintage", "price_base", "preset")
PRICED = (*NAMED, "assumptions", "prices", "futures")
"""What pounds rest on beside the return."""
WORDS = {
    "prices": "with other unit costs or deflators than are there now (national or its own)",
    "futures": "with another library of futures or other base rates than are there now",
    "return": "from another return than is in its folder now",
}


def prices_of(prices: pd.DataFrame, library: Library) -> dict[str, str]:
    """The part of a basis that authorities may share: checksums of unit costs at one price base, and of futures.

    Parameters
    ----------
    prices : DataFrame
        :meth:`larcnb.library.Library.prices` at a vintage and price base, own unit costs merged in.
    library : Library
    """
    said = prices.drop(columns=["source_row", "label", "source", "beware"], errors="ignore")
    futures = futures_of(library.futures, prices["vintage"])
    return {"prices": _checksum(said), "futures": _checksum(futures, library.base_rates)}


def basis_of(
    root: Root,
    authority: Authority,
    assumptions: Assumptions,
    prices: Mapping[str, str],
    with_return: bool = True,
) -> dict[str, Any]:
    """What an authority's results would be made from now.

    Parameters
    ----------
    root : Root
    authority : Authority
    assumptions : Assumptions
        The preset's with the authority's own values.
    prices : dict
        :func:`prices_of`.
    with_return : bool
        Whether to read the files of the return too.
    """
    found = {
        "vintage": authority.vintage,
        "price_base": authority.price_base,
        "preset": assumptions.preset,
        "assumptions": json.loads(json.dumps(asdict(assumptions), default=str)),
        **prices,
    }
    if with_return:
        # by name alone: a cluster's worker has them all in one folder
        files = {Path(name).name: of for name, of in hash_folder(root.raw(authority.slug)).items()}
        own = [name for name in files if name.strip().lower().startswith("unit_costs")]
        found["return"] = digest({name: of for name, of in files.items() if name not in own})
    return found


def written(basis: Mapping[str, Any], notebook: str) -> dict[bytes, bytes]:
    """The metadata to put into a table's file."""
    return {KEY: json.dumps({"notebook": notebook, **basis}, sort_keys=True).encode()}


def check(path: Path, now: Mapping, keys: tuple[str, ...], slug: str, notebook: str) -> None:
    """Refuse a table that was made from something else than is there now.

    Parameters
    ----------
    path : Path
        A table of the authority's results.
    now : dict
        :func:`basis_of`.
    keys : tuple of str
        What of it the table rests on; what ``now`` does not have is left aside.
    slug, notebook : str
        Whose results, and the notebook that makes them.

    Raises
    ------
    LarcError
        It names what was made how, and the notebook to run again.
    """
    from pyarrow.parquet import read_schema

    then = json.loads((read_schema(path).metadata or {}).get(KEY, b"{}"))
    again = f"Run {notebook} of {slug} again; larcnb run {slug} runs it and those after it."
    if not then:
        raise LarcError(f"{path.name} of {slug} does not say what it was made from. {again}")
    changed = [key for key in keys if key in now and then.get(key) != now[key]]
    if changed:
        raise LarcError(f"{path.name} of {slug} was made {_how(then, now, changed)}. {again}")


def _how(then: Mapping[str, Any], now: Mapping[str, Any], changed: list[str]) -> str:
    """What a table was made with that is no longer so; another preset's assumptions are not told one by one."""
    values = [(key, then[key], now[key]) for key in NAMED if key in changed]
    if "assumptions" in changed and not values:
        old = then["assumptions"]
        values = [(name, old.get(name), value) for name, value in now["assumptions"].items()]
    said = [f"with {name} {was} (now {value})" for name, was, value in values if was != value]
    return ", ".join([*said, *(WORDS[key] for key in changed if key in WORDS)])


def _checksum(*frames: pd.DataFrame) -> str:
    said = "\n".join(frame.to_csv(lineterminator="\n") for frame in frames)
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()
