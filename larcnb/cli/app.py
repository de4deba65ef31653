"""The commands and their options. Each reads its options, calls one module and gives back an exit code."""

import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from larcnb.cli.output import at, safely, say
from larcnb.errors import LarcError
from larcnb.root import check_slug, find_root

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
FIGURES = {"ucd": "GMCA's Unit Cost Database v3 (.xlsx)"}
FIGURES |= {"deflators": "HM Treasury's GDP deflators (.xlsx)"}
FIGURES |= {"measures": "DfE's local authority measures (.csv)"}
"""Publishers' files that ``larcnb import`` reads."""

ABOUT = "LARC's costing of early help (CAF) episodes, as a reproducible workbook."
NAMES = {"help_option_names": ["-h", "--help"]}
PLAIN = {"add_completion": False, "rich_markup_mode": None, "pretty_exceptions_enable": False}
app = typer.Typer(name="larcnb", no_args_is_help=True, context_settings=NAMES, help=ABOUT, **PLAIN)
importing = typer.Typer(no_args_is_help=True, help="Bring in tables that others keep.")
app.add_typer(importing, name="import")


def argument(help: str, **limits: Any) -> Any:
    """What stands after a command's name, without an option's name."""
    return typer.Argument(help=help, show_default=False, **limits)


def option(name: str, help: str, **limits: Any) -> Any:
    """What is given by name."""
    return typer.Option(name, help=help, **limits)


Engine = Literal["auto", "forkserver", "spawn", "kernel"]
Edition = Literal["internal", "public"]
Vintage = Literal["current", "larc4"]
RootOption = Annotated[str, option("--root", "Of data/ and params/; default: found upward.")]
RoundOption = Annotated[str, option("--round", "A round, such as larc4.")]
Slug = Annotated[str, argument("A slug, such as la-01.")]
Slugs = Annotated[list[str] | None, argument("Slugs, such as la-01.")]
ForceOption = Annotated[bool, option("--force", "Run what is unchanged too.")]
Day = option("--until", "Day of the extract.", formats=["%Y-%m-%d"])
VintageOption = Annotated[Vintage, option("--vintage", "Unit costs; larc4: of 2008 to 2014.")]


def command(name: str | None = None, group: typer.Typer = app, **settings: Any) -> Callable:
    """Make a function a command of its name."""
    return lambda work: group.command(name, **settings)(safely(work))


@command()
def run(authority: Slug, force: ForceOption = False, root: RootOption = "") -> int:
    """Run one authority's notebooks and make its pages."""
    from larcnb.runner.plan import Request, last_run

    where, slugs = find_root(root), (authority,)
    code = _batch(Request(where, authorities=slugs, jobs=1, force=force, consortium=False))
    if code == 0:
        from larcnb.cli.compare import keep_run

        keep_run(where, authority)
    entry = last_run(where).get("jobs", {}).get(authority, {})
    return entry.get("exit_code", code) if code == 1 else code


@command()
def batch(
    authorities: Slugs = None,
    jobs: Annotated[int, option("--jobs", "Worker processes.", min=1, max=256)] = CORES,
    only: Annotated[list[str] | None, option("--only", "This notebook, such as 04.")] = None,
    limit: Annotated[int, option("--limit", "At most this many authorities; 0: all.", min=0)] = 0,
    round_name: RoundOption = "",
    force: ForceOption = False,
    strict: Annotated[bool, option("--strict", "Stop at the first thing wrong.")] = False,
    edition: Annotated[Edition, option("--edition", "public: those pages too.")] = "internal",
    engine: Annotated[Engine, option("--engine", "How notebooks run.")] = "auto",
    timeout: Annotated[float, option("--timeout", "Seconds a notebook; 0: any.", min=0)] = 900,
    scheduler: Annotated[str, option("--scheduler", "Address of a dask scheduler to run on.")] = "",
    root: RootOption = "",
) -> int:
    """Run every authority and the round, and make all pages."""
    from larcnb.runner.plan import Request

    chosen = {"authorities": tuple(authorities or ()), "only": tuple(only or ()), "limit": limit}
    how = {"jobs": jobs, "force": force, "strict": strict, "engine": engine, "timeout": timeout}
    request = Request(find_root(root), round=round_name, scheduler=scheduler, **chosen, **how)
    if edition == "internal":
        return _batch(request)
    from larcnb.publish.edition import public_batch

    return public_batch(request, _batch, say, at)


@command()
def verify(
    page: Annotated[Path, argument("A page, such as reports/la-01/04_findings.html.")],
    root: RootOption = "",
) -> int:
    """Check a page against its inputs.

    Says whether it is as it was written, and which figures are no longer reproduced.
    """
    from larcnb.publish.verify import verify_page

    return verify_page(find_root(root), page, say, at)


@command()
def publish(
    round_name: RoundOption = "",
    approve: Annotated[list[str] | None, option("--approve", "Who has read the report.")] = None,
    root: RootOption = "",
) -> int:
    """Prepare a public release of a round; release it.

    With two approvers' names, its public pages are made.
    """
    from larcnb.publish.edition import publish_round
    from larcnb.runner.plan import the_round

    where = find_root(root)
    return publish_round(where, round_name or the_round(where), say, at, approve or [])


@command("list")
def list_authorities(round_name: RoundOption = "", root: RootOption = "") -> int:
    """List the authorities, and what is up to date."""
    from larcnb.runner.plan import Request, make_plan, rounds_of, states

    where = find_root(root)
    names = [round_name] if round_name else list(rounds_of(where)) or [""]
    for name in names:
        rows = list(states(make_plan(Request(where, round=name))))
        if len(names) > 1:
            say(f"Round {name}:")
        width = max(len(row[0]) for row in rows)
        say(*(f"{job:<{width}}  {state:<22}  {title}" for job, state, title in rows))
    return 0


@command()
def check(
    authorities: Slugs = None,
    national: Annotated[bool, option("--national", "Name unit costs to look at.")] = False,
    root: RootOption = "",
) -> int:
    """Say everything that is wrong with params and returns."""
    from larcnb.cli.checks import check_returns, national_costs

    where = find_root(root)
    if national:
        say(*national_costs(where))
    elif not authorities:
        raise LarcError("Name an authority: larcnb check la-01.")
    return check_returns(where, list(map(check_slug, authorities or [])))


@command()
def new(
    authority: Annotated[str, argument("Its slug, such as la-13.")],
    name: Annotated[str, option("--name", "Its name in words.")] = "",
    vintage: VintageOption = "current",
    from_csv: Annotated[str, option("--from-csv", "A folder of tables to fill it with.")] = "",
    real: Annotated[str, option("--authority", "A real authority's name or code.")] = "",
    root: RootOption = "",
) -> int:
    """Begin an authority: its params and a return workbook to fill in."""
    from larcnb.cli.inputs import new_authority

    return say(*new_authority(find_root(root), authority, name, vintage, from_csv, real))


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
    england: Annotated[bool, option("--england", "Split the difference from England.")] = False,
    root: RootOption = "",
) -> int:
    """Say what moved between two runs, and why.

    Since an authority's last run, or between two folders.
    """
    from larcnb.cli.compare import compare_england, lines, since_last

    if england:
        return say(*compare_england(find_root(root), old))
    for line in lines(old, new, at) if new else since_last(find_root(root), old, at):
        say(line)
    return 0


@command()
def synth(
    target: Annotated[Path, argument("A new folder.")],
    authorities: Annotated[int, option("--authorities", "1 to 999.")] = 12,
    cases: Annotated[int, option("--cases", "In each authority.")] = 40,
    seed: Annotated[int, option("--seed", "The same seed gives the same files.")] = 1,
    vintage: VintageOption = "larc4",
) -> int:
    """Create synthetic test data of any size."""
    from larcnb.show.words import plural
    from larcnb.synth import write_root

    slugs = write_root(target, authorities, cases, seed, vintage)
    return say(f"Written: {slugs[0]} to {slugs[-1]}, with {plural(cases, 'case')} each.")


@command(short_help="Make a page of an authority's published figures.")
def profile(
    authority: Annotated[str, option("--authority", "Its name, or any code of it.")],
    root: RootOption = "",
) -> int:
    """Make a page of an authority's published costs and rates: useful before there is a return."""
    from larcnb.cli.inputs import profile_page

    where = find_root(root)
    return say(f"Wrote {where.said(profile_page(where, authority))}.")


@command("ssd", importing)
def import_records(
    source: Annotated[Path, argument("An extract's folder, or a list of episodes.", exists=True)],
    authority: Annotated[str, option("--authority", "A slug, such as la-13.")],
    until: Annotated[datetime | None, Day] = None,
    root: RootOption = "",
) -> int:
    """Read SSD tables or Annex A lists: episodes with families joined, and what happened next."""
    from larcnb.cli.inputs import import_ssd

    return say(*import_ssd(find_root(root), check_slug(authority), source, until))


def figures(
    context: typer.Context,
    file: Annotated[Path, argument("The file.", exists=True, dir_okay=False)],
    take: Annotated[bool, option("--take", "Write the national table.")] = False,
    root: RootOption = "",
) -> int:
    """Read a publisher's file, of the kind that the command is named after."""
    from larcnb.cli.inputs import import_figures

    return say(*import_figures(find_root(root), context.info_name, file, take))


for kind, what in FIGURES.items():
    command(kind, importing, help=f"{what}: what would move; --take takes it.")(figures)


def _batch(request: Any) -> int:
    from larcnb.cli import checks
    from larcnb.runner.batch import run_batch
    from larcnb.runner.screen import Lines

    return run_batch(request, checks, Lines(sys.stdout))
