"""The commands and their options. Each reads its options, calls one room and gives back an exit code."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from larcnb.errors import REFUSED, USAGE, LarcError, not_permitted

OUR_FAULT, INTERRUPTED = 70, 130
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

RootOption = Annotated[
    str, typer.Option("--root", help="Folder with data/ and params/ (default: found upward).")
]
Authorities = Annotated[
    list[str] | None, typer.Argument(help="Slugs, such as la-01.", show_default=False)
]
JobsOption = Annotated[int, typer.Option("--jobs", "-j", min=1, max=256, help="Worker processes.")]
RoundOption = Annotated[str, typer.Option("--round", help="A round, such as larc4.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Run what is unchanged too.")]
EngineOption = Annotated[
    str, typer.Option("--engine", help="How notebooks run: auto, forkserver, spawn or kernel.")
]
TimeoutOption = Annotated[
    float, typer.Option("--timeout", min=0, help="Seconds a notebook may take; 0: no limit.")
]


def safely(command: Callable[..., int]) -> Callable[..., None]:
    """Turn what a command returns or raises into an exit code, with words that are safe to show."""

    @functools.wraps(command)
    def run(*arguments: object, **options: object) -> None:
        try:
            code = command(*arguments, **options)
        except LarcError as error:
            sys.stderr.write(f"{error}\n")
            code = error.exit_code
        except KeyboardInterrupt:
            sys.stderr.write("Interrupted.\n")
            code = INTERRUPTED
        except PermissionError as error:
            refused = not_permitted(error)
            sys.stderr.write(f"{refused}\n")
            code = refused.exit_code
        except Exception as error:
            sys.stderr.write(f"{_our_fault(error, options.get('root', ''))}\n")
            code = OUR_FAULT
        raise typer.Exit(code)

    return run


@app.command()
@safely
def run(
    authority: Annotated[str, typer.Argument(help="A slug, such as la-01.", show_default=False)],
    force: ForceOption = False,
    engine: EngineOption = "auto",
    timeout: TimeoutOption = 900,
    root: RootOption = "",
) -> int:
    """Run one authority's notebooks and make its pages."""
    from larcnb.root import check_slug
    from larcnb.runner.plan import last_run

    request = _request(
        root,
        authorities=(check_slug(authority),),
        force=force,
        engine=engine,
        timeout=timeout,
        jobs=1,
        consortium=False,
    )
    code = _batch(request)
    if code == 0:
        from larcnb.cli.kept import keep_run

        keep_run(request.root, authority)
    entry = last_run(request.root).get("units", {}).get(authority, {})
    return entry.get("exit_code", code) if code == 1 else code


@app.command(short_help="Run every authority and the round, and make all pages.")
@safely
def batch(
    authorities: Authorities = None,
    jobs: JobsOption = CORES,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Only this notebook (04) or authority.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="At most this many authorities; 0: all.")
    ] = 0,
    round_name: RoundOption = "",
    force: ForceOption = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Begin nothing, or stop, at the first thing wrong.")
    ] = False,
    edition: Annotated[
        str, typer.Option("--edition", help="internal; public: public pages too.")
    ] = "internal",
    engine: EngineOption = "auto",
    timeout: TimeoutOption = 900,
    scheduler: Annotated[
        str, typer.Option("--scheduler", help="Address of a dask scheduler to run on.")
    ] = "",
    root: RootOption = "",
) -> int:
    """Run every authority's notebooks, then the consortium's, and make all pages."""
    if edition not in ("internal", "public"):
        raise LarcError(f"There is no edition '{edition}'. Known: internal, public.")
    request = _request(
        root,
        authorities=tuple(authorities or ()),
        jobs=jobs,
        only=tuple(only or ()),
        limit=limit,
        round=round_name,
        force=force,
        strict=strict,
        engine=engine,
        timeout=timeout,
        scheduler=scheduler,
    )
    if edition == "internal":
        return _batch(request)
    from larcnb.cli.edition import public_batch

    return public_batch(request, _batch, _say)


@app.command(short_help="Check a page against its inputs.")
@safely
def verify(
    page: Annotated[
        str,
        typer.Argument(help="A page, such as reports/la-01/04_findings.html.", show_default=False),
    ],
    root: RootOption = "",
) -> int:
    """Check a page against its inputs: whether it is as it was written, and which figures are no longer reproduced."""
    from larcnb.cli.verify import verify_page
    from larcnb.root import find_root

    return verify_page(find_root(root), Path(page), _say)


@app.command(short_help="Prepare a public release of a round; release it.")
@safely
def publish(
    round_name: RoundOption = "",
    approve: Annotated[
        list[str] | None, typer.Option("--approve", help="Name of one who has read the report.")
    ] = None,
    root: RootOption = "",
) -> int:
    """Prepare a public release of a round; with two approvers' names, make its public pages."""
    from larcnb.cli.edition import publish_round
    from larcnb.root import find_root

    return publish_round(find_root(root), round_name, tuple(approve or ()), _say)


@app.command("list", short_help="List the authorities, and what is up to date.")
@safely
def list_units(round_name: RoundOption = "", root: RootOption = "") -> int:
    """List the authorities, round by round, and whether their pages are up to date."""
    from larcnb.root import find_root
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


@app.command(short_help="Say everything that is wrong with params and returns.")
@safely
def check(
    authorities: Annotated[
        list[str], typer.Argument(help="Slugs, such as la-01.", show_default=False)
    ],
    root: RootOption = "",
) -> int:
    """Read params, national tables and returns, and say everything that is wrong with them."""
    from larcnb.cli.checks import check_all, hand_back, verdict
    from larcnb.cli.output import saying
    from larcnb.returns.quality import records
    from larcnb.root import check_slug, find_root
    from larcnb.workbook import write_results

    where = find_root(root)
    slugs = [check_slug(slug) for slug in authorities]
    with saying() as at:
        shared, returns = check_all(where, slugs, at)
        for problem in shared:
            _say(str(problem))
        refused = 0
        for slug, problems in returns.items():
            refused += any(problem.severity == "error" for problem in problems)
            for problem in sorted(problems, key=lambda p: (p.severity != "error", p)):
                _say(str(problem))
            _say(verdict(where, slug, shared, problems))
            try:
                write_results(where.processed(slug), {"quality": records(problems)})
                if problems:
                    at(f"Marking the issues of {slug}")
                if hand_back(where, slug, problems):
                    marked = where.said(f"data/processed/{slug}/return.checked.xlsx")
                    _say(f"The return with its issues marked: {marked}")
            except OSError as error:
                name = where.said(
                    f"data/processed/{slug}/{Path(str(error.filename2 or error.filename)).name}"
                )
                _say(
                    f"{slug}: {name} could not be written anew: close it in Excel and other programs,"
                )
                _say("then run the same command again. Until then it is that of an earlier check.")
    if shared:
        sys.stdout.write(
            "The params or the national tables cannot be used; nothing is priced until they are mended.\n"
        )
        return USAGE
    return REFUSED if refused else 0


@app.command()
@safely
def new(
    authority: Annotated[str, typer.Argument(help="Its slug, such as la-13.", show_default=False)],
    name: Annotated[str, typer.Option("--name", help="Its name in words.")] = "",
    vintage: Annotated[
        str, typer.Option("--vintage", help="current, or larc4: prices of 2008 to 2014.")
    ] = "current",
    from_csv: Annotated[
        str, typer.Option("--from-csv", help="A folder of tables to fill the workbook with.")
    ] = "",
    episodes: Annotated[
        str,
        typer.Option(
            "--episodes", help="A list to fill cases with: ssd_early_help_episodes or Annex A."
        ),
    ] = "",
    root: RootOption = "",
) -> int:
    """Begin an authority: its params and a return workbook to fill in."""
    from larcnb.cli.forms import new_authority
    from larcnb.root import find_root

    for line in new_authority(find_root(root), authority, name, vintage, from_csv, episodes):
        sys.stdout.write(f"{line}\n")
    return 0


@app.command(
    short_help="Open the notebooks in JupyterLab.",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
@safely
def lab(context: typer.Context, root: RootOption = "") -> int:
    """Open the notebooks in JupyterLab; other options are JupyterLab's own, such as --no-browser."""
    from larcnb.cli.lab import run_lab
    from larcnb.root import find_root

    return run_lab(find_root(root), context.args)


@app.command(short_help="Say what moved between two runs, and why.")
@safely
def compare(
    old: Annotated[
        str,
        typer.Argument(help="An authority; or, with NEW, a root or a commit.", show_default=False),
    ],
    new: Annotated[
        str, typer.Argument(help="A root, or a commit of the workbook.", show_default=False)
    ] = "",
    authority: Annotated[
        list[str] | None, typer.Option("--authority", help="Only this one (again for more).")
    ] = None,
    root: RootOption = "",
) -> int:
    """Say what moved since an authority's last run, or between two folders or commits, and why."""
    from larcnb.cli.bridge import lines, since_last
    from larcnb.cli.output import saying
    from larcnb.root import find_root

    with saying() as at:
        for line in (
            lines(old, new, list(authority or ()), at)
            if new
            else since_last(find_root(root), old, at)
        ):
            _say(line)
    return 0


@app.command()
@safely
def synth(
    target: Annotated[str, typer.Argument(help="A new folder.", show_default=False)] = "",
    authorities: Annotated[int, typer.Option("--authorities", help="1 to 999.")] = 12,
    cases: Annotated[int, typer.Option("--cases", help="In each authority.")] = 40,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same files.")] = 1,
    vintage: Annotated[str, typer.Option("--vintage", help="larc4 or current.")] = "larc4",
    root: RootOption = "",
) -> int:
    """Create synthetic test data of any size."""
    from larcnb.codes import VINTAGE
    from larcnb.synth import write_root

    if vintage not in VINTAGE:
        raise LarcError(f"There is no vintage '{vintage}'. Known: {', '.join(VINTAGE)}.")
    if not (target or root):
        raise LarcError("Name the new folder: larcnb synth FOLDER.")
    slugs = write_root(Path(target or root), authorities, cases, seed, vintage)
    sys.stdout.write(
        f"{len(slugs)} authorities with {cases} cases each: {slugs[0]} to {slugs[-1]}.\n"
    )
    return 0


def _request(root: str, **options: object):
    from larcnb.root import find_root
    from larcnb.runner.plan import Request
    from larcnb.runner.pool import ENGINES

    if options["engine"] not in ENGINES:
        raise LarcError(f"There is no engine '{options['engine']}'. Known: {', '.join(ENGINES)}.")
    return Request(find_root(root), **options)


def _batch(request) -> int:
    from larcnb.cli.checks import check_authority, check_national
    from larcnb.runner.batch import Checks, run_batch
    from larcnb.runner.screen import display

    return run_batch(request, Checks(check_national, check_authority), display(sys.stdout))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _our_fault(error: Exception, root: object) -> str:
    """Safe words for a bug, and the traceback in a private log."""
    import hashlib
    import traceback

    from larcnb.files import private_file
    from larcnb.root import find_root

    full = "".join(traceback.format_exception(error))
    reference = hashlib.sha256(full.encode("utf-8", "replace")).hexdigest()[:8]
    words = f"An unexpected error ({type(error).__name__}, reference {reference})."
    try:
        where, log = find_root(str(root or "")), f"private/logs/command-{reference}.log"
        private_file(where.path / log, full)
    except (LarcError, OSError):
        return words
    return f"{words} The details are in {where.said(log)}."
