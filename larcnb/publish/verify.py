"""``larcnb verify PAGE``: a page's checksum, what the page says, and whether it would say so again.

In: a page, anywhere, and the root it is of. Out: lines of text and an exit code: 0 all agrees, 1 something does not, 2
this is no page of the workbook; and the numbers on a page that are in no checked table, which keep a public page from
being placed. The page is made anew beside everything; nothing of the root is changed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lxml import etree, html

from larcnb.errors import MOST_PRINTED, LarcError, withheld
from larcnb.root import Root

CHECKSUM = re.compile(r'(?<=<meta name="larcnb-checksum" content=")[0-9a-f]*(?=">)')
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
SPOKEN = ".//@alt | .//@title | .//@aria-label | .//@aria-valuetext | .//@value"
"""Attributes whose words a screen reader says."""
CARRIED = ".//@data-facts | .//@data-avoided | .//@data-texts"
"""Those in which the panel keeps its figures."""
INLINE = ("a", "abbr", "b", "br", "code", "em", "i", "q", "s", "small", "span", "strong")
"""Elements within a line."""
NOT_SHOWN = {"schema", "code", "digits", "value"}
"""Keys of a place's file that no page writes as they stand: figures are taken from ``value`` itself."""
Say = Callable[[str], None]


def verify_page(root: Root, path: Path, say: Say, at: Say) -> int:
    """Verify a page.

    Parameters
    ----------
    root : Root
        Its returns, params and released tables are what the page is made anew from.
    path : Path
    say, at : function of a line
        Told the findings, and what is being done.

    Returns
    -------
    int
        0, or 1 where the page was altered, an input has changed, or a figure no longer agrees.

    Raises
    ------
    LarcError
        There is no such page, or it is not the workbook's (exit code 2); it can no longer be made (1, 3 or 4).
    """
    try:
        page = PageText(path.read_bytes().decode("utf-8"))
    except (OSError, ValueError):
        raise LarcError("There is no page (.html) of that name that can be read.") from None
    if not page.notebook:
        raise LarcError("This is not a page of a notebook: it does not say which.")
    state = "Unaltered: the page is" if page.is_unaltered else "ALTERED: the page is not"
    say(f"{state} as it was written ({page.notebook} of {page.job}).")
    make = _public if page.job.startswith("public/") else _internal
    anew = PageText(make(root, page, at))
    before, now = page.made_from, anew.made_from
    changed = sorted(name for name in before | now if before.get(name) != now.get(name))
    for name in changed:
        say(f"Input changed since: {name}.")
    if not changed:
        say("Inputs: all of them are those the page was made from.")
    apart = list(differences(page, anew))
    for line in apart[:MOST_PRINTED]:
        say(f"No longer agrees: {line}.")
    figures = sum(len(numbers(line)) for lines in page.lines.values() for line in lines)
    wrong = f"Figures: {len(apart):,} line(s) of the page no longer agree."
    say(wrong if apart else f"All {figures:,} figures were reproduced.")
    return 0 if page.is_unaltered and not changed and not apart else 1


def _internal(root: Root, page: PageText, at: Say) -> str:
    """The page made anew by its notebook and those before it, in a folder that goes again."""
    from larcnb.params import load_authority
    from larcnb.runner.notebooks import Job, find_notebooks, make_job
    from larcnb.runner.pool import Call, alone

    at("Starting to make the page anew")
    first, _, name = page.job.partition("/")
    kind = [nb for nb in find_notebooks(root.notebooks) if nb.consortium == bool(name)]
    run = tuple(nb for nb in kind if nb.name <= page.notebook)
    if not run or run[-1].name != page.notebook or (name and first != "consortium"):
        raise LarcError(f"The workbook has no notebook {page.notebook} for {page.job}.")
    if name:  # a round's notebooks do not read each other's results; an authority's do
        run, title = run[-1:], f"round {name}"
    else:
        title = load_authority(root, first).name
    with TemporaryDirectory(prefix="larcnb-verify-") as folder:
        own = Path(folder)
        here = {"root": root.path, "stage": own / "stage", "logs": own}
        job = Job(page.job, title, name, run, todo=run, **here)
        call = Call(page.job, make_job, (job,))
        outcome = alone(root, own, call, lambda name: at(f"Running {name} anew"))
        if failure := outcome.failure:
            words = f"The page cannot be made anew: {failure.reason} {failure.todo}".strip()
            raise LarcError(words, exit_code=failure.exit_code)
        return (job.stage / "reports" / f"{page.notebook}.html").read_text(encoding="utf-8")


def _public(root: Root, page: PageText, at: Say) -> str:
    """The page of the place as the last release of its round has it, if the data still say the same."""
    from larcnb.disclosure import work_out
    from larcnb.publish.edition import make_page

    round_name, _, place = page.job.removeprefix("public/").partition("/")
    at("Working out the release anew")
    if not work_out(root, round_name).is_known:
        raise withheld("The figures are no longer those that were released: release them anew.")
    at("Making the page anew")
    return make_page(root, round_name, place)


def add_checksum(page: str) -> str:
    """Write into a page, where it is to stand, the SHA-256 of all the rest.

    Examples
    --------
    >>> page = add_checksum('<meta name="larcnb-checksum" content=""><p>12</p>')
    >>> PageText(page).is_unaltered, PageText(page.replace("12", "13")).is_unaltered
    (True, False)
    """
    bare = CHECKSUM.sub("", page, count=1)
    return CHECKSUM.sub(hashlib.sha256(bare.encode("utf-8")).hexdigest(), bare, count=1)


class PageText:
    """What a page says.

    Attributes
    ----------
    job, notebook : str
        Such as ``la-01``, ``consortium/larc4`` or ``public/larc4/national``, and ``04_findings``; blank where it does
        not say.
    is_unaltered : bool
        Whether its checksum is that of the page.
    made_from : dict of input to SHA-256
    lines : dict of place to list of str
        The main part's text by heading and row; each cell of a table is a line.
    words : list of str
        All that is seen or spoken anywhere on the page.
    """

    def __init__(self, page: str) -> None:
        self.is_unaltered = bool(CHECKSUM.search(page)) and add_checksum(page) == page
        tree = html.document_fromstring(f"<html>{page}")
        named = tree.xpath("string(//meta[@name='larcnb-page']/@content)")
        self.job, _, self.notebook = named.rpartition(" ")
        rows = tree.xpath("//footer//tr[td]")
        self.made_from = {str(row.xpath("string(th)")): row.xpath("string(td)") for row in rows}
        etree.strip_elements(tree, "style", "script", etree.Comment, with_tail=False)
        self.words = [*tree.itertext(), *tree.xpath(SPOKEN)]
        self.lines: dict[str, list[str]] = {}
        for main in tree.iter("main"):
            self._read(main)

    def _read(self, main: html.HtmlElement) -> None:
        """Keep what the main part carries unseen, and its lines: what stands between two tags that break a line."""
        self.lines["Descriptions"] = list(map(str, main.xpath(f"{SPOKEN} | {CARRIED}")))
        etree.strip_tags(main, *INLINE)
        heading = row = ""
        for event, element in etree.iterwalk(main, ("start", "end")):
            begins = event == "start"
            row = "" if begins and element.tag == "tr" else row
            line = " ".join(((element.text if begins else element.tail) or "").split())
            if not line:
                continue
            place = ", ".join(filter(None, (heading, row)))
            self.lines.setdefault(place, []).append(line)
            if begins and element.tag in ("h1", "h2", "h3"):
                heading, row = line, ""
            elif begins and element.tag == "th":
                row = line


def differences(page: PageText, anew: PageText) -> Iterator[str]:
    """Each line of the page that the page made anew does not have, in words; and each that only the new one has."""
    for place in dict.fromkeys([*page.lines, *anew.lines]):
        old, new = page.lines.get(place, []), anew.lines.get(place, [])
        if old == new:
            continue
        for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            for pair in zip_longest(old[a:b], new[c:d]) if kind != "equal" else ():
                before, after = _apart(*pair)
                yield f"{place}: the page says {before}; made anew it says {after}"


def _apart(*pair: str | None) -> list[str]:
    """Two lines in words: the numbers that differ, where only some do; else the lines, shortened."""
    old, new = (numbers(line or "") for line in pair)
    if len(old) == len(new) and old != new:
        apart = [both for both in zip(old, new, strict=True) if both[0] != both[1]]
        return [", ".join(side) for side in zip(*apart, strict=True)]
    short = [line if not line or len(line) <= 120 else f"{line[:120]}..." for line in pair]
    return [f"'{line}'" if line is not None else "nothing" for line in short]


def stray_numbers(page: str, written: str, tables: Mapping[str, Any]) -> set[str]:
    """The numbers of a page that are in no checked table.

    Parameters
    ----------
    page : str
        The page.
    written : str
        The same page without outputs: what was written before there was any data.
    tables : dict
        A place's file of the public edition.

    Examples
    --------
    >>> table = {"tables": [{"rows": [{"label": "0-5", "cells": {"families": {"value": 25, "text": "25"}}}]}]}
    >>> sorted(stray_numbers('<p>Step 2: 25 of 0-5, 4 hidden</p><img alt="7 bars">', "<p>Step 2</p>", table))
    ['4', '7']
    """
    shown, before = (set(numbers(" ".join(PageText(of).words))) for of in (page, written))
    return shown - before - _checked(tables)


def numbers(text: str) -> list[str]:
    """The numbers in a text, as they are written."""
    return [number.rstrip(",") for number in NUMBER.findall(text)]


def _checked(plain: Any) -> set[str]:
    """Figures as a page writes them, and the numbers in labels, titles and notes."""
    if isinstance(plain, list):
        return set().union(*map(_checked, plain))
    if not isinstance(plain, Mapping):
        return set(numbers(str(plain)))
    cell = plain.get("value")
    figure = {f"{abs(cell):,}", f"{abs(cell)}"} if cell is not None else set()
    return figure.union(*(_checked(of) for key, of in plain.items() if key not in NOT_SHOWN))
