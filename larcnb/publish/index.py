"""``reports/index.html``: which authorities have findings, their headlines, and the way to every page.

In: the record of a run (``reports/run.json``) and each authority's ``findings.json``. Out: one self-contained
page in the same dress as the others. An authority that failed is listed with its reason; one without pages has no link.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from larcnb.codes import FEWEST_SHOWN, MARKING, PRESET, notice_of
from larcnb.files import read_json, write_whole
from larcnb.publish.page import WORDS, label, render, script
from larcnb.root import Root

REFERENCE, CONVENTION = "public_purse", "larc"
"""The scenarios a front page shows: the reference case, and what the published study did."""
MINUS, NONE = "\N{MINUS SIGN}", "\N{EN DASH}"
NOTHING = (NONE,) * 7
"""A line without figures; index.html.j2 heads them, and says what an authority counts as."""


def write_index(root: Root, run: Mapping[str, Any]) -> Path:
    """Write ``reports/index.html``, the front page of the run's round, whole or not at all.

    Where the record knows several rounds, each also has a front page of its own, ``index-<round>.html``, which the
    others lead to; a front page lists and counts the authorities of its round only.

    Parameters
    ----------
    root : Root
        Its ``reports/``, ``data/processed/`` and notices are read.
    run : dict
        The content of ``reports/run.json``: ``jobs`` (slug or ``consortium/<round>`` to ``name``, ``status``,
        ``round``, ``reason``, ``todo`` and ``notebooks``), ``round``, ``larcnb``, ``python``, ``commit``.

    Returns
    -------
    Path
    """
    rounds: dict[str, dict[str, Any]] = {}
    front = run.get("round") or ""
    for job, record in run.get("jobs", {}).items():
        name = job.partition("/")[2] or record.get("round") or front
        rounds.setdefault(name, {})[job] = record
    front = front if front in rounds else min(rounds, default=front)
    several = {f"index-{name}.html": name for name in sorted(rounds) if len(rounds) > 1}
    for address, name in {**several, "index.html": front}.items():
        others = [(other, of) for other, of in several.items() if of != name]
        html = _front_page(root, run, name, rounds.get(name, {}), others)
        write_whole(root.reports / address, html)
    return root.reports / "index.html"


def _front_page(root: Root, run: Mapping, name: str, jobs: dict, others: list) -> str:
    """The front page of one round as HTML; ``others`` are the addresses and names of the other rounds'."""
    slugs = sorted(job for job in jobs if not job.startswith("consortium"))
    findings = {slug: read_json(root.processed(slug) / "findings.json") for slug in slugs}
    authorities = [_authority(root, slug, jobs[slug], findings[slug]) for slug in slugs]
    rounds = [_entry(root, job, jobs[job]) for job in sorted(jobs) if job not in findings]
    notices = [findings[slug].get("notice", root.notice(slug)) or "" for slug in slugs]
    marked = {run.get("params", {}).get(slug, {}).get("marking") for slug in slugs}
    marking = max(marked & MARKING.keys(), key=list(MARKING).index, default="")
    given = {"edition": WORDS["editions"]["index"], "marking": MARKING.get(marking, "")}
    given |= {"made": run.get("started", "")[:10], "notice": notice_of(notices)}
    given["script"] = script("search.js") if authorities else None
    given["counts"] = Counter(entry["kind"] for entry in authorities)
    for count in ("cases", "costed"):
        given[count] = sum(each.get(count, 0) for each in findings.values())
    given |= {"round": name, "consortium": rounds, "authorities": authorities}
    given |= {"reference": PRESET[REFERENCE], "convention": PRESET[CONVENTION]}
    is_public = (root.reports / "public" / name / "index.html").is_file()
    given |= {"has_figures": any(findings.values()), "public": [name] if is_public else []}
    return render("index.html.j2", **given, others=others, run=run)


def _entry(root: Root, job: str, record: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """One line of the index: an authority, or a round.

    ``status`` is blank where all is done; ``kind`` is ``cases``, ``evidence``, ``none``, ``unpriced``, ``refused`` or
    ``wrong``; ``first`` is the page its name leads to: its findings, or its last page.
    """
    folder, status = root.pages(job), record["status"]
    words = {f"{name}.html": label(name) for name in record.get("notebooks", {})}
    words |= {"results.xlsx": "Results workbook", "results.docx": "Committee paper"}
    there = [(f"{folder.name}/{n}", said) for n, said in words.items() if (folder / n).is_file()]
    html = [address for address, _ in there if address.endswith(".html")]
    first = [page for page in html if "findings" in page] or html[-1:] or [""]
    entry = {"kind": "cases", "status": "", "figures": NOTHING, "headline": "", **more}
    if status not in ("done", "unchanged"):
        said = "Return rejected" if status == "refused" else status.capitalize()
        said += "; the pages are of an earlier run" if there else ""
        entry |= {"kind": "refused" if status == "refused" else "wrong", "status": said}
    name = record.get("name") or job
    return {"name": name, "record": record, "pages": there, "first": first[0], **entry}


def _authority(root: Root, slug: str, record: dict, findings: dict) -> dict:
    evidence = root.processed(slug) / "evidence.parquet"
    more: dict[str, Any] = {"headline": findings.get("headline", "")}
    if findings.get("cases"):
        more["figures"], costed = _figures(findings), findings["costed"]
        if 0 < costed < FEWEST_SHOWN:  # its result is a single family's, or nearly
            words = f"{costed} case{'' if costed == 1 else 's'} costed: no result is shown"
            more |= {"status": words, "headline": words}
            more["figures"] = (*more["figures"][:2], *NOTHING[2:])
    elif evidence.is_file() and _has_rows(evidence):
        more |= {"kind": "evidence", "status": "Sent evidence"}
    elif findings:
        more |= {"kind": "none", "status": "Sent no cases"}
    else:
        more |= {"kind": "unpriced", "status": "Return read, not costed yet"}
    return _entry(root, slug, record, **more)


def _has_rows(table: Path) -> bool:
    from pyarrow.parquet import read_metadata

    return read_metadata(table).num_rows > 0


def _figures(findings: Mapping[str, Any]) -> tuple[str, ...]:
    """An authority's figures as its line writes them; no net saving that would lie outside the interval beside it."""
    scenarios = {row["set"]: row for row in findings["scenarios"]}
    reference, convention = (scenarios.get(name, {}) for name in (REFERENCE, CONVENTION))
    low, saving, high = (reference.get(key) for key in ("low95", "saving_long", "high95"))
    known = low is not None and high is not None
    amounts = [_whole(findings[name]) for name in ("cases", "costed", "inputs")]
    break_even = _percent(findings["reference"]["break_even_share"])
    within = _whole(saving if known and low <= saving <= high else None)
    interval = f"{_whole(low)} to {_whole(high)}" if known else NONE
    return (*amounts, break_even, within, interval, _whole(convention.get("saving_long")))


def _whole(number: float | None) -> str:
    if number is None:
        return NONE
    whole = int(abs(number) + 0.5)
    return f"{MINUS if number < 0 and whole else ''}{whole:,}"


def _percent(share: float | None) -> str:
    if share is None:
        return NONE
    return ">100" if share > 1 else "<1" if 0 < share < 0.01 else f"{share:.0%}".removesuffix("%")
