"""The plan: which authorities and notebooks a batch covers, and which of them need running.

In: a :class:`Request` as the command gave it. Out: :class:`Unit` objects with the fingerprint of everything
they rest on, compared with the record of what lies there. Decided by content alone, never by file times.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from larcnb import codes
from larcnb.errors import LarcError
from larcnb.files import digest, hash_file, read_json
from larcnb.params import (
    Authority,
    list_authorities,
    load_authorities,
    passed_over,
    published_rounds,
)
from larcnb.root import Root
from larcnb.runner import outputs
from larcnb.runner.fingerprints import (
    authority_fingerprint,
    chain,
    notebook_source,
    shared_fingerprint,
)
from larcnb.runner.job import Unit
from larcnb.runner.notebooks import Notebook, find_notebooks, select_notebooks

REPRODUCTION = ("12", "larc4")
"""The notebook that reproduces a published round, and the only round it runs for."""


@dataclass(frozen=True)
class Request:
    """What was asked for.

    Parameters
    ----------
    root : Root
    authorities : tuple of str
        Slugs; empty for the default set.
    round : str
        A round's name; empty for the workbook's default round.
    only : tuple of str
        Notebooks by number or name, or slugs; empty for all.
    limit : int
        At most this many authorities, in alphabetical order; 0 for all.
    jobs : int
        How many run at a time.
    force : bool
        Run what is unchanged too.
    strict : bool
        Begin nothing unless all returns and notebooks are in order, and stop at the first failure.
    engine : str
        See :data:`larcnb.runner.pool.ENGINES`.
    timeout : float
        Seconds a notebook may take; 0 for no limit.
    consortium : bool
        Whether the consortium's notebooks run after the authorities'.
    edition : str
    scheduler : str
        Address of a dask scheduler whose workers run the authorities; empty for this machine.
    """

    root: Root
    authorities: tuple[str, ...] = ()
    round: str = ""
    only: tuple[str, ...] = ()
    limit: int = 0
    jobs: int = 2
    force: bool = False
    strict: bool = False
    engine: str = "auto"
    timeout: float = 900.0
    consortium: bool = True
    edition: str = "internal"
    scheduler: str = ""


@dataclass(frozen=True)
class Plan:
    """The units of a batch: authorities in alphabetical order, and perhaps a consortium.

    An authority's unit holds the notebooks that read its own data alone; ``readers`` are those after them, which also
    read the round's other authorities and run when all of these are in place (:func:`with_round`). ``rounds`` has every
    authority of each round, also those not asked for; one whose params break a rule is of none.
    """

    authorities: tuple[Unit, ...]
    readers: tuple[Notebook, ...]
    whole: bool
    round: str
    consortium: tuple[Notebook, ...]
    consortium_all: tuple[Notebook, ...]
    params: Mapping[str, Authority]
    rounds: Mapping[str, list[str]]
    shared: str
    present: Any
    note: str = ""


def make_plan(request: Request) -> Plan:
    """Work out what a request covers.

    Raises
    ------
    LarcError
        A notebook, an authority's params, a name given or the choice itself is wrong; exit code 2.
    """
    root = request.root
    notebooks = find_notebooks(root.notebooks)
    chosen, narrowed = _narrow(request, notebooks)
    params = choose_authorities(root, narrowed, request.round)
    rounds = _by_round({**_readable(root, params), **params})
    round_name, note = _round_of(params, request.round)
    if not (narrowed or request.round):
        note = note or _others(root, rounds, params)
    per_authority = [nb for nb in notebooks if not nb.consortium]
    last = max((nb.name for nb in chosen if not nb.consortium), default="")
    wanted = tuple(nb for nb in per_authority if nb.name <= last)
    alone = tuple(takewhile(lambda nb: not nb.reads_round, wanted))
    whole = len(wanted) == len(per_authority)
    sources = [(nb.name, notebook_source(nb.path)) for nb in alone]
    shared, units = shared_fingerprint(root), []
    for slug in sorted(params)[: request.limit or None] if wanted else []:
        prints = chain(authority_fingerprint(root, slug, shared), sources)
        all_alone = whole and alone == wanted
        round_of = round_or_default(params[slug])
        units.append(Unit(slug, slug, params[slug].name, round_of, alone, prints, all_alone))
    number, its_round = REPRODUCTION
    fitting = tuple(
        nb
        for nb in notebooks
        if nb.consortium
        and round_name
        and (round_name == its_round or not nb.name.startswith(number))
    )
    return Plan(
        authorities=tuple(units),
        readers=wanted[len(alone) :],
        whole=whole,
        round=round_name,
        consortium=tuple(nb for nb in fitting if nb in chosen and request.consortium),
        consortium_all=fitting,
        params=params,
        rounds=rounds,
        shared=shared,
        present=outputs.present(root),
        note=note,
    )


def round_or_default(authority: Authority) -> str:
    """An authority's round; a blank one is the default."""
    return authority.round or codes.DEFAULT_ROUND


def choose_authorities(root: Root, slugs: tuple[str, ...], round_name: str) -> dict[str, Authority]:
    """The authorities a command covers: those named, those of a round, or the root's default set.

    The default set is the authorities of the workbook's default round or of none; where the root has none
    of these, every authority with params.

    Raises
    ------
    LarcError
        There are no params at all, none of the round, a slug has none, or some break a rule; exit code 2.
    """
    if slugs:
        found = load_authorities(root, slugs)
        others = sorted(slug for slug, a in found.items() if a.round not in ("", round_name))
        if round_name and others:
            words = f"Not in round {round_name}: {', '.join(others)}."
            raise LarcError(f"{words} Leave --round out, or name others.")
        return found
    everyone = load_authorities(root, list_authorities(root))
    if not everyone:
        raise LarcError(
            "There are no params yet. Write params/<authority>.yaml for the first authority."
        )
    wanted = round_name or codes.DEFAULT_ROUND
    found = {slug: a for slug, a in everyone.items() if round_or_default(a) == wanted}
    if round_name and not found:
        rounds = ", ".join(sorted({a.round for a in everyone.values() if a.round})) or "none"
        raise LarcError(f"No authority is of round {round_name}. Rounds there are: {rounds}.")
    return found or everyone


def rounds_of(root: Root) -> dict[str, list[str]]:
    """The rounds there are with their authorities, both in alphabetical order; a blank round is the default one.

    Raises
    ------
    LarcError
        An authority's params break a rule; exit code 2.
    """
    return _by_round(load_authorities(root, list_authorities(root)))


def _by_round(params: Mapping[str, Authority]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for slug in sorted(params):
        found.setdefault(round_or_default(params[slug]), []).append(slug)
    return dict(sorted(found.items()))


def the_round(root: Root) -> str:
    """The one round there is.

    Raises
    ------
    LarcError
        There are several, which are named; exit code 2.
    """
    rounds = rounds_of(root)
    if len(rounds) > 1:
        raise LarcError(f"There are several rounds; say which one: {_named(rounds, 'or')}.")
    return next(iter(rounds), codes.DEFAULT_ROUND)


def with_round(root: Root, plan: Plan) -> tuple[Unit, ...]:
    """The authorities' units with their ``readers`` too, fingerprinted on the cases that lie in their round now."""
    sources = [(nb.name, notebook_source(nb.path)) for nb in plan.readers]
    its = {unit.round for unit in plan.authorities if plan.readers}
    cases = {name: digest(_cases_of(root, plan.rounds[name])) for name in its}
    units = []
    for unit in plan.authorities if plan.readers else ():
        start = digest([*unit.prints.values(), cases[unit.round]])
        units.append(
            replace(
                unit,
                notebooks=(*unit.notebooks, *plan.readers),
                prints={**unit.prints, **chain(start, sources)},
                whole=plan.whole,
                settled=frozenset(unit.prints),
            )
        )
    return tuple(units)


def consortium_unit(request: Request, plan: Plan) -> Unit:
    """The consortium's unit, fingerprinted on what its members' folders hold now, and on the cases of the other rounds
    that a study published, which its pages show beside its own.

    Its notebooks do not read each other's results: those not asked for stay where they are up to date.
    """
    root, name = request.root, f"consortium/{plan.round}"
    published = published_rounds(root) - {plan.round}
    others = [slug for other in published for slug in plan.rounds.get(other, ())]
    members = {
        slug: [plan.present(slug)["processed"], authority_fingerprint(root, slug, plan.shared)]
        for slug in plan.rounds[plan.round]
    }
    cases = _cases_of(root, others)
    start = digest({"round": plan.round, "members": members, "others": cases})
    prints = {
        nb.name: digest([start, nb.name, notebook_source(nb.path)]) for nb in plan.consortium_all
    }
    record = outputs.record_of(root, name)
    kept = outputs.kept_notebooks(record, prints, plan.present(name), chained=False)
    asked = {nb.name for nb in plan.consortium}
    notebooks = tuple(nb for nb in plan.consortium_all if nb.name in asked | set(kept))
    return Unit(
        name,
        plan.round,
        f"round {plan.round}",
        plan.round,
        notebooks,
        {nb.name: prints[nb.name] for nb in notebooks},
        whole=len(notebooks) == len(plan.consortium_all),
        chained=False,
        settled=frozenset(kept) - asked,
    )


def to_run(
    request: Request, unit: Unit, present: Any
) -> tuple[list[Notebook], dict[str, Any], dict[str, Any]]:
    """What of a unit must run, and what is kept.

    Returns
    -------
    list of Notebook
        To run; empty where the unit's outputs are those its inputs give, byte for byte.
    dict of notebook to record entry
        To be kept from the last run.
    dict
        The unit's record, empty for none.
    """
    record = outputs.record_of(request.root, unit.name)
    if request.force:
        kept = sorted(unit.settled)
    else:
        found = present(unit.name)
        kept = outputs.kept_notebooks(record, unit.prints, found, unit.chained)
        if kept == list(unit.prints):
            if not unit.whole or found == record["files"]:
                return [], {}, record
            kept = []  # something lies there that no notebook wrote
    todo = [nb for nb in unit.notebooks if nb.name not in kept]
    return todo, {name: record["notebooks"][name] for name in kept}, record


def states(request: Request, plan: Plan) -> list[tuple[str, str, str]]:
    """Say of each unit whether its outputs are those that its inputs give; a batch may run at the same time.

    Returns
    -------
    list of (unit, state, name)
        State is ``up to date``, ``to be run`` (never was, or an input has changed) or ``to be run from``
        the first notebook that an input's change reaches; with ``refused`` or ``failed`` last time.
    """
    last = last_run(request.root).get("units", {})
    authorities = with_round(request.root, plan) or plan.authorities
    consortium = [consortium_unit(request, plan)] if plan.consortium else []
    rows = []
    for unit in (*authorities, *consortium):
        todo, kept, _ = to_run(request, unit, plan.present)
        state = "to be run" if todo else "up to date"
        if todo and kept:
            state += f" from {todo[0].name[:2]}"
        ended = last.get(unit.name, {}).get("status", "")
        if ended in ("refused", "failed"):
            state += f", {ended} before"
        rows.append((unit.name, state, unit.title))
    return rows


def last_run(root: Root) -> dict[str, Any]:
    """What ``reports/run.json`` says of the root's last run; empty for none."""
    return read_json(root.reports / "run.json")


def _cases_of(root: Root, slugs: Iterable[str]) -> dict[str, list[str]]:
    """All of other authorities that is read where rounds or neighbours are set side by side: cases and params."""
    return {
        slug: [
            hash_file(root.processed(slug) / "cases.parquet"),
            hash_file(root.params / f"{slug}.yaml"),
        ]
        for slug in slugs
    }


def _narrow(request: Request, notebooks: list[Notebook]) -> tuple[list[Notebook], tuple[str, ...]]:
    """Read ``--only``: slugs narrow the authorities, anything else must name notebooks."""
    known = set(list_authorities(request.root))
    slugs = [word for word in request.only if word in known]
    words = [word for word in request.only if word not in known]
    picked = {nb for word in words for nb in select_notebooks(notebooks, word)}
    chosen = [nb for nb in notebooks if nb in picked or not words]
    if not (request.authorities and slugs):
        return chosen, tuple(dict.fromkeys(request.authorities or slugs))
    named = tuple(dict.fromkeys(slug for slug in request.authorities if slug in slugs))
    if not named:
        raise LarcError("None of the authorities given is among those of --only.")
    return chosen, named


def _round_of(params: Mapping[str, Authority], asked: str) -> tuple[str, str]:
    """The one round whose consortium notebooks run, or none with the reason."""
    rounds = sorted({round_or_default(authority) for authority in params.values()})
    if asked or len(rounds) == 1:
        return asked or rounds[0], ""
    if codes.DEFAULT_ROUND in rounds:
        return codes.DEFAULT_ROUND, ""
    words = f"The authorities are of several rounds ({', '.join(rounds)})"
    return "", f"{words}: name one with --round for its consortium."


def _readable(root: Root, but: Iterable[str]) -> dict[str, Authority]:
    """The other authorities whose params break no rule."""
    found: dict[str, Authority] = {}
    for slug in set(list_authorities(root)).difference(but):
        with contextlib.suppress(LarcError):
            found |= load_authorities(root, [slug])
    return found


def _others(root: Root, rounds: Mapping[str, list[str]], params: Mapping[str, Authority]) -> str:
    """What a command that was told no round leaves out."""
    others = {name: slugs for name, slugs in rounds.items() if not params.keys() & set(slugs)}
    said = [f"Left out, being of another round: {_named(others, 'and')}."] if others else []
    if files := passed_over(root):
        names = ", ".join(f"params/{name}" for name in files)
        said.append(f"Not read, not ending in .yaml: {names}.")
    return " ".join(said)


def _named(rounds: Mapping[str, list[str]], last: str) -> str:
    words = []
    for name, slugs in rounds.items():
        more = f" and {len(slugs) - 3} more" if len(slugs) > 3 else ""
        words.append(f"--round {name} ({', '.join(slugs[:3])}{more})")
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), words[-1])))
