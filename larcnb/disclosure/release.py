"""Preparing and making a release: the one way from families to a public edition.

In: a root and a round whose authorities have run. Out: checked tables in
``data/processed/public/<round>/``, a verdict report in ``private/disclosure/<round>/``, an entry in the register. Two
people, by name, release what the report says, and nothing else (METHOD part 7, rule 12).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from larcnb.disclosure.audit import related
from larcnb.disclosure.build import Tables, build, count_cell
from larcnb.disclosure.checked import FAIL, VERDICTS, Verdict
from larcnb.disclosure.draft import FURTHER, SHOWN, Draft, Key, make_draft
from larcnb.disclosure.edition import Edition, in_the_making
from larcnb.disclosure.facts import Facts, collect
from larcnb.disclosure.files import MANIFEST, SCHEMA, edition_files, hash_text, put, to_json, write
from larcnb.disclosure.places import AUTHORITY, lay_out
from larcnb.disclosure.protect import Course, protect
from larcnb.disclosure.register import Entry, Register, conflicts, plain_value
from larcnb.disclosure.rules import NAMES, Rules, load_rules
from larcnb.disclosure.spec import COSTS
from larcnb.errors import USAGE, WITHHELD, LarcError
from larcnb.root import Root
from larcnb.show.words import plural

MOST_LISTED = 50
ROUND = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")


@dataclass(frozen=True, repr=False)
class Release:
    """A release worked out: what would be shown, every verdict, and what stands against it.

    Parameters
    ----------
    round : str
    number : int
        Its number in the register, or that of the same release made before.
    digest : str
        SHA-256 of all that is shown, of the rules and of what it was made from.
    tables : dict of place to table to Checked
    verdicts : tuple of Verdict
    refused : tuple of str
        Why it cannot be released at all: equations with earlier releases, or nothing to show.
    withheld : dict of place to reason
        Places without a page.
    about : dict
        Words for the pages.
    course : Course
        How the audit went.
    edition : Edition
        For the register; holds what is hidden.
    report : Path
        The verdict report that approvers read.
    places : dict of place to its kind and name
    approved_by : tuple of str
        Who approved the same release before; empty where there is none.
    """

    round: str
    number: int
    digest: str
    tables: Tables
    verdicts: tuple[Verdict, ...]
    refused: tuple[str, ...]
    withheld: dict[str, str]
    about: dict[str, str]
    course: Course
    edition: Edition
    report: Path
    places: dict[str, dict[str, str]] = field(default_factory=dict)
    approved_by: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Release of round {self.round}: {len(self.tables)} pages"

    @property
    def is_known(self) -> bool:
        """Whether the same release was made before."""
        return bool(self.approved_by)

    def lines(self) -> list[str]:
        """The verdict report in words; no figure in it that is not shown."""
        words = [
            f"Round {self.round}: {plural(len(self.tables), 'public page')}. Fingerprint {self.digest[:16]}."
        ]
        words += [f"{word}: {said}" for word, said in VERDICTS.items()]
        words += [f"REFUSED {reason}." for reason in self.refused]
        words += [f"no page {place}. {reason}" for place, reason in sorted(self.withheld.items())]
        words += [str(verdict) for verdict in self.verdicts]
        words.append(
            f"Audit: {plural(self.course.rounds, 'round')}, {plural(self.course.hidden, 'further cell')} and "
            f"{plural(self.course.tables, 'further table')} hidden; every hidden figure has enough possible values."
        )
        return words


def public_folder(root: Root, round_name: str) -> Path:
    """Where the public edition of a round lies; a public notebook opens nothing else."""
    return root.processed(f"public/{round_name}")


def report_folder(root: Root, round_name: str) -> Path:
    """Where the verdict report of a round lies, for the approvers."""
    return root.path / "private" / "disclosure" / round_name


def prepare(root: Root, round_name: str) -> Release:
    """Work a release out and write its verdict report; publishes nothing.

    Raises
    ------
    LarcError
        Params or rules are wrong (exit code 2); the round has no results, the register is not whole, or the audit
        finds no safe form (4).
    """
    made = work_out(root, round_name)
    folder = report_folder(root, round_name)
    folder.mkdir(parents=True, exist_ok=True)
    plain = {
        "round": made.round,
        "digest": made.digest,
        "refused": list(made.refused),
        "withheld": made.withheld,
        "verdicts": [
            vars(verdict) | {"reasons": list(verdict.reasons)} for verdict in made.verdicts
        ],
        "course": vars(made.course),
    }
    write(folder / "report.txt", "\n".join(made.lines()) + "\n", 0o600)
    write(folder / "report.json", to_json(plain), 0o600)
    return made


def release(root: Root, round_name: str, approvers: Iterable[str] | None = None) -> Release:
    """Release what the verdict report says: write the public edition and enter it in the register.

    The same release made again (the same figures from the same files) only writes its pages again.

    Parameters
    ----------
    root : Root
    round_name : str
    approvers : iterable of str, optional
        Names of people who have read the report. Left out, those who approved the very same release before.

    Raises
    ------
    LarcError
        As :func:`prepare`; the names are too few (exit code 2); there is no report, or it is of other figures, or
        the release is refused, or nobody has approved it (4).
    """
    names = () if approvers is None else check_approvers(approvers, load_rules(root).approvers)
    made = work_out(root, round_name)
    if made.refused:
        listed = "\n".join(made.refused[:MOST_LISTED])
        raise LarcError(
            f"Nothing was released of round {round_name}:\n{listed}", exit_code=WITHHELD
        )
    if approvers is None and not made.is_known:
        raise LarcError(
            f"Nobody has approved these figures of round {round_name} yet.", exit_code=WITHHELD
        )
    try:
        read = json.loads((report_folder(root, round_name) / "report.json").read_text("utf-8"))[
            "digest"
        ]
    except (OSError, ValueError, KeyError, TypeError):
        read = ""
    if names and read != made.digest:
        raise LarcError(
            f"{'The verdict report is of other figures' if read else 'There is no verdict report'}. "
            f"Run larcnb publish --round {round_name}{root.option}, read "
            f"{root.said(f'private/disclosure/{round_name}/report.txt')}, then approve.",
            exit_code=WITHHELD,
        )
    names = made.approved_by or names
    files = edition_files(
        round_name, made.number, made.digest, made.tables, made.places, made.about, len(names)
    )
    register = Register(root)
    if not made.is_known:
        hashes = {name: hash_text(text) for name, text in files.items() if name != MANIFEST}
        register.add(made.edition, made.digest, names, hashes)
    put(public_folder(root, round_name), files)
    return made


def check_approvers(approvers: Iterable[str], least: int) -> tuple[str, ...]:
    """The approvers' names, tidied; different people, and enough of them.

    Raises
    ------
    LarcError
        A name is empty or not a name, or there are fewer than ``least`` different ones; exit code 2.

    Examples
    --------
    >>> check_approvers(["A. Baker ", "C. Dow"], 2)
    ('A. Baker', 'C. Dow')
    """
    names = [" ".join(unicodedata.normalize("NFKC", name).split()) for name in approvers]
    good = [
        name
        for name in names
        if 2 <= len(name) <= 80 and name.isprintable() and sum(map(str.isalpha, name)) > 1
    ]
    different = {"".join(filter(str.isalnum, name.casefold())) for name in good}
    if len(good) != len(names) or len(different) < least:
        raise LarcError(
            f'{least} different people must approve, by name: --approve "First Last" for each of them.',
            exit_code=USAGE,
        )
    return tuple(dict.fromkeys(good))


def draft_of(facts: Facts, rules: Rules, past: list[Edition]) -> tuple[Draft, Course]:
    """A protected draft: every rule applied, audited together with the releases of the past."""
    draft = make_draft(facts, rules, lay_out(facts, rules))
    with_families = related(in_the_making(draft), past)
    for conflict in conflicts(in_the_making(draft), with_families):
        if conflict.is_money and conflict.is_lifted:
            draft.status[conflict.key] = FURTHER
            draft.explain(
                *conflict.key[:2], "Money that few families changed since a release is hidden."
            )
    course = protect(draft, with_families)
    return draft, course


def work_out(root: Root, round_name: str) -> Release:
    """Work a release out and write nothing.

    Raises
    ------
    LarcError
        As :func:`prepare`.
    """
    if not ROUND.fullmatch(round_name):
        raise LarcError("A round's name is lower-case letters, digits and hyphens, at most 41.")
    rules, register = load_rules(root), Register(root)
    entries = register.entries()
    facts = collect(root, round_name, rules, register.salt())
    past = [entry.edition for entry in entries]
    draft, course = draft_of(facts, rules, past)
    tables, verdicts = build(draft)
    shown = _shown(draft)
    about = _about(draft)
    same = [[table.to_json() for table in made.values()] for made in tables.values()]
    values = {name: getattr(rules, name) for name in NAMES}
    digest = plain_value([SCHEMA, round_name, facts.inputs, values, about, same])
    known = _known(entries, round_name, digest)
    number = known.edition.number if known else len(entries) + 1
    edition = in_the_making(draft, shown, number)
    refused = (
        []
        if known
        else [c.equation for c in conflicts(edition, related(edition, past)) if not c.is_lifted]
    )
    if not tables:
        refused.append("no authority, and no group of authorities, has enough families for a page")
    verdicts = [_failed(v, refused) for v in verdicts]
    provenance = {
        "round": round_name,
        "release": digest,
        "inputs": facts.inputs,
        "rules": "default" if not rules.tightened else "default, tightened",
    }
    tables = {
        place: {name: replace(table, provenance=provenance) for name, table in made.items()}
        for place, made in tables.items()
    }
    places = {p.id: {"kind": p.kind, "name": p.name} for p in draft.layout.places.values()}
    return Release(
        round_name,
        number,
        digest,
        tables,
        tuple(verdicts),
        tuple(dict.fromkeys(refused)),
        dict(draft.layout.reasons) | dict.fromkeys(facts.missing, "Its results are not there."),
        about,
        course,
        edition,
        report_folder(root, round_name),
        places,
        known.approvers if known else (),
    )


def _known(entries: list[Entry], round_name: str, digest: str) -> Entry | None:
    same = [
        entry for entry in entries if entry.digest == digest and entry.edition.round == round_name
    ]
    return same[-1] if same else None


def _failed(verdict: Verdict, refused: list[str]) -> Verdict:
    """A table with a cell that may not be released fails."""
    mine = [reason for reason in refused if reason.startswith(f"{verdict.place}, {verdict.table},")]
    if not mine:
        return verdict
    return Verdict(
        verdict.place, verdict.table, FAIL, (*verdict.reasons, *mine), verdict.shown, verdict.hidden
    )


def _shown(draft: Draft) -> dict[Key, str]:
    """What the page says of every cell of counts; of money, that it says something."""
    return {
        key: ("an amount" if status == SHOWN else "[c]")
        if key[1] == COSTS
        else count_cell(draft, key).text
        for key, status in draft.status.items()
    }


def _about(draft: Draft) -> dict[str, str]:
    layout, facts = draft.layout, draft.facts
    if not layout.withheld:
        held = "Every authority that sent families has a page of its own."
    elif layout.left_out:
        held = (
            "Families of authorities without a page are counted only where enough of them can be counted together; "
            "some are in no figure."
        )
    else:
        held = (
            "Families of authorities without a page are counted in the figures of all authorities."
        )
    own = "No authority has a page of its own." if not layout.of_kind(AUTHORITY) else ""
    few = (
        f"An authority with fewer than {draft.rules.authority_cases} families has no page."
        if layout.withheld
        else ""
    )
    return dict(facts.about) | {"coverage": " ".join(filter(None, (own, few, held)))}
