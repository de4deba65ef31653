"""The commands and their options. Each reads its options, calls one module and gives back an exit code."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from larcnb import codes
from larcnb.cli import imports, money
from larcnb.cli.money import RootOption
from larcnb.errors import LarcError, not_permitted
from larcnb.root import check_slug, find_root

OUR_FAULT, INTERRUPTED = 70, 130
EDITIONS = ("internal", "public")
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2

app = typer.Typer(
    name="larcnb",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="LARC's costing of early help (CAF) episodes, as a reproducible workbook.",
)
app.add_typer(imports.group, name="import")


def argument(help: str) -> Any:
    """What stands after a command's name, without an option's name."""
    return typer.Argument(help=help, show_default=False)


def option(name: str, help: str, *more: str, **limits: Any) -> Any:
    """What is given by name."""
    return typer.Option(name, *more, help=help, **limits)


RoundOption = Annotated[str, option("--round", "A round, such as larc4.")]
Slug = Annotated[str, argument("A slug, such as la-01.")]
Slugs = Annotated[list[str] | None, argument("Slugs, such as la-01.")]
ForceOption = Annotated[bool, option("--force", "Run what is unchanged too.")]
Engine = Annotated[str, option("--engine", "How notebooks run: auto, forkserver, spawn or kernel.")]
Timeout = Annotated[float, option("--timeout", "Seconds a notebook may take; 0: no limit.", min=0)]
VintageOption = Annotated[str, option("--vintage", "current, or larc4: prices of 2008 to 2014.")]


def safely(command: Callable[..., int]) -> Callable[..., None]:
    """Turn what a command returns or raises into an exit code, with words that are safe to show."""

    @functools.wraps(command)
    def run(*arguments: object, **options: object) -> None:
        try:
            code = command(*arguments, **options)
        except KeyboardInterrupt:
            code = _complain("Interrupted.", INTERRUPTED)
        except (LarcError, PermissionError) as error:
            refused = not_permitted(error) if isinstance(error, PermissionError) else error
            code = _complain(refused, refused.exit_code)
        except Exception as error:
            code = _complain(_our_fault(error, str(options.get("root", ""))), OUR_FAULT)
        raise typer.Exit(code)

    return run


def command(name: str | None = None, **settings: Any) -> Callable[..., Any]:
    """Make a function a command of its name."""
    return lambda work: app.command(name, **settings)(safely(work))


@command()
def run(
    authority: Slug,
    force: ForceOption = False,
    engine: Engine = "auto",
    timeout: Timeout = 900,
    root: RootOption = "",
) -> int:
    """Run one authority's notebooks and make its pages."""
    from larcnb.cli.compare import keep_run
    from larcnb.runner.plan import last_run

    options = {"force": force, "engine": engine, "timeout": timeout, "jobs": 1, "consortium": False}
    where, slugs = find_root(root), (check_slug(authority),)
    code = _batch(_request(where, authorities=slugs, **options))
    if code == 0:
        keep_run(where, authority)
    entry = last_run(where).get("units", {}).get(authority, {})
    return entry.get("exit_code", code) if code == 1 else code


@command()
def batch(
    authorities: Slugs = None,
    jobs: Annotated[int, option("--jobs", "Worker processes.", "-j", min=1, max=256)] = CORES,
    only: Annotated[list[str] | None, option("--only", "This notebook (04) or authority.")] = None,
    limit: Annotated[int, option("--limit", "At most this many authorities; 0: all.", min=0)] = 0,
    round_name: RoundOption = "",
    force: ForceOption = False,
    strict: Annotated[bool, option("--strict", "Stop at the first thing wrong.")] = False,
    edition: Annotated[str, option("--edition", "internal; public: both.")] = "internal",
    engine: Engine = "auto",
    timeout: Timeout = 900,
    scheduler: Annotated[str, option("--scheduler", "Address of a dask scheduler to run on.")] = "",
    root: RootOption = "",
) -> int:
    """Run every authority and the round, and make all pages."""
    _check_known("edition", edition, EDITIONS)
    chosen = {"authorities": tuple(authorities or ()), "only": tuple(only or ()), "limit": limit}
    how = {"jobs": jobs, "force": force, "strict": strict, "engine": engine, "timeout": timeout}
    chosen |= {"round": round_name, "scheduler": scheduler}
    request = _request(find_root(root), **chosen, **how)
    if edition == "internal":
        return _batch(request)
    from larcnb.cli.release import public_batch

    return public_batch(request, _batch, _say)


@command()
def verify(
    page: Annotated[str, argument("A page, such as reports/la-01/04_findings.html.")],
    root: RootOption = "",
) -> int:
    """Check a page against its inputs.

    Says whether it is as it was written, and which figures are no longer reproduced.
    """
    from larcnb.cli.output import saying
    from larcnb.publish.verify import verify_page

    with saying() as at:
        return verify_page(find_root(root), Path(page), _say, at)


@command()
def publish(
    round_name: RoundOption = "",
    approve: Annotated[list[str] | None, option("--approve", "Who has read the report.")] = None,
    root: RootOption = "",
) -> int:
    """Prepare a public release of a round; release it.

    With two approvers' names, its public pages are made.
    """
    from larcnb.cli.release import publish_round

    return publish_round(find_root(root), round_name, tuple(approve or ()), _say)


@command("list")
def list_authorities(round_name: RoundOption = "", root: RootOption = "") -> int:
    """List the authorities, and what is up to date."""
    from larcnb.runner.plan import Request, make_plan, rounds_of, states

    where = find_root(root)
    names = [round_name] if round_name else list(rounds_of(where)) or [""]
    for name in names:
        request = Request(where, round=name)
        rows = states(request, make_plan(request))
        if len(names) > 1:
            _say(f"Round {name}:")
        width = max(len(row[0]) for row in rows)
        for unit, state, title in rows:
            _say(f"{unit:<{width}}  {state:<22}  {title}")
    return 0


@command()
def check(
    authorities: Slugs = None,
    national: Annotated[bool, option("--national", "Name unit costs to look at.")] = False,
    root: RootOption = "",
) -> int:
    """Say everything that is wrong with params and returns."""
    from larcnb.cli.checks import check_returns
    from larcnb.cli.output import saying

    where = find_root(root)
    if national:
        _say(*money.national_costs(where))
    elif not authorities:
        raise LarcError("Name an authority: larcnb check la-01.")
    slugs = [check_slug(slug) for slug in authorities or ()]
    with saying() as at:
        return check_returns(where, slugs, _say, at)


@command()
def new(
    authority: Annotated[str, argument("Its slug, such as la-13.")],
    name: Annotated[str, option("--name", "Its name in words.")] = "",
    vintage: VintageOption = "current",
    from_csv: Annotated[str, option("--from-csv", "A folder of tables to fill it with.")] = "",
    episodes: Annotated[str, option("--episodes", "Cases: ssd_early_help_episodes, Annex A.")] = "",
    real: Annotated[str, option("--authority", "A real authority's name or code.")] = "",
    root: RootOption = "",
) -> int:
    """Begin an authority: its params and a return workbook to fill in."""
    from larcnb.cli.new import new_authority

    _check_known("vintage", vintage, codes.VINTAGE)
    given = authority, name, vintage, from_csv, episodes, real
    return _say(*new_authority(find_root(root), *given))


@command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(context: typer.Context, root: RootOption = "") -> int:
    """Open the notebooks in JupyterLab.

    Other options are JupyterLab's own, such as --no-browser.
    """
    from larcnb.cli.lab import run_lab

    return run_lab(find_root(root), context.args)


@command()
def compare(
    old: Annotated[str, argument("An authority; or, with NEW, a root.")],
    new: Annotated[str, argument("A root.")] = "",
    authority: Annotated[list[str] | None, option("--authority", "Only this, or these.")] = None,
    england: Annotated[bool, option("--england", "Split the difference from England.")] = False,
    root: RootOption = "",
) -> int:
    """Say what moved between two runs, and why.

    Since an authority's last run, or between two folders.
    """
    from larcnb.cli.compare import lines, since_last
    from larcnb.cli.output import saying

    if england:
        from larcnb.compare import beside_england

        return _say(*beside_england(find_root(root), old))
    with saying() as at:
        slugs = list(authority or ())
        for line in lines(old, new, slugs, at) if new else since_last(find_root(root), old, at):
            _say(line)
    return 0


@command()
def synth(
    target: Annotated[str, argument("A new folder.")] = "",
    authorities: Annotated[int, option("--authorities", "1 to 999.")] = 12,
    cases: Annotated[int, option("--cases", "In each authority.")] = 40,
    seed: Annotated[int, option("--seed", "The same seed gives the same files.")] = 1,
    vintage: VintageOption = "larc4",
    root: RootOption = "",
) -> int:
    """Create synthetic test data of any size."""
    from larcnb.synth import write_root

    _check_known("vintage", vintage, codes.VINTAGE)
    if not (target or root):
        raise LarcError("Name the new folder: larcnb synth FOLDER.")
    slugs = write_root(Path(target or root), authorities, cases, seed, vintage)
    return _say(f"{len(slugs)} authorities with {cases} cases each: {slugs[0]} to {slugs[-1]}.")


app.command(short_help="Make a page of an authority's published figures.")(safely(money.profile))


def _request(where: Any, **options: Any) -> Any:
    from larcnb.runner.plan import Request
    from larcnb.runner.pool import ENGINES

    _check_known("engine", options["engine"], ENGINES)
    return Request(where, **options)


def _check_known(what: str, word: str, known: Iterable[str]) -> None:
    if word not in known:
        raise LarcError(f"There is no {what} '{word}'. Known: {', '.join(known)}.")


def _batch(request: Any) -> int:
    from larcnb.cli.checks import check_authority, check_national
    from larcnb.runner.batch import Checks, run_batch
    from larcnb.runner.screen import display

    return run_batch(request, Checks(check_national, check_authority), display(sys.stdout))


def _say(*lines: str) -> int:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def _complain(words: object, code: int) -> int:
    sys.stderr.write(f"{words}\n")
    return code


def _our_fault(error: Exception, root: str) -> str:
    """Safe words for a bug, and the traceback in a private log."""
    import hashlib
    import traceback

    from larcnb.files import private_file

    full = "".join(traceback.format_exception(error))
    reference = hashlib.sha256(full.encode("utf-8", "replace")).hexdigest()[:8]
    words = f"An unexpected error ({type(error).__name__}, reference {reference})."
    try:
        where, log = find_root(root), f"private/logs/command-{reference}.log"
        private_file(where.path / log, full)
    except (LarcError, OSError):
        return words
    return f"{words} The details are in {where.said(log)}."
