"""Preparing and making a release: the one way from families to a public edition.

In: a root and a round whose authorities have run. Out: checked tables in
``data/processed/public/<round>/``, a verdict report in ``private/disclosure/<round>/``, an entry in the register. Two
people, by name, release what the report says, and nothing else (docs/disclosure.md).
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from larcnb import codes
from larcnb.disclosure.audit import suppress_primary, suppress_secondary
from larcnb.disclosure.checked import Tables, TableVerdict, build
from larcnb.disclosure.families import collect
from larcnb.disclosure.register import Edition, Register, Status, conflicts, met_before
from larcnb.disclosure.rules import load_rules
from larcnb.errors import MOST_PRINTED, LarcError, withheld
from larcnb.files import digest, hash_file, to_json, write_private, write_whole
from larcnb.root import Root
from larcnb.show.sentences import phrase
from larcnb.show.words import plural

SCHEMA = "larcnb-public-1"
MANIFEST = "manifest.json"


@dataclass(frozen=True, repr=False)
class Release:
    """A release worked out: what would be shown, every verdict, and what stands against it.

    Parameters
    ----------
    edition : Edition
        For the register; holds what is hidden.
    tables : dict of place to table to CheckedTable
    verdicts : list of TableVerdict
    refused : list of str
        Why it cannot be released at all: equations with earlier releases, or nothing to show.
    about : dict
        Words for the pages.
    report : Path
        The verdict report that approvers read.
    """

    edition: Edition
    tables: Tables
    verdicts: list[TableVerdict]
    refused: list[str]
    about: dict[str, str]
    report: Path

    @property
    def round(self) -> str:
        """The round's name."""
        return self.edition.data.round

    @property
    def is_known(self) -> bool:
        """Whether the same release was made before."""
        return bool(self.edition.approvers)

    @property
    def text(self) -> str:
        """The verdict report in words; no figure in it that is not shown."""
        pages, no_page = plural(len(self.tables), "public page"), self.edition.no_page
        lines = [
            f"Round {self.round}: {pages}. Fingerprint {self.edition.digest[:16]}.",
            *(f"{word}: {said}." for word, said in codes.VERDICT.items()),
            *(f"REFUSED {reason}." for reason in self.refused),
            *(f"no page {place}. {reason}" for place, reason in sorted(no_page.items())),
            *map(str, self.verdicts),
            "Audit: every hidden figure has enough possible values.",
        ]
        return "\n".join(lines) + "\n"


def public_folder(root: Root, round_name: str) -> Path:
    """Where the public edition of a round lies; a public notebook opens nothing else."""
    return root.processed(f"public/{round_name}")


def prepare(root: Root, round_name: str) -> Release:
    """Work a release out and write its verdict report; publishes nothing.

    Returns
    -------
    Release

    Raises
    ------
    LarcError
        Params or rules are wrong (exit code 2); the round has no results, the register is not whole, or the audit
        finds no safe form (4).
    """
    made = work_out(root, round_name)
    write_private(made.report, made.text)
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
        listed = "\n".join(made.refused[:MOST_PRINTED])
        raise withheld(f"Nothing was released of round {round_name}:\n{listed}")
    if approvers is None and not made.is_known:
        raise withheld(f"Nobody has approved these figures of round {round_name} yet.")
    report = made.report.read_text("utf-8", "replace") if made.report.is_file() else ""
    if names and report != made.text:  # however its lines end
        run = f"Run larcnb publish --round {round_name}{root.option}"
        read = f"read {root.said(f'private/disclosure/{round_name}/report.txt')}, then approve"
        raise withheld(f"There is no verdict report of these figures. {run}, {read}.")
    if not made.is_known:
        made.edition.approvers = names
        Register(root).add(made.edition)
    _put(made, public_folder(root, round_name))
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
        raise LarcError(f"{least} different people must approve, by name: {how}.")
    return tuple(dict.fromkeys(names))


def work_out(root: Root, round_name: str) -> Release:
    """Work a release out and write nothing.

    Raises
    ------
    LarcError
        As :func:`prepare`.
    """
    rules, register = load_rules(root), Register(root)
    past, salt = register.entries(), register.salt()
    data = collect(root, round_name, rules, salt, met_before(past))
    edition = suppress_primary(data, rules)
    for key, _, is_lifted in conflicts(edition, past):
        if key[1] == "costs" and is_lifted:
            edition.status[key] = Status.FURTHER
            edition.explain(*key[:2], "Money that few families changed since a release is hidden.")
    suppress_secondary(edition, past)
    tables, verdicts = build(edition)
    about = {**data.about, "coverage": _coverage(edition)}
    plain = {p: [table.to_dict() for table in made.values()] for p, made in tables.items()}
    made_from = [salt.decode(), data.inputs]  # the salt, so that nobody can try guesses at it
    edition.digest = digest([SCHEMA, round_name, *made_from, vars(rules), about, plain])
    edition.number, refused = len(past) + 1, []
    for old in past:
        if old.digest == edition.digest:
            edition.number, edition.approvers = old.number, old.approvers
    if not edition.approvers:
        against = conflicts(edition, past)
        refused = list(dict.fromkeys(said for _, said, is_lifted in against if not is_lifted))
    if not tables:
        refused.append("no authority, and no group of authorities, has enough families for a page")
    report = root.path / "private" / "disclosure" / round_name / "report.txt"
    return Release(edition, tables, verdicts, refused, about, report)


def _coverage(edition: Edition) -> str:
    """Whose families are counted, for every page."""
    data, places = edition.data, edition.places
    without_page = {slug for slug in data.names if data.of(slug)} - places.keys()
    some = "few" if without_page <= set(edition.authorities) else "some"
    counted = f"public_{some if without_page else 'all'}_counted"
    said = phrase(counted, gate=edition.rules.authority_cases)
    has_pages = any(place.kind == "authority" for place in places.values())
    return said if has_pages else f"{phrase('public_no_page')} {said}"


def _put(made: Release, folder: Path) -> None:
    """Write an edition: the old manifest goes first and the new one comes last, so a reader finds one whole or none."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    for path in folder.glob("*.json"):
        path.unlink()
    head = {"schema": SCHEMA, "round": made.round}
    places = [{"id": p.id, "kind": p.kind, "name": p.name} for p in made.edition.places.values()]
    hashes = {}
    for place in places:
        tables = [table.to_dict() for table in made.tables[place["id"]].values()]
        plain = {"place": place, "about": made.about, "symbols": codes.SYMBOL, "tables": tables}
        path = folder / f"{place['id']}.json"
        write_whole(path, to_json(head | plain))
        hashes[path.name] = hash_file(path)
    manifest = head | {"number": made.edition.number, "release": made.edition.digest}
    manifest |= {"approvals": len(made.edition.approvers), "places": places}
    manifest |= {"about": made.about, "files": hashes}
    write_whole(folder / MANIFEST, to_json(manifest))
