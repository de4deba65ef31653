"""``reports/run.json``: for each unit and notebook what became of it, and for the run what it ran with.

In: the plan and what happened. Out: a dictionary that is also what :func:`larcnb.publish.write_index` reads:

``state`` (``running``, ``done``, ``interrupted``), ``started`` (UTC), ``seconds``, ``edition``, ``round``,
``engine``, ``jobs``, ``larcnb``, ``python``, ``system``, ``packages``, ``commit``, ``modified``,
``params`` (slug to params) and ``units``: slug or ``consortium/<round>`` to ``name``, ``round``, ``status``,
``reason``, ``todo``, ``log``, ``earlier`` (its page is of an earlier run), ``seconds``, ``fingerprint`` and
``notebooks``: name to ``title``, ``status``, ``seconds``, ``fingerprint``.

Status is ``done``, ``unchanged``, ``refused``, ``failed``, ``interrupted`` or ``not run``. No text in it
repeats anything of a return beyond what the readers' messages do.
"""

from __future__ import annotations

import dataclasses
import os
import time
from typing import Any

from larcnb.batch import files, store
from larcnb.batch.plan import Plan, Request, Unit
from larcnb.batch.unit import Made
from larcnb.engine.failure import Failure
from larcnb.provenance import describe_run
from larcnb.root import Root

GOOD = ("done", "unchanged")


def path(root: Root) -> Any:
    """Where the record of the root's last run lies."""
    return root.reports / "run.json"


def last(root: Root) -> dict[str, Any]:
    """The record of the root's last run; empty for none."""
    return files.read_json(path(root))


def begin(request: Request, plan: Plan) -> dict[str, Any]:
    """The record of a run that begins; units of earlier runs stay in it as they were."""
    earlier = last(request.root).get("units", {})
    stamp = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    params = {slug: dataclasses.asdict(authority) for slug, authority in plan.params.items()}
    return {
        "state": "running",
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(stamp)),
        "seconds": 0.0,
        "edition": request.edition,
        "round": plan.round,
        "engine": request.engine,
        "jobs": request.jobs,
        **describe_run(params),
        "units": {unit: dict(entry) for unit, entry in sorted(earlier.items())},
    }


def write(root: Root, run: dict[str, Any]) -> None:
    """Write ``run.json``, whole or not at all."""
    run["units"] = dict(sorted(run["units"].items()))
    files.write_whole(path(root), files.to_json(run))


def unit_entry(
    root: Root, unit: Unit, status: str, made: Made | None, before: dict[str, Any], round_name: str
) -> dict[str, Any]:
    """What the record says of a unit.

    Parameters
    ----------
    root : Root
    unit : Unit
    status : str
    made : Made or None
        What a worker did for it; None where no worker did anything.
    before : dict
        The unit's entry in the last record; empty for none.
    round_name : str
        The unit's round.
    """
    failure = made.failure if made else None
    seconds = made.seconds if made else {}
    good = status in GOOD
    notebooks = {}
    for notebook in unit.notebooks:
        old = before.get("notebooks", {}).get(notebook.name, {})
        kept = good and notebook.name not in seconds
        state = "done" if notebook.name in seconds else "unchanged" if kept else "not run"
        if failure and failure.notebook == notebook.name:
            state = status
        notebooks[notebook.name] = {
            "title": notebook.title,
            "status": state,
            "seconds": seconds.get(notebook.name, old.get("seconds", 0.0) if kept else 0.0),
            "fingerprint": unit.prints[notebook.name],
        }
    entry = {
        "name": unit.title,
        "round": round_name,
        "status": status,
        "seconds": round(made.wall, 2) if made else before.get("seconds", 0.0) if good else 0.0,
        "fingerprint": unit.fingerprint,
        "notebooks": notebooks,
    }
    if not good:
        entry |= _why(failure, bool(store.record_of(root, unit.name)))
    return entry


def _why(failure: Failure | None, earlier: bool) -> dict[str, Any]:
    if failure is None:
        return {"earlier": earlier}
    return {
        "reason": failure.reason,
        "todo": failure.todo,
        "place": f"{failure.notebook}, cell {failure.cell}" if failure.cell else failure.notebook,
        "heading": failure.heading,
        "log": failure.log,
        "exit_code": failure.exit_code,
        "earlier": earlier,
    }
