"""The facts behind a release: which families stand in which cell, without saying who they are.

In: the processed tables of a round's authorities. Out: :class:`Facts`, in which a family is a keyed hash of its
authority, pseudonym and first day, so that the same family is recognised in a later release and nobody can be named.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from larcnb import codes, params
from larcnb.disclosure.rules import Rules
from larcnb.disclosure.spec import MONEY, band_of
from larcnb.errors import WITHHELD, LarcError
from larcnb.library import load_library
from larcnb.root import Root

NEEDED = ("cases", "needs", "interventions", "moderation")
Members = Mapping[tuple[str, str, str], frozenset[str]]
Money = Mapping[tuple[str, str], Mapping[str, int]]


@dataclass(frozen=True, repr=False)
class Facts:
    """What a round's authorities sent, as memberships of cells. Its representation shows no family and no count.

    Parameters
    ----------
    round : str
    names, regions : dict of slug to str
        Of every authority received; the region is empty where none is given.
    missing : tuple of str
        Authorities of the round whose results are not there.
    members : dict of (slug, table, category) to a set of families
        Categories without families may be left out.
    money : dict of (slug, measure) to family and whole pence
        Costed families.
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
    members: Members
    money: Money
    missing: tuple[str, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    inputs: str = ""

    def of(self, slug: str, table: str, category: str) -> frozenset[str]:
        """The families of one authority's cell."""
        return self.members.get((slug, table, category), frozenset())

    def families(self, slug: str) -> frozenset[str]:
        """All families of an authority."""
        return self.of(slug, "families", "costed") | self.of(slug, "families", "not_costed")

    def __repr__(self) -> str:
        return f"Facts of round {self.round}: {len(self.names)} authorities"


def collect(root: Root, round_name: str, rules: Rules, salt: bytes) -> Facts:
    """Read a round's processed tables.

    Parameters
    ----------
    root : Root
    round_name : str
    rules : Rules
    salt : bytes
        The register's own; without it a family's hash cannot be made from its pseudonym.

    Raises
    ------
    LarcError
        No authority's params name the round, or none has results; exit code 2, or 4.
    """
    everyone = params.load_authorities(root, params.list_authorities(root))
    round_of = {
        slug: found
        for slug, found in everyone.items()
        if (found.round or codes.DEFAULT_ROUND) == round_name
    }
    if not round_of:
        raise LarcError(f"No authority's params name the round '{round_name}'.")
    paths = {
        slug: [root.processed(slug) / f"{name}.parquet" for name in NEEDED] for slug in round_of
    }
    received = [slug for slug in round_of if all(path.is_file() for path in paths[slug])]
    if not received:
        raise LarcError(
            f"No authority of the round '{round_name}' has results yet. Run larcnb batch{root.option} first.",
            exit_code=WITHHELD,
        )
    theme = (
        load_library(root).futures.drop_duplicates("future").set_index("future")["theme"].to_dict()
    )
    members: dict[tuple[str, str, str], set[str]] = {}
    money: dict[tuple[str, str], dict[str, int]] = {}
    for slug in received:
        frames = {
            name: pd.read_parquet(path) for name, path in zip(NEEDED, paths[slug], strict=True)
        }
        accept_at = params.assumptions_for(root, round_of[slug]).accept_at
        _count(slug, frames, theme, accept_at, rules, salt, members, money)
    found = {slug: round_of[slug] for slug in received}
    about, refused = _comparable(root, found)
    return Facts(
        round_name,
        {slug: authority.name for slug, authority in found.items()},
        {slug: authority.region for slug, authority in found.items()},
        {cell: frozenset(families) for cell, families in members.items()},
        money,
        tuple(slug for slug in round_of if slug not in found),
        about,
        refused,
        _fingerprint(path for slug in received for path in paths[slug]),
    )


def family_hash(salt: bytes, authority: str, case_id: str, started: object) -> str:
    """A family's hash: the same for the same authority, pseudonym (however written) and first day.

    Examples
    --------
    >>> family_hash(b"s", "la-01", "C-1 ", "2010-11-01") == family_hash(b"s", "la-01", "c-1", "2010-11-01")
    True
    """
    written = unicodedata.normalize("NFKC", case_id).strip().casefold()
    text = "\0".join([authority, written, str(started)])
    return hmac.new(salt, text.encode(), hashlib.sha256).hexdigest()[:16]


def _count(slug, frames, theme, accept_at, rules, salt, members, money) -> None:
    cases = frames["cases"]
    started = pd.to_datetime(cases["started"]).dt.strftime("%Y-%m-%d")
    key = {
        case: family_hash(salt, slug, case, day)
        for case, day in zip(cases["case_id"], started, strict=True)
    }

    def put(table: str, category: str, case: str) -> None:
        members.setdefault((slug, table, category), set()).add(key[case])

    for row in cases.itertuples():
        put("families", "costed" if row.costed == "yes" else "not_costed", row.case_id)
        if row.costed == "yes":
            put("savings", band_of(row.saving_long, rules.saving_bands), row.case_id)
            for measure in MONEY:
                pence = round(getattr(row, measure.column) * 100)
                money.setdefault((slug, measure.name), {})[key[row.case_id]] = pence
    for row in frames["needs"].itertuples():
        put("needs", f"{row.subject}.{row.need}", row.case_id)
    for row in frames["interventions"].itertuples():
        if row.status == "delivered":
            put("support", row.support, row.case_id)
    enough = list(codes.LIKELIHOOD)[list(codes.LIKELIHOOD).index(accept_at) :]
    for row in frames["moderation"].itertuples():
        if row.accepted == "yes" and row.likelihood in enough:
            put("futures", theme[row.future], row.case_id)


def _comparable(
    root: Root, found: Mapping[str, params.Authority]
) -> tuple[dict[str, str], dict[str, str]]:
    """Words for the pages, and the tables that authorities with unlike prices or assumptions cannot share."""
    used = {slug: params.assumptions_for(root, authority) for slug, authority in found.items()}
    bases = sorted({authority.price_base for authority in found.values()})
    presets = sorted(
        {codes.PRESET.get(authority.preset, authority.preset) for authority in found.values()}
    )
    own = sorted({params.own_values(authority.overrides) for authority in found.values()} - {""})
    whose = "own values" + (
        "" if all(each.overrides for each in found.values()) else " of some authorities"
    )
    alike = len({repr(assumptions) for assumptions in used.values()}) == 1
    refused = {}
    if len(bases) > 1:
        refused = dict.fromkeys(
            ("costs", "savings"), f"Authorities give prices of {' and '.join(bases)}."
        )
    if not alike:
        refused.setdefault("savings", "Authorities use unlike assumptions.")
    first = next(iter(found))
    notices = [root.notice(slug) for slug in found]
    about = {
        "price_base": " and ".join(bases),
        "preset": " and ".join(presets) + (f" with {whose} ({'; '.join(own)})" if own else ""),
        "wording": found[first].wording if len({a.wording for a in found.values()}) == 1 else "caf",
        "long_years": str(used[first].long_years) if alike else "",
        "notice": codes.notice_of(notices),
    }
    return about, refused


def _fingerprint(paths) -> str:
    whole = hashlib.sha256()
    for path in paths:
        whole.update(
            f"{path.parent.name}/{path.name}\0".encode()
            + hashlib.sha256(Path(path).read_bytes()).digest()
        )
    return whole.hexdigest()
