"""Preparing and making a release: the one way from families to a public edition.

In: a root and a round whose authorities have run. Out: checked tables in
``data/processed/public/<round>/``, a verdict report in ``private/disclosure/<round>/``, an entry in the register. Two
people, by name, release what the report says, and nothing else (METHOD part 7, rule 12).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from larcnb.disclosure.audit import protect
from larcnb.disclosure.checked import SYMBOLS, VERDICTS, Tables, Verdict, build
from larcnb.disclosure.edition import Edition, Status, draft, related
from larcnb.disclosure.families import Facts, collect
from larcnb.disclosure.register import Register, conflicts, known_families, sha, write
from larcnb.disclosure.rules import AUTHORITY, Rules, load_rules, refusal
from larcnb.disclosure.tables import COSTS, Layout
from larcnb.errors import USAGE, LarcError
from larcnb.files import digest, to_json
from larcnb.root import Root
from larcnb.show.words import plural

SCHEMA = "larcnb-public-1"
MANIFEST = "manifest.json"
MOST_LISTED = 50
ROUND = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")


@dataclass(frozen=True, repr=False)
class Release:
    """A release worked out: what would be shown, every verdict, and what stands against it.

    Parameters
    ----------
    edition : Edition
        For the register; holds what is hidden.
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
    rounds : int
        Of the audit.
    report : Path
        The verdict report that approvers read.
    approved_by : tuple of str
        Who approved the same release before; empty where there is none.
    """

    edition: Edition
    digest: str
    tables: Tables
    verdicts: tuple[Verdict, ...]
    refused: tuple[str, ...]
    withheld: dict[str, str]
    about: dict[str, str]
    rounds: int
    report: Path
    approved_by: tuple[str, ...]

    @property
    def round(self) -> str:
        """The round's name."""
        return self.edition.facts.round

    @property
    def is_known(self) -> bool:
        """Whether the same release was made before."""
        return bool(self.approved_by)

    @property
    def places(self) -> dict[str, dict[str, str]]:
        """Each place with its id, kind and name."""
        places = self.edition.places.values()
        return {p.id: {"id": p.id, "kind": p.kind, "name": p.name} for p in places}

    def lines(self) -> list[str]:
        """The verdict report in words; no figure in it that is not shown."""
        pages = plural(len(self.tables), "public page")
        return [
            f"Round {self.round}: {pages}. Fingerprint {self.digest[:16]}.",
            *(f"{word}: {said}" for word, said in VERDICTS.items()),
            *(f"REFUSED {reason}." for reason in self.refused),
            *(f"no page {place}. {reason}" for place, reason in sorted(self.withheld.items())),
            *map(str, self.verdicts),
            f"Audit: {plural(self.rounds, 'round')}; every hidden figure has enough possible values.",
        ]


def public_folder(root: Root, round_name: str) -> Path:
    """Where the public edition of a round lies; a public notebook opens nothing else."""
    return root.processed(f"public/{round_name}")


def prepare(root: Root, round_name: str) -> Release:
    """Work a release out and write its verdict report; publishes nothing.

    Raises
    ------
    LarcError
        Params or rules are wrong (exit code 2); the round has no results, the register is not whole, or the audit
        finds no safe form (4).
    """
    made = work_out(root, round_name)
    write(made.report, _text(made), 0o600)
    return made


def _text(made: Release) -> str:
    return "\n".join(made.lines()) + "\n"


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
        raise refusal(f"Nothing was released of round {round_name}:\n{listed}")
    if approvers is None and not made.is_known:
        raise refusal(f"Nobody has approved these figures of round {round_name} yet.")
    read = made.report.read_text("utf-8", "replace") if made.report.is_file() else ""
    if names and read != _text(made):
        what = "The verdict report is of other figures" if read else "There is no verdict report"
        raise refusal(
            f"{what}. Run larcnb publish --round {round_name}{root.option}, read "
            f"{root.said(f'private/disclosure/{round_name}/report.txt')}, then approve."
        )
    names = made.approved_by or names
    files = _files(made, len(names))
    if not made.is_known:
        Register(root).add(made.edition, made.digest, names)
    _put(public_folder(root, round_name), files)
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
    letters = ["".join(filter(str.isalnum, name.casefold())) for name in names]
    if min(map(len, letters), default=0) < 2 or len(set(letters)) < least:
        how = '--approve "First Last" for each of them'
        words = f"{least} different people must approve, by name: {how}."
        raise LarcError(words, exit_code=USAGE)
    return tuple(dict.fromkeys(names))


def protected(facts: Facts, rules: Rules, past: Iterable[Edition]) -> tuple[Edition, Layout, int]:
    """An edition with every rule applied, audited together with the releases of the past."""
    made, layout = draft(facts, rules)
    with_families = related(made, past)
    for conflict in conflicts(made, with_families):
        if conflict.key[1] == COSTS and conflict.is_lifted:
            made.status[conflict.key] = Status.FURTHER
            words = "Money that few families changed since a release is hidden."
            made.explain(*conflict.key[:2], words)
    return made, layout, protect(made, with_families)


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
    facts = collect(root, round_name, rules, register.salt(), known_families(entries))
    past = [entry.edition for entry in entries]
    edition, layout, rounds = protected(facts, rules, past)
    tables, verdicts = build(edition)
    about = dict(facts.about) | {"coverage": _coverage(layout, rules)}
    plain = {p: [table.to_json() for table in made.values()] for p, made in tables.items()}
    fingerprint = digest([SCHEMA, round_name, facts.inputs, vars(rules), about, plain])
    same = [e for e in entries if e.digest == fingerprint and e.edition.facts.round == round_name]
    refused = []
    if not same:
        against = conflicts(edition, related(edition, past))
        refused = [conflict.equation for conflict in against if not conflict.is_lifted]
    if not tables:
        refused.append("no authority, and no group of authorities, has enough families for a page")
    edition.number = same[-1].edition.number if same else len(entries) + 1
    return Release(
        edition,
        fingerprint,
        tables,
        tuple(verdicts),
        tuple(dict.fromkeys(refused)),
        layout.reasons | dict.fromkeys(facts.missing, "Its results are not there."),
        about,
        rounds,
        root.path / "private" / "disclosure" / round_name / "report.txt",
        same[-1].approvers if same else (),
    )


def _coverage(layout: Layout, rules: Rules) -> str:
    """Whose families are counted, for every page."""
    few = f"An authority with fewer than {rules.authority_cases} families has no page. "
    counted = few + "Families of authorities without a page are counted "
    if not layout.withheld:
        said = "Every authority that sent families has a page of its own."
    elif layout.left_out:
        said = counted + "only where enough of them can be counted together; some are in no figure."
    else:
        said = counted + "in the figures of all authorities."
    has_pages = any(place.kind == AUTHORITY for place in layout.places.values())
    return said if has_pages else f"No authority has a page of its own. {said}"


def _files(made: Release, approvals: int) -> dict[str, str]:
    """Every file of a public edition by name, as text; the manifest, which has the hash of each, last."""
    head = {"schema": SCHEMA, "round": made.round}
    files = {}
    for place, tables in made.tables.items():
        plain = head | {
            "place": made.places[place],
            "about": made.about,
            "symbols": SYMBOLS,
            "tables": [table.to_json() for table in tables.values()],
        }
        files[f"{place}.json"] = to_json(plain)
    manifest = head | {
        "number": made.edition.number,
        "release": made.digest,
        "approvals": approvals,
        "places": [made.places[place] for place in made.tables],
        "about": made.about,
        "files": {name: sha(text.encode()) for name, text in files.items()},
    }
    return files | {MANIFEST: to_json(manifest)}


def _put(folder: Path, files: Mapping[str, str]) -> None:
    """Write an edition: the old manifest goes first and the new one comes last, so a reader finds one whole or none."""
    (folder / MANIFEST).unlink(missing_ok=True)
    for path in folder.glob("*.json"):
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        write(folder / name, text)
