"""``larcnb import``: an authority's records as the beginning of its return, and as its follow-up.

In: a folder with an extract. Out: a return workbook, if there is none yet; the key to its pseudonyms and the rows of
``follow_up`` in ``private/``.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from larcnb.codes import RE_REFERRAL
from larcnb.errors import LarcError
from larcnb.root import Root

group = typer.Typer(no_args_is_help=True, help="Bring in tables that others keep.")
SECRET = "secret"


def import_ssd(root: Root, slug: str, folder: Path, until: str) -> list[str]:
    """Read an extract; say what was written and what the records cannot say.

    Raises
    ------
    LarcError
        Exit code 3 where the extract is refused: nothing is written then.
    """
    import pandas as pd

    from larcnb.cli.forms import new_authority
    from larcnb.follow_up import incidence
    from larcnb.imports import ssd
    from larcnb.library import load_library
    from larcnb.params import load_authority
    from larcnb.returns import read_return

    if not folder.is_dir():
        raise LarcError("The folder given does not exist.")
    day = pd.to_datetime(until, format="%Y-%m-%d", errors="coerce") if until else None
    if day is pd.NaT:
        raise LarcError("Write the day of the extract as 2026-03-31.")
    frames = ssd.read_folder(folder)
    private = root.path / "private" / slug
    found = ssd.extract(frames, _secret(private / SECRET), day)
    if not any(path.suffix.lower() in (".csv", ".xlsx") for path in root.raw(slug).glob("*")):
        tables = {"cases": found.cases, "children": found.children, "follow_up": found.follow_up()}
        for name, table in tables.items():
            _keep(private / "tables" / f"{name}.csv", table.to_csv(index=False))
        said = [*new_authority(root, slug, "", "current", str(private / "tables"), ""), ssd.UNSAID]
    else:
        authority = load_authority(root, slug)
        library = load_library(root, authority)
        tables = read_return(root.raw(slug), slug, library, authority.vintage).tables
        rows = found.follow_up(tables["futures"])
        said = [f"There is a return of {slug}: copy the rows of follow_up.csv into its table."]
        _keep(private / "follow_up.csv", rows.to_csv(index=False))
    _keep(private / "key.csv", found.key.to_csv(index=False))
    _keep(private / "happened.csv", found.happened.round(2).to_csv(index=False))
    said.append(f"Wrote {root.said(f'private/{slug}')}/: the key to the pseudonyms. Keep it there.")
    shares = {}
    for future, rows in found.happened.groupby("future"):
        months = rows["months"] if future != RE_REFERRAL else rows["since_closing"]
        share = incidence(months, rows["status"])[["share", "low", "high"]]
        shares |= {f"{future}, within {month:.0f} months": row for month, row in share.iterrows()}
    return [found.note, *said, pd.DataFrame(shares).T.to_string(float_format="{:.1%}".format)]


def _secret(path: Path) -> bytes:
    """The authority's secret, made when it is first asked for."""
    if not path.is_file():
        _keep(path, secrets.token_hex(32))
    return bytes.fromhex(path.read_text("utf-8"))


def _keep(path: Path, text: str) -> None:
    """Write a file that its owner alone can read."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(
        os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        "w",
        encoding="utf-8",
        newline="\n",
    ) as file:
        file.write(text)
    scratch.replace(path)


@group.callback()
def _group() -> None:
    """Bring in tables that others keep."""


@group.command("ssd")
def ssd_command(
    folder: Annotated[str, typer.Argument(help="The extract's folder.", show_default=False)],
    authority: Annotated[str, typer.Option("--authority", help="A slug, such as la-13.")],
    until: Annotated[
        str, typer.Option("--until", help="Day of the extract, 2026-03-31; default: its newest.")
    ] = "",
    root: Annotated[
        str, typer.Option("--root", help="Folder with data/ and params/ (default: found upward).")
    ] = "",
) -> None:
    """Read SSD tables or Annex A lists: episodes with families joined, and what happened next."""
    from larcnb.cli.app import safely
    from larcnb.root import check_slug, find_root

    @safely
    def run() -> int:
        for line in import_ssd(find_root(root), check_slug(authority), Path(folder), until):
            typer.echo(line)
        return 0

    run()
