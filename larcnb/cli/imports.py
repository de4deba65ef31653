"""``larcnb import``: publishers' newer figures, and an authority's records as the beginning of its return.

In: a publisher's file; a folder with an extract, or one list of episodes. Out: a national table, where it was asked
for; in ``private/``, the tables of a return that records can fill, or the rows of ``follow_up`` where there is a
return, and the key to the pseudonyms.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from larcnb.codes import RE_REFERRAL
from larcnb.files import private_folder, write_whole
from larcnb.root import Root

if TYPE_CHECKING:
    import pandas as pd


def import_ssd(root: Root, slug: str, source: Path, until: datetime | None) -> list[str]:
    """Read an extract of a day, or of its newest; say what was written and what the records cannot say.

    Raises
    ------
    LarcError
        Exit code 3 where the extract is refused: nothing is written then.
    """
    import pandas as pd

    from larcnb.imports import ssd
    from larcnb.library import load_library
    from larcnb.params import load_authority
    from larcnb.returns import read_return

    is_list, day = source.is_file(), until and pd.Timestamp(until)
    frames = ssd.read_list(source) if is_list else ssd.read_folder(source)
    secret = root.path / "private" / slug / "secret"
    if not secret.is_file():
        _keep(secret, secrets.token_hex(32))
    key = bytes.fromhex(secret.read_text("utf-8"))
    found = ssd.begin(frames, key) if is_list else ssd.extract(frames, key, day)
    tables = {"cases": found.cases, "children": found.children}
    tables |= {} if is_list else {"follow_up": found.follow_up()}
    where, own = f"private/{slug}/tables", secret.parent
    todo = f"larcnb new {slug} --from-csv {root.said(where)}{root.option}"
    todo = f"Keep the cases you will cost, then: {todo}"
    if any(path.suffix.lower() in (".csv", ".xlsx") for path in root.raw(slug).glob("*")):
        if not is_list:
            authority = load_authority(root, slug)
            library = load_library(root, authority)
            return_ = read_return(root.raw(slug), slug, library, authority.vintage)
            tables = {"follow_up": found.follow_up(return_.tables["futures"])}
        names = " and ".join(f"{name}.csv" for name in tables)
        todo = f"There is a return of {slug}: copy the rows of {names} into its table."
    for name, table in tables.items():
        _keep(own / "tables" / f"{name}.csv", table.to_csv(index=False))
    _keep(own / "key.csv", found.key.to_csv(index=False))
    said = [
        found.note,
        f"Wrote {root.said(where)}/: {', '.join(tables)}. {todo}",
        ssd.UNSAID,
        f"Wrote {root.said(f'private/{slug}')}/key.csv: whose pseudonym is whose. Keep it there.",
    ]
    if is_list:
        return said
    _keep(own / "happened.csv", found.happened.round(2).to_csv(index=False))
    return [*said, _shares(found.happened)]


def _shares(happened: pd.DataFrame) -> str:
    """How often each future came within some months, as a table in text."""
    import pandas as pd

    from larcnb.follow_up import incidence

    shares = {}
    for future, rows in happened.groupby("future"):
        months = rows["months"] if future != RE_REFERRAL else rows["since_closing"]
        share = incidence(months, rows["status"])[["share", "low", "high"]]
        shares |= {f"{future}, within {month:.0f} months": row for month, row in share.iterrows()}
    return pd.DataFrame(shares).T.to_string(float_format="{:.1%}".format)


def _keep(path: Path, text: str) -> None:
    """Write a file that its owner alone can read."""
    private_folder(path.parent)
    write_whole(path, text, 0o600)


def import_figures(root: Root, kind: str, file: Path, take: bool) -> list[str]:
    """Read a publisher's newer figures and say what would move; put them into a national table where told to.

    Raises
    ------
    LarcError
        It is not what its publisher publishes: nothing is written then.
    """
    from larcnb.imports.national import read_figures, what_moves

    tables = read_figures(root, kind, file)
    said = list(what_moves(root, tables))
    if not take:
        return [*said, "Nothing was written. The same command with --take writes it."]
    for name, frame in tables.items():
        place = f"data/raw/national/{name}.csv"
        (root.path / place).parent.mkdir(parents=True, exist_ok=True)
        write_whole(root.path / place, frame.to_csv(index=False, lineterminator="\n"))
        said.append(f"Wrote {root.said(place)}.")
    return said
