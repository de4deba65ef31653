"""The families behind a release: which of them stand in which cell, and which are known from releases before.

In: the processed tables of a round's authorities. Out: :class:`Microdata`, in which a family is a keyed hash. A family
is known again by what it is, not by the folder it lies in: see :class:`Linker`.
"""

import hashlib
import hmac
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum, inf, log2

import pandas as pd

from larcnb import codes, params, schema
from larcnb.disclosure.rules import MEASURES, PARTS, Rules, band_of
from larcnb.errors import LarcError, withheld
from larcnb.files import digest, hash_files
from larcnb.library import load_library
from larcnb.root import Root

TELLING = ("children", "needs", "process", "interventions", "futures", "moderation")
"""The tables whose rows tell one family from another."""
READ = ("cases", *TELLING, "follow_up")
BITS = 5
COMMON = 50
"""Families that share a mark are looked at for more of them only where no more have it."""


@dataclass(frozen=True, repr=False)
class Microdata:
    """What a round's authorities sent, as memberships of cells. Its representation shows no family and no count.

    Parameters
    ----------
    round : str
    names, regions : dict of slug to str
        Of every authority received; the region is empty where none is given.
    members : dict of (slug, table, category) to a set of families
        Categories without families may be left out.
    money : dict of (slug, measure) to family and whole pence
        Costed families.
    marks : dict of slug to lists of str
        Each family, then its marks as :func:`marks_of` makes them: what it is known again by.
    missing : tuple of str
        Authorities of the round whose results are not there.
    about : dict
        ``price_base``, ``preset`` (the scenario, with own values), ``wording``, ``long_years``, ``notice``: words.
    refused : dict of table to reason
        Tables that cannot be made of this round.
    inputs : str
        Fingerprint of the files read.
    """

    round: str
    names: Mapping[str, str]
    regions: Mapping[str, str]
    members: Mapping[tuple[str, str, str], frozenset[str]]
    money: Mapping[tuple[str, str], Mapping[str, int]]
    marks: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    inputs: str = ""

    def of(self, slug: str, table: str = "families", category: str = "all") -> frozenset[str]:
        """The families of one authority's cell; all of its families unless told otherwise."""
        parts = PARTS.get(category, (category,))
        return frozenset().union(*(self.members.get((slug, table, part), ()) for part in parts))


class Linker:
    """Record linkage: families met before, by their marks.

    A family is one met before if its authority, pseudonym and first day are the same, or else if at least half of
    what is told of it is: pseudonym and first day (whatever the authority), first day and who began, each table of
    :data:`TELLING` that has rows of it, costs. Each of these counts as much as it tells: what one family in n has, its
    logarithm to the base of 2 in bits; and it takes :data:`BITS` more than there are families to choose from. So a
    family sent again under another authority's or round's name is known, as it is after a correction of some of its
    tables; notes and the order of rows are no part of it. Each is taken for one family of an authority at most, those
    most alike first. A few families of two authorities are alike by chance: they count only where a quarter of the
    smaller one's are, and three or more (or all of them). Taking two families for one hides more, never less.
    """

    def __init__(self, released: Iterable[Sequence[Sequence[str]]] = ()) -> None:
        self._is: dict[str, str] = {}
        self._versions: dict[str, set[frozenset[str]]] = defaultdict(set)
        self._having: dict[str, set[str]] = defaultdict(set)
        self._sent_in: dict[str, set[int]] = defaultdict(set)
        self._size: list[int] = []
        for told in released:
            self.add(told)

    def add(self, told: Sequence[Sequence[str]]) -> None:
        """Enter the families that an authority sent: for each its name, then its marks."""
        for family, own, *marks in told:
            self._is[own] = family
            self._sent_in[family].add(len(self._size))
            self._versions[family].add(frozenset(marks))
            for mark in marks:
                self._having[mark].add(family)
        self._size.append(len(told))

    def recognise(self, told: Sequence[Sequence[str]]) -> dict[str, str]:
        """For each family of one authority, by its first mark: the family it is known as, else that mark."""
        pairs = []
        for own, *marks in told:
            if own in self._is:
                pairs.append((-inf, own, self._is[own]))
                continue
            having = [self._having.get(mark, set()) for mark in marks]
            for family in set().union(*(some for some in having if len(some) <= COMMON)):
                pairs.append((-self._alike(frozenset(marks), family), own, family))
        known: dict[str, str] = {}
        taken = set()
        for unlike, own, family in sorted(pairs):
            if unlike and own not in known and family not in taken:
                known[own] = family
                taken.add(family)
        often = Counter(sent for family in known.values() for sent in self._sent_in[family])
        smaller = {sent: min(len(told), self._size[sent]) for sent in often}
        enough = {s for s, n in smaller.items() if often[s] >= min(n, max(3, n / 4))}
        for own, family in list(known.items()):
            if own not in self._is and not enough & self._sent_in[family]:
                del known[own]  # alike by chance
        return {own: known.get(own, own) for own, *_ in told}

    def _alike(self, marks: frozenset[str], family: str) -> float:
        """How much of what is told of two families is the same, in bits; 0 where it is too little."""
        best = 0.0
        for other in self._versions[family]:
            same, most = self._bits(marks & other), max(self._bits(marks), self._bits(other))
            if same >= max(most / 2, log2(len(self._versions)) + BITS):
                best = max(best, same)
        return best

    def _bits(self, marks: Iterable[str]) -> float:
        families = len(self._versions)
        return fsum(log2(families / max(1, len(self._having.get(mark, ())))) for mark in marks)


def marks_of(salt: bytes, slug: str, frames: Mapping[str, pd.DataFrame]) -> dict[str, list[str]]:
    """What each family of an authority is known again by, as keyed hashes.

    Parameters
    ----------
    salt : bytes
        The register's own; without it nothing of a family can be guessed from its marks.
    slug : str
        The authority.
    frames : dict of table to frame
        ``cases`` and those of :data:`TELLING`.

    Returns
    -------
    dict of case_id to list of str
        First that of authority, pseudonym (however written) and first day; then those of :class:`Linker`.
    """
    cases = frames["cases"].set_index("case_id")
    started = pd.to_datetime(cases["started"]).dt.strftime("%Y-%m-%d").astype(object)
    written = {case: unicodedata.normalize("NFKC", case).strip().casefold() for case in cases.index}
    name = pd.Series(written, dtype=object) + "\0" + started
    costed = cases[cases["costed"] == "yes"]
    texts = {"own": slug + "\0" + name, "name": name}
    texts["began"] = started + "\0" + cases["initiator"].astype(object)
    pounds = (costed[of].map("{:.2f}".format) for of in ("process", "interventions"))
    process, support = (of.astype(object) for of in pounds)  # of no case: no number either
    texts["costs"] = process + "\0" + support
    texts |= {table: _rows(table, frames[table]) for table in TELLING if len(frames[table])}
    marks: dict[str, list[str]] = {case: [] for case in cases.index}
    for part, text in texts.items():
        for case, words in text.items():
            keyed = hmac.new(salt, f"{part}\0{words}".encode(), hashlib.sha256)
            marks[case].append(keyed.hexdigest()[:16])
    return marks


def _rows(table: str, frame: pd.DataFrame) -> pd.Series:
    """All rows of each case as one text, in one order whatever theirs: no ids, no free text."""
    told = {f.name for f in schema.RETURN[table].fields if f.kind != "id" and not f.private}
    words = frame[sorted(told & set(frame))].astype(str).fillna("").agg("\0".join, axis=1)
    return words.groupby(frame["case_id"]).agg(lambda rows: "\n".join(sorted(rows)))


def collect(root: Root, round_name: str, rules: Rules, salt: bytes, known: Linker) -> Microdata:
    """Read a round's processed tables.

    Parameters
    ----------
    root : Root
    round_name : str
    rules : Rules
        Their ``saving_bands``.
    salt : bytes
        The key of the families' hashes.
    known : Linker
        The families of every release before; those of this round are added to it.

    Returns
    -------
    Microdata
        Money in whole pence at each authority's price base.

    Raises
    ------
    LarcError
        No authority's params name the round, or params or national tables break a rule (exit code 2); none of its
        authorities has results (4).
    """
    everyone = params.load_authorities(root, params.list_authorities(root))
    invited = {s: a for s, a in everyone.items() if a.round_name == round_name}
    if not invited:
        raise LarcError(f"No authority's params name the round '{round_name}'.")
    files = {s: {t: root.processed(s) / f"{t}.parquet" for t in READ} for s in invited}
    received = {s: a for s, a in invited.items() if all(p.is_file() for p in files[s].values())}
    if not received:
        words = f"No authority of the round '{round_name}' has results yet. "
        raise withheld(f"{words}Run larcnb batch{root.option} first.")
    futures = load_library(root).futures.drop_duplicates("future")
    theme = futures.set_index("future")["theme"].to_dict()
    members: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    money: dict[tuple[str, str], dict[str, int]] = {}
    every: dict[str, list[list[str]]] = {}
    for slug, authority in received.items():
        frames = {table: pd.read_parquet(path) for table, path in files[slug].items()}
        marks = marks_of(salt, slug, frames)
        family = known.recognise(list(marks.values()))
        family = {case: family[own] for case, (own, *_) in marks.items()}
        every[slug] = [[family[case], *told] for case, told in marks.items()]
        known.add(every[slug])
        accept_at = params.assumptions_for(root, authority).accept_at
        for case, table, category in _cells(frames, theme, accept_at, rules):
            members[slug, table, category].add(family[case])
        costed = frames["cases"].query("costed == 'yes'").set_index("case_id").rename(family)
        for measure, (column, _) in MEASURES.items():
            if len(costed):
                money[slug, measure] = (costed[column] * 100).round().astype(int).to_dict()
    names = {slug: authority.name for slug, authority in received.items()}
    regions = {slug: authority.region for slug, authority in received.items()}
    cells = {cell: frozenset(families) for cell, families in members.items()}
    missing = tuple(slug for slug in invited if slug not in received)
    inputs = digest([[slug, hash_files(files[slug])] for slug in received])
    told = *_comparable(root, received), inputs
    return Microdata(round_name, names, regions, cells, money, every, missing, *told)


def _cells(
    frames: Mapping[str, pd.DataFrame], theme: Mapping[str, str], accept_at: str, rules: Rules
) -> Iterable[tuple[str, str, str]]:
    """Case, table and category of every cell a case stands in."""
    for row in frames["cases"].itertuples():
        yield row.case_id, "families", "costed" if row.costed == "yes" else "not_costed"
        if row.costed == "yes":
            yield row.case_id, "savings", band_of(row.saving_long, rules.saving_bands)
    for row in frames["needs"].itertuples():
        yield row.case_id, "needs", f"{row.subject}.{row.need}"
    for row in frames["interventions"].itertuples():
        if row.status == "delivered":
            yield row.case_id, "support", row.support
    words = list(codes.LIKELIHOOD)
    for row in frames["moderation"].itertuples():
        if row.accepted == "yes" and words.index(row.likelihood) >= words.index(accept_at):
            yield row.case_id, "futures", theme[row.future]
    told = frames["follow_up"].query("future != @codes.RE_REFERRAL")
    came = told["happened"].eq("yes").groupby(told["case_id"]).any()
    for case, did in came.items():
        yield case, "follow_up", "came" if did else "stayed_away"


def _comparable(
    root: Root, received: Mapping[str, params.Authority]
) -> tuple[dict[str, str], dict[str, str]]:
    """Words for the pages, and the tables that authorities with unlike prices or assumptions cannot share."""
    authorities = received.values()
    used = [params.assumptions_for(root, each) for each in authorities]
    bases = " and ".join(sorted({each.price_base for each in authorities}))
    preset = " and ".join(sorted({codes.PRESET.get(a.preset, a.preset) for a in authorities}))
    if own := "; ".join(sorted({params.own_values(a.overrides) for a in authorities} - {""})):
        some = "" if all(each.overrides for each in authorities) else " of some authorities"
        preset += f" with own values{some} ({own})"
    alike = len({repr(assumptions) for assumptions in used}) == 1
    refused = {} if alike else {"savings": "Authorities use unlike assumptions."}
    if " and " in bases:
        refused = dict.fromkeys(("costs", "savings"), f"Authorities give prices of {bases}.")
    wordings = {each.wording for each in authorities}
    wording = wordings.pop() if len(wordings) == 1 else "caf"
    about = {"price_base": bases, "preset": preset, "wording": wording}
    about["long_years"] = str(used[0].long_years) if alike else ""
    about["notice"] = codes.notice_of([root.notice(slug) for slug in received])
    return about, refused
