"""The plan: which authorities and notebooks a batch covers, and which of them need running.

In: a :class:`Request` as the command gave it. Out: :class:`~larcnb.runner.notebooks.Job` objects with the fingerprint
of everything they rest on, compared with the record of what lies there. Decided by content alone, never by file times.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import takewhile
from typing import Any

from larcnb import codes, params
from larcnb.errors import LarcError
from larcnb.files import digest, hash_file, read_json
from larcnb.root import Root
from larcnb.runner import outputs
from larcnb.runner.fingerprints import authority_fingerprint, shared_fingerprint
from larcnb.runner.notebooks import Job, Notebook, find_notebooks, select_notebooks

REPRODUCTION, REPRODUCED = "12", "larc4"
"""The notebook that reproduces a published round, and the only round it runs for."""
CASES = "processed/cases.parquet"


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
        Notebooks by number or name; empty for all.
    limit : int
        At most this many authorities, in alphabetical order; 0 for all.
    jobs : int
        How many run at a time.
    force : bool
        Run what is unchanged too.
    strict : bool
        Begin nothing unless all returns and notebooks are in order, and stop at the first failure.
    engine : str
        How notebooks run: ``auto`` is ``forkserver`` on Linux and ``spawn`` elsewhere; ``kernel`` is papermill's own.
    timeout : float
        Seconds a notebook may take; 0 for no limit.
    consortium : bool
        Whether the consortium's notebooks run after the authorities'.
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
    scheduler: str = ""


@dataclass(frozen=True)
class Plan:
    """What a batch does: authorities in alphabetical order, and perhaps a consortium.

    Parameters
    ----------
    request : Request
    authorities : tuple of Job
        With the notebooks that read the authority's own data alone.
    readers : tuple of Notebook
        Those after them, which also read the round's other authorities and run when all of these are in place.
    round : str
        Whose consortium notebooks run; blank for none.
    consortium, consortium_all : tuple of Notebook
        Those asked for, and all there are for the round.
    params : dict of slug to Authority
        Of the authorities asked for.
    rounds : dict of round to slugs
        All authorities of the root; one whose params break a rule is of none.
    shared : str
        Fingerprint of what every authority shares.
    there : function of a job's name
        :func:`larcnb.runner.outputs.hashes`, each read once until ``cache_clear()``.
    note : str
        What is left out, for the last screen.
    """

    request: Request
    authorities: tuple[Job, ...]
    readers: tuple[Notebook, ...]
    round: str
    consortium: tuple[Notebook, ...]
    consortium_all: tuple[Notebook, ...]
    params: Mapping[str, params.Authority]
    rounds: Mapping[str, list[str]]
    shared: str
    there: Any
    note: str


def make_plan(request: Request) -> Plan:
    """Work out what a request covers.

    Raises
    ------
    LarcError
        A notebook, an authority's params, a name given or the choice itself is wrong; exit code 2.
    """
    root = request.root
    notebooks = find_notebooks(root.notebooks)
    picked = {nb for word in request.only for nb in select_notebooks(notebooks, word)}
    chosen = [nb for nb in notebooks if nb in picked or not request.only]
    given = _choose(root, request.authorities, request.round)
    rounds = _by_round(_readable(root, given) | given)
    its = {authority.round_name for authority in given.values()}
    round_name, note = request.round or (its.pop() if len(its) == 1 else ""), ""
    if not round_name:
        note = "They are of several rounds: name one with --round for its consortium."
    elif not (request.round or request.authorities):
        note = _left_out(root, rounds, given)
    last = max((nb.name for nb in chosen if not nb.consortium), default="")
    wanted = tuple(nb for nb in notebooks if nb.name <= last)  # a round's come after all of them
    alone = tuple(takewhile(lambda nb: not nb.reads_round, wanted))
    shared, authorities = shared_fingerprint(root), []
    for slug in sorted(given)[: request.limit or None] if wanted else []:
        fingerprints = chain(authority_fingerprint(root, slug, shared), alone)
        authorities.append(Job(slug, given[slug].name, given[slug].round_name, alone, fingerprints))
    of_round = [nb for nb in notebooks if nb.consortium and round_name]
    if round_name != REPRODUCED:
        of_round = [nb for nb in of_round if not nb.name.startswith(REPRODUCTION)]
    asked = tuple(nb for nb in of_round if nb in chosen and request.consortium)
    work = {"authorities": tuple(authorities), "readers": wanted[len(alone) :]}
    work |= {"round": round_name, "consortium": asked, "consortium_all": tuple(of_round)}
    work["there"] = cache(partial(outputs.hashes, root))
    return Plan(request, **work, params=given, rounds=rounds, shared=shared, note=note)


def chain(start: str, notebooks: Iterable[Notebook]) -> dict[str, str]:
    """Fingerprint notebooks that each read what the ones before wrote: a change anywhere before one changes it too.

    Parameters
    ----------
    start : str
        Fingerprint of the inputs of the first.
    notebooks : iterable of Notebook
        In the order they run.

    Examples
    --------
    >>> from pathlib import Path
    >>> first, second = (Notebook(name, Path(), source="a") for name in ("01_clean", "02_price"))
    >>> before, after = chain("x", [first, second]), chain("x", [first, replace(second, source="b")])
    >>> before["01_clean"] == after["01_clean"], before["02_price"] == after["02_price"]
    (True, False)
    """
    fingerprints, last = {}, start
    for notebook in notebooks:
        last = fingerprints[notebook.name] = digest([last, notebook.name, notebook.source])
    return fingerprints


def rounds_of(root: Root) -> dict[str, list[str]]:
    """The rounds there are with their authorities, both in alphabetical order; a blank round is the default one.

    Raises
    ------
    LarcError
        An authority's params break a rule; exit code 2.
    """
    return _by_round(params.load_authorities(root, params.list_authorities(root)))


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


def with_round(plan: Plan) -> Iterator[Job]:
    """The authorities' jobs with the ``readers`` too, if any, fingerprinted on the cases in their round now."""
    jobs, readers = plan.authorities if plan.readers else (), plan.readers
    its = {job.round for job in jobs}
    cases = {name: digest(_cases_of(plan, plan.rounds[name])) for name in its}
    for job in jobs:
        start = digest([*job.fingerprints.values(), cases[job.round]])
        fingerprints = {**job.fingerprints, **chain(start, readers)}
        notebooks = (*job.notebooks, *readers)
        yield replace(job, notebooks=notebooks, fingerprints=fingerprints)


def consortium_job(plan: Plan) -> Job:
    """The consortium's job, fingerprinted on what its members' folders hold now, and on the cases of the other rounds
    that a study published, which its pages show beside its own.

    Its notebooks do not read each other's results: those not asked for stay where they are up to date.
    """
    root, name = plan.request.root, f"consortium/{plan.round}"
    published = params.published_rounds(root) - {plan.round}
    others = [slug for other in published for slug in plan.rounds.get(other, ())]
    members = {}
    for slug in plan.rounds[plan.round]:
        there = plan.there(slug).items()
        results = {file: sha for file, sha in there if file.startswith("processed/")}
        members[slug] = [results, authority_fingerprint(root, slug, plan.shared)]
    start = digest({"round": plan.round, "members": members, "others": _cases_of(plan, others)})
    fingerprints = {nb.name: digest([start, nb.name, nb.source]) for nb in plan.consortium_all}
    job = Job(name, f"round {plan.round}", plan.round, plan.consortium_all, fingerprints)
    left = set(to_run(plan, job, force=False).todo).difference(plan.consortium)
    notebooks = tuple(nb for nb in job.notebooks if nb not in left)
    fingerprints = {nb.name: fingerprints[nb.name] for nb in notebooks}
    return replace(job, notebooks=notebooks, fingerprints=fingerprints)


def to_run(plan: Plan, job: Job, force: bool) -> Job:
    """The job with what of it must run, and what is kept.

    Nothing is to run where its outputs are those its inputs give, byte for byte, unless ``force``.
    """
    record, kept = outputs.record_of(plan.request.root, job.name), []
    if not force:
        there, chained = plan.there(job.name), not job.is_consortium
        kept = outputs.kept_notebooks(record, job.fingerprints, there, chained)
    todo = tuple(nb for nb in job.notebooks if nb.name not in kept)
    return replace(job, todo=todo, kept={name: record[name] for name in kept})


def states(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """Say of each job whether its outputs are those that its inputs give; a batch may run at the same time.

    Yields
    ------
    (job, state, name)
        State is ``up to date``, ``to be run`` (never was, or an input has changed) or ``to be run from``
        the first notebook that an input's change reaches; with ``refused`` or ``failed`` last time.
    """
    last = last_run(plan.request.root).get("jobs", {})
    authorities = list(with_round(plan)) or plan.authorities
    consortium = [consortium_job(plan)] if plan.consortium else []
    for each in (*authorities, *consortium):
        job = to_run(plan, each, force=False)
        state = "to be run" if job.todo else "up to date"
        if job.todo and job.kept:
            state += f" from {job.todo[0].name[:2]}"
        ended = last.get(job.name, {}).get("status", "")
        if ended in ("refused", "failed"):
            state += f", {ended} before"
        yield job.name, state, job.title


def last_run(root: Root) -> dict[str, Any]:
    """What ``reports/run.json`` says of the root's last run; empty for none."""
    return read_json(root.reports / "run.json")


def _cases_of(plan: Plan, slugs: Iterable[str]) -> dict[str, list[str]]:
    """All of other authorities that is read where rounds or neighbours are set side by side: cases and params."""
    cases = {slug: plan.there(slug).get(CASES, "") for slug in slugs}
    folder = plan.request.root.params
    return {slug: [sha, hash_file(folder / f"{slug}.yaml")] for slug, sha in cases.items()}


def _choose(root: Root, slugs: Sequence[str], round_name: str) -> dict[str, params.Authority]:
    """The authorities a command covers: those named, those of a round, or the root's default set.

    The default set is the authorities of the workbook's default round or of none; where the root has none
    of these, every authority with params.

    Raises
    ------
    LarcError
        There are no params at all, none of the round, a slug has none, or some break a rule; exit code 2.
    """
    everyone = params.load_authorities(root, slugs or params.list_authorities(root))
    if not everyone:
        todo = "Write params/<authority>.yaml for the first authority."
        raise LarcError(f"There are no params yet. {todo}")
    wanted = round_name or codes.DEFAULT_ROUND
    of_round = {slug: a for slug, a in everyone.items() if a.round_name == wanted}
    if round_name and not (of_round and (of_round == everyone or not slugs)):
        rounds = _named(_by_round(everyone), "and")
        who = "Not every authority named" if of_round else "No authority"
        raise LarcError(f"{who} is of round {round_name}. There are: {rounds}.")
    return everyone if slugs else of_round or everyone


def _by_round(authorities: Mapping[str, params.Authority]) -> dict[str, list[str]]:
    rounds: dict[str, list[str]] = {}
    for slug in sorted(authorities):
        rounds.setdefault(authorities[slug].round_name, []).append(slug)
    return dict(sorted(rounds.items()))


def _readable(root: Root, but: Iterable[str]) -> dict[str, params.Authority]:
    """The other authorities whose params break no rule."""
    readable: dict[str, params.Authority] = {}
    for slug in set(params.list_authorities(root)).difference(but):
        with contextlib.suppress(LarcError):
            readable |= params.load_authorities(root, [slug])
    return readable


def _left_out(root: Root, rounds: Mapping[str, list[str]], given: Iterable[str]) -> str:
    """What a command that was told no round leaves out."""
    others = [name for name, slugs in rounds.items() if set(slugs).isdisjoint(given)]
    said = [f"Left out, being of another round: {_named(others, 'and')}."] if others else []
    if files := params.unread_files(root):
        names = ", ".join(f"params/{name}" for name in files)
        said.append(f"Not read, not ending in .yaml: {names}.")
    return " ".join(said)


def _named(rounds: Iterable[str], last: str) -> str:
    return f" {last} ".join(f"--round {name}" for name in rounds)
