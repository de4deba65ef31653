"""``larcnb import``: publishers' newer figures, and an authority's records as the beginning of its return.

In: a publisher's file; a folder with an extract. Out: a national table, where it was asked for; in ``private/``, the
tables of a return that records can fill, or the rows of ``follow_up`` where there is a return, and the key to the
pseudonyms.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from larcnb.cli.money import RootOption
from larcnb.codes import RE_REFERRAL
from larcnb.errors import LarcError
from larcnb.files import private_folder, write_whole
from larcnb.root import Root, check_slug, find_root

if TYPE_CHECKING:
    from larcnb.imports.ssd import Extract

group = typer.Typer(no_args_is_help=True, help="Bring in tables that others keep.")


def import_ssd(root: Root, slug: str, folder: Path, until: str) -> list[str]:
    """Read an extract; say what was written and what the records cannot say.

    Raises
    ------
    LarcError
        Exit code 3 where the extract is refused: nothing is written then.
    """
    import pandas as pd

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
    found = ssd.extract(frames, secret_of(root, slug), day)
    tables = {"cases": found.cases, "children": found.children, "follow_up": found.follow_up()}
    where = root.said(f"private/{slug}/tables")
    todo = f"Keep the cases you will cost, then: larcnb new {slug} --from-csv {where}{root.option}"
    if any(path.suffix.lower() in (".csv", ".xlsx") for path in root.raw(slug).glob("*")):
        authority = load_authority(root, slug)
        library = load_library(root, authority)
        return_ = read_return(root.raw(slug), slug, library, authority.vintage)
        tables = {"follow_up": found.follow_up(return_.tables["futures"])}
        todo = f"There is a return of {slug}: copy the rows of follow_up.csv into its table."
    for name, table in tables.items():
        _keep(private / "tables" / f"{name}.csv", table.to_csv(index=False))
    said = [f"Wrote {where}/: {', '.join(tables)}. {todo}", ssd.UNSAID]
    _keep(private / "happened.csv", found.happened.round(2).to_csv(index=False))
    said.append(keep_key(root, slug, found))
    shares = {}
    for future, rows in found.happened.groupby("future"):
        months = rows["months"] if future != RE_REFERRAL else rows["since_closing"]
        share = incidence(months, rows["status"])[["share", "low", "high"]]
        shares |= {f"{future}, within {month:.0f} months": row for month, row in share.iterrows()}
    return [found.note, *said, pd.DataFrame(shares).T.to_string(float_format="{:.1%}".format)]


def keep_key(root: Root, slug: str, found: Extract) -> str:
    """Keep the key to an authority's pseudonyms, and say so."""
    _keep(root.path / "private" / slug / "key.csv", found.key.to_csv(index=False))
    return f"Wrote {root.said(f'private/{slug}')}/key.csv: whose pseudonym is whose. Keep it there."


def secret_of(root: Root, slug: str) -> bytes:
    """The authority's secret, made when it is first asked for."""
    path = root.path / "private" / slug / "secret"
    if not path.is_file():
        _keep(path, secrets.token_hex(32))
    return bytes.fromhex(path.read_text("utf-8"))


def _keep(path: Path, text: str) -> None:
    """Write a file that its owner alone can read."""
    private_folder(path.parent)
    write_whole(path, text, 0o600)


@group.command("ssd")
def ssd_command(
    folder: Annotated[str, typer.Argument(help="The extract's folder.", show_default=False)],
    authority: Annotated[str, typer.Option("--authority", help="A slug, such as la-13.")],
    until: Annotated[
        str, typer.Option("--until", help="Day of the extract, 2026-03-31; default: its newest.")
    ] = "",
    root: RootOption = "",
) -> None:
    """Read SSD tables or Annex A lists: episodes with families joined, and what happened next."""
    _say(lambda: import_ssd(find_root(root), check_slug(authority), Path(folder), until))


def _say(lines: Callable[[], list[str]]) -> None:
    """Show what something has to say, or what is wrong, as every command does."""
    from larcnb.cli.app import safely

    @safely
    def run() -> int:
        typer.echo("\n".join(lines()))
        return 0

    run()


def import_figures(root: Root, kind: str, file: Path, take: bool) -> list[str]:
    """Read a publisher's newer figures and say what would move; put them into a national table where told to.

    Raises
    ------
    LarcError
        There is no such file, or it is not what its publisher publishes: nothing is written then.
    """
    from larcnb.imports.national import read_figures, what_moves

    if not file.is_file():
        raise LarcError("There is no such file.")
    tables = read_figures(root, kind, file)
    said = list(what_moves(root, tables))
    if not take:
        return [*said, "Nothing was written. The same command with --take writes it."]
    for name, frame in tables.items():
        target = root.path / "data" / "raw" / "national" / f"{name}.csv"
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, frame.to_csv(index=False, lineterminator="\n"))
        said.append(f"Wrote {root.said(f'data/raw/national/{name}.csv')}.")
    return said


def _figures(kind: str, help: str) -> None:
    """A command for a publisher's file."""

    @group.command(kind, help=help)
    def command(
        file: Annotated[str, typer.Argument(help="The publisher's file.", show_default=False)],
        take: Annotated[bool, typer.Option("--take", help="Write the national table.")] = False,
        root: RootOption = "",
    ) -> None:
        _say(lambda: import_figures(find_root(root), kind, Path(file), take))


_figures("ucd", "GMCA's Unit Cost Database v3 (.xlsx): what would move; --take takes it.")
_figures("deflators", "HM Treasury's GDP deflators (.xlsx): what would move; --take takes them.")
_figures("measures", "DfE's local authority measures (.csv): what would move; --take takes them.")
