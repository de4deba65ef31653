"""What stands where: for each unit of a plan, whether its outputs are those that its inputs give.

In: a plan. Out: one row a unit. Reads only; a batch may run at the same time.
"""

from __future__ import annotations

from larcnb.batch import record
from larcnb.batch.plan import Plan, Request, consortium_unit, to_run, with_round


def states(request: Request, plan: Plan) -> list[tuple[str, str, str]]:
    """Say of each unit whether it is up to date.

    Returns
    -------
    list of (unit, state, name)
        State is ``up to date``, ``to be run`` (never was, or an input has changed) or ``to be run from``
        the first notebook that an input's change reaches; with ``refused`` or ``failed`` last time.
    """
    last = record.last(request.root).get("units", {})
    authorities = with_round(request.root, plan) or plan.authorities
    units = [*authorities, *([consortium_unit(request, plan)] if plan.consortium else [])]
    rows = []
    for unit in units:
        todo, kept, _ = to_run(request, unit, plan.present)
        state = "up to date"
        if todo:
            state = f"to be run from {todo[0].name[:2]}" if kept else "to be run"
        ended = last.get(unit.name, {}).get("status", "")
        if ended in ("refused", "failed"):
            state += f", {ended} before"
        rows.append((unit.name, state, unit.title))
    return rows
