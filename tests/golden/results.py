"""Processed results as text that can be compared cell by cell: tables, JSON, digests of what is long.

In: a root whose notebooks have run. Out: plain dictionaries. A number is written so that it reads back the same.
"""

import hashlib
import json
from pathlib import Path

import pandas as pd

AUTHORITIES = ("la-01", "la-05", "la-12")
LONG = 400
"""Rows above which a table is frozen as digests and totals."""


def text(value) -> str:
    """A cell as text: dates ISO, numbers in full, blank where missing."""
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, float):
        return repr(float(value))
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else str(value)


def table(frame: pd.DataFrame) -> dict:
    """A frame as columns and rows of text, or as digests and totals of its columns where it is long."""
    columns = {name: [text(value) for value in frame[name].tolist()] for name in frame}
    if len(frame) <= LONG:
        return {
            "columns": list(columns),
            "rows": [list(row) for row in zip(*columns.values(), strict=True)],
        }
    totals = {name: repr(float(frame[name].sum())) for name in frame.select_dtypes("number")}
    return {
        "count": len(frame),
        "digests": {
            name: {
                "sha256": hashlib.sha256("\n".join(cells).encode()).hexdigest()[:16],
                "total": totals.get(name, ""),
            }
            for name, cells in columns.items()
        },
    }


def flat(value, name: str = "") -> dict[str, str]:
    """A JSON value as path and text."""
    if isinstance(value, dict):
        return {
            k: v
            for key, part in value.items()
            for k, v in flat(part, f"{name}.{key}".lstrip(".")).items()
        }
    if isinstance(value, list):
        return {
            k: v for at, part in enumerate(value) for k, v in flat(part, f"{name}[{at}]").items()
        }
    return {name: json.dumps(value, ensure_ascii=False)}


def processed(folder: Path, without: tuple[str, ...] = ()) -> dict[str, dict]:
    """Every result in a folder: name to table, digests or flat JSON."""
    out = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.stem in without:
            continue
        if path.suffix == ".parquet":
            out[name] = table(pd.read_parquet(path))
        elif path.suffix == ".csv":
            out[name] = table(pd.read_csv(path))
        elif path.suffix == ".json":
            out[name] = {"json": flat(json.loads(path.read_text("utf-8")))}
    return out


def exact(root: Path) -> dict[str, dict]:
    """Ledger and cases of every authority of a root: the figures of preset larc, which may not move."""
    out = {}
    for folder in sorted((root / "data/processed").iterdir()):
        for name in ("ledger", "cases"):
            if (folder / f"{name}.parquet").is_file():
                frame = pd.read_parquet(folder / f"{name}.parquet")
                out[f"{folder.name}/{name}"] = whole(frame)
    return out


def whole(frame: pd.DataFrame) -> dict:
    """A frame as text, however long."""
    columns = [[text(value) for value in frame[name].tolist()] for name in frame]
    return {"columns": list(frame), "rows": [list(row) for row in zip(*columns, strict=True)]}
