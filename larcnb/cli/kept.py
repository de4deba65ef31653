"""The last two runs of an authority that differ, kept so that ``larcnb compare`` can tell what moved between them."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from larcnb.files import hash_file, hash_folder, private_folder
from larcnb.root import Root
from larcnb.runner.fingerprints import inputs as rests_on

LAST, BEFORE = "last", "before"


def kept_folder(root: Root, slug: str) -> Path:
    """Where the last two different runs of an authority are kept, each as a small root, for its owner alone."""
    return root.path / "private" / "runs" / slug


def keep_run(root: Root, slug: str) -> None:
    """Keep what a run just made of an authority rests on, and its cases; the one before that stays beside it."""
    folder, now = kept_folder(root, slug), rests_on(root, slug)
    if same(folder / LAST, now):
        return
    new = folder / "new"
    with contextlib.suppress(OSError):  # a full disk or a file held open: the run itself is done
        private_folder(folder)
        for stale in (new, folder / BEFORE):
            shutil.rmtree(stale, ignore_errors=True)
        results = root.processed(slug) / "cases.parquet"
        for name, path in {**now, f"data/processed/{slug}/cases.parquet": results}.items():
            if path.is_file():
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, new / name)
        if (folder / LAST).is_dir():
            (folder / LAST).rename(folder / BEFORE)
        new.rename(folder / LAST)


def same(kept: Path, now: dict[str, Path]) -> bool:
    """Whether a kept run rests on the very same files."""
    there = {
        name: value
        for name, value in hash_folder(kept).items()
        if not name.startswith("data/processed/")
    }
    return there == {name: hash_file(path) for name, path in now.items()}
