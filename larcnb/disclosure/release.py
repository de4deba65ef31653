"""Preparing and making a release: the one way from families to a public edition.

In: a root and a round whose authorities have run. Out: checked tables in
``data/processed/public/<round>/``, a verdict report in ``private/disclosure/<round>/``, an entry in the register. Two
people, by name, release what the report says, and nothing else (METHOD part 7, rule 12).
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from larcnb.disclosure.audit import draft, protect
from larcnb.disclosure.checked import SYMBOLS, VERDICTS, Tables, Verdict, build
from larcnb.disclosure.families import Facts, collect
from larcnb.disclosure.register import Edition, Register, Status, conflicts, met_before, sha, write
from larcnb.disclosure.rules import Rules, load_rules, refusal
from larcnb.errors import USAGE, LarcError
from larcnb.files import digest, to_json
from larcnb.root import Root
from larcnb.show.words import plural

SCHEMA = "larcnb-public-1"
MANIFEST = "manifest.json"
MOST_LISTED = 50


@dataclass(frozen=True, repr=False)
class Release:
    """A release worked out: what would be shown, every verdict, and what stands against it.

    Parameters
    ----------
    edition : Edition
        For the register; holds what is hidden.
    tables : dict of place to table to Checked
    verdicts : list of Verdict
    refused : list of str
        Why it cannot be released at all: equations with earlier releases, or nothing to show.
    about : dict
        Words for the pages.
    report : Path
        The verdict report that approvers read.
    """

    edition: Edition
    tables: Tables
    verdicts: list[Verdict]
    refused: list[str]
    about: dict[str, str]
    report: Path

    @property
    def round(self) -> str:
        """The round's name."""
        return self.edition.facts.round

    @property
    def is_known(self) -> bool:
        """Whether the same release was made before."""
        return bool(self.edition.approvers)

    def lines(self) -> list[str]:
        """The verdict report in words; no figure in it that is not shown."""
        pages, no_page = plural(len(self.tables), "public page"), self.edition.no_page
        return [
            f"Round {self.round}: {pages}. Fingerprint {self.edition.digest[:16]}.",
            *(f"{word}: {said}" for word, said in VERDICTS.items()),
            *(f"REFUSED {reason}." for reason in self.refused),
            *(f"no page {place}. {reason}" for place, reason in sorted(no_page.items())),
            *map(str, self.verdicts),
            "Audit: every hidden figure has enough possible values.",
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
    if names and (not made.report.is_file() or made.report.read_text("utf-8") != _text(made)):
        raise refusal(
            f"There is no verdict report of these figures. Run larcnb publish --round {round_name}{root.option}, read "
            f"{root.said(f'private/disclosure/{round_name}/report.txt')}, then approve."
        )
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
        words = f"{least} different people must approve, by name: {how}."
        raise LarcError(words, exit_code=USAGE)
    return tuple(dict.fromkeys(names))


def protected(facts: Facts, rules: Rules, past: Sequence[Edition]) -> Edition:
    """An edition with every rule applied, audited together with the releases of the past."""
    made = draft(facts, rules)
    for key, _, is_lifted in conflicts(made, past):
        if key[1] == "costs" and is_lifted:
            made.status[key] = Status.FURTHER
            made.explain(*key[:2], "Money that few families changed since a release is hidden.")
    protect(made, past)
    return made


def work_out(root: Root, round_name: str) -> Release:
    """Work a release out and write nothing.

    Raises
    ------
    LarcError
        As :func:`prepare`.
    """
    rules, register = load_rules(root), Register(root)
    past = register.entries()
    facts = collect(root, round_name, rules, register.salt(), met_before(past))
    edition = protected(facts, rules, past)
    tables, verdicts = build(edition)
    about = {**facts.about, "coverage": _coverage(edition)}
    plain = {p: [table.to_json() for table in made.values()] for p, made in tables.items()}
    edition.digest = digest([SCHEMA, round_name, facts.inputs, vars(rules), about, plain])
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
    facts, places = edition.facts, edition.places
    withheld = {slug for slug in facts.names if facts.of(slug)} - places.keys()
    few = f"An authority with fewer than {edition.rules.authority_cases} families has no page. "
    counted = few + "Families of authorities without a page are counted "
    if not withheld:
        said = "Every authority that sent families has a page of its own."
    elif withheld <= set(edition.atoms):
        said = counted + "in the figures of all authorities."
    else:
        said = counted + "only where enough of them can be counted together; some are in no figure."
    has_pages = any(place.kind == "authority" for place in places.values())
    return said if has_pages else f"No authority has a page of its own. {said}"


def _put(made: Release, folder: Path) -> None:
    """Write an edition: the old manifest goes first and the new one comes last, so a reader finds one whole or none."""
    (folder / MANIFEST).unlink(missing_ok=True)
    for path in folder.glob("*.json"):
        path.unlink()
    head = {"schema": SCHEMA, "round": made.round}
    places = [{"id": p.id, "kind": p.kind, "name": p.name} for p in made.edition.places.values()]
    hashes = {}
    for place in places:
        tables = [table.to_json() for table in made.tables[place["id"]].values()]
        plain = {"place": place, "about": made.about, "symbols": SYMBOLS, "tables": tables}
        text, name = to_json(head | plain), f"{place['id']}.json"
        hashes[name] = sha(text.encode())
        write(folder / name, text)
    manifest = head | {
        "number": made.edition.number,
        "release": made.edition.digest,
        "approvals": len(made.edition.approvers),
        "places": places,
        "about": made.about,
        "files": hashes,
    }
    write(folder / MANIFEST, to_json(manifest))
