"""Made-up roots on disk for the tests: national tables, params and a return as a council would send them.

In: a world of ``worlds.py`` and a folder. Out: files, and what the package reads from them. All figures are invented.
"""

import csv
import json
from pathlib import Path

import oracle

from larcnb import schema
from larcnb.root import Root

PARAMS = {"slug": "la-01", "name": "Exampleshire", "vintage": "larc4"}
PARAMS |= {"price_base": "2010-11", "preset": "larc"}


def write_table(path: Path, table: schema.Table, rows: list[dict]) -> None:
    """Write rows as CSV under the table's columns, optional ones where a row has them; a blank is an empty cell."""
    names = [
        name for name in table.names if not table[name].optional or any(name in r for r in rows)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(names)
        for row in rows:
            out.writerow(["" if oracle.blank(row.get(name)) else row.get(name) for name in names])


def write_root(
    folder: Path, world: dict | None = None, params: str | None = None, **tables
) -> Root:
    """Write a root: a world's national tables and return, or some national tables alone.

    Parameters
    ----------
    folder : Path
    world : dict, optional
        Its national tables, its return and its params are written.
    params : str, optional
        The text of ``params/la-01.yaml`` in place of the world's.
    tables : lists of rows
        National tables by name, in place of the world's or the workbook's.
    """
    root, national = Root(folder), dict(tables)
    for name in ("params", "data"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    if world:
        deflators = world["deflators"].items()
        rows = [{"year": year, "index": index, "source": "invented"} for year, index in deflators]
        of_world = {name: world[name] for name in ("unit_costs", "futures", "base_rates")}
        national = of_world | {"deflators": rows} | tables
        for name, rows in world["tables"].items():
            write_table(root.raw("la-01") / f"{name}.csv", schema.RETURN[name], rows)
    for name, rows in national.items():
        write_table(folder / f"data/raw/national/{name}.csv", schema.NATIONAL[name], rows)
    text = params_of(world) if params is None else params
    (folder / "params" / "la-01.yaml").write_text(text, encoding="utf-8")
    return root


def params_of(world: dict | None = None, **more: str) -> str:
    """The params of a world as YAML, its preset and its assumptions as overrides; or the least there can be."""
    if world is None:
        return "".join(f"{key}: {value}\n" for key, value in (PARAMS | more).items())
    said = PARAMS | {name: world[name] for name in ("vintage", "price_base", "preset")} | more
    given = {key: value for key, value in world["assumptions"].items() if value not in (None, {})}
    overrides = "".join(f"  {key}: {as_yaml(value)}\n" for key, value in given.items())
    return params_of(**said) + f"overrides:\n{overrides}"


def as_yaml(value) -> str:
    """A word, a number or a mapping in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {as_yaml(part)}" for key, part in value.items()) + "}"
    return value if isinstance(value, str) else json.dumps(value)


def say_made(root: Root, slug: str) -> None:
    """Have the tables that a test wrote into an authority's results say that they were made from what is there now."""
    from pyarrow.parquet import read_table, write_table

    from larcnb import params, workbook
    from larcnb.library import load_library

    found = params.load_authority(root, slug)
    library = load_library(root, found)
    prices = workbook.basis_of_prices(library.prices(found.vintage, found.price_base), library)
    now = workbook.basis_of(found, params.assumptions_for(root, found), prices)
    now |= workbook.basis_of_return(root, slug)
    for path in root.processed(slug).glob("*.parquet"):
        table = read_table(path)
        said = {**(table.schema.metadata or {}), **workbook.metadata_of(now, "02_price")}
        write_table(table.replace_schema_metadata(said), path)
