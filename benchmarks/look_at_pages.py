"""Every page of a root in a real browser: ``python -m benchmarks.look_at_pages reports``.

In: folders with pages. Out: on the screen, what axe-core finds at 320 and 1280 px, light and dark; requests, overflow,
pictures without figures in their alt text, and the weight of the heaviest page; ends with 1 where anything is amiss.
"""

import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from test_publish import Seen
from test_publish_browser import MISSING, look

AT_ONCE = 6
HEAVIEST = 1_500_000


def amiss(pages):
    """What is wrong with pages, a line each."""
    for path in pages:
        html = path.read_text("utf-8")
        if len(html.encode()) >= HEAVIEST:
            yield f"{path}: {len(html.encode()):,} bytes"
        for picture in Seen(html).all("img"):
            if not re.search(r"\d", picture.get("alt") or ""):
                yield f"{path}: a picture without figures in its alt text"
    for one in look(*pages):
        where = f"{one['page']} {one['width']} {one['colorScheme']}"
        yield from (
            f"{where}: {found}" for found in one["violations"] + one["requests"] + one["complaints"]
        )
        if one["overflow"] > 0:
            yield f"{where}: {one['overflow']} px wider than the screen"


def main(folders):
    """Look at every page of the folders."""
    if MISSING:
        return f"not installed: {', '.join(MISSING)}"
    os.environ["LARCNB_BOTH"] = "1"
    pages = sorted(path.resolve() for folder in folders for path in Path(folder).rglob("*.html"))
    found = 0
    for first in range(0, len(pages), AT_ONCE):
        for line in amiss(pages[first : first + AT_ONCE]):
            found += 1
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
    heaviest = max(pages, key=lambda path: path.stat().st_size)
    sys.stdout.write(
        f"{len(pages)} pages, {4 * len(pages)} looks: {found} amiss. Heaviest: {heaviest.name}, "
        f"{heaviest.stat().st_size:,} bytes.\n"
    )
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
