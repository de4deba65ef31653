"""Tables about the study: who sent what, the assumptions in force.

In: params and pooled cases. Out: :class:`~larcnb.tables.table.Table`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from larcnb import codes
from larcnb.params import Assumptions, Authority, Preset
from larcnb.tables.table import Context, Table, plural, sentence, show


def authorities_received(authorities: Mapping[str, Authority], cases: pd.DataFrame, context: Context) -> Table:
    """Who took part and what they sent.

    Parameters
    ----------
    authorities : dict of slug to Authority
        Those of the round.
    cases : DataFrame
        Pooled: ``authority``, ``costed``.
    """
    counts = cases.assign(costed=cases["costed"].eq("yes")).groupby("authority")["costed"].agg(["size", "sum"])
    frame = pd.DataFrame(
        [
            (slug, found.name, int(counts["size"].get(slug, 0)), int(counts["sum"].get(slug, 0)))
            for slug, found in authorities.items()
        ],
        columns=["authority", "name", "cases", "costed"],
    )
    sent = int((frame["cases"] > 0).sum())
    return show(
        frame,
        f"{sent} of {plural(len(frame), 'authority')} sent cases: {plural(int(frame['cases'].sum()), 'case')}, "
        f"{int(frame['costed'].sum())} of them costed. {context.name}.",
        formats={"cases": "count", "costed": "count"}, row_headers=2,
    )  # fmt: skip


def assumptions_log(preset: Preset, used: Assumptions, authority: Authority, context: Context) -> Table:
    """The assumptions in force: value, where it comes from, how good it is, how far it matters, and why.

    Source
    ------
    The AQuA Book: an assumptions log says what, effect, reliability, when, why and who.
    """
    rows = [
        (
            sentence(name), _value(getattr(used, name)),
            "this authority's own" if name in authority.overrides else f"preset {preset.name}",
            *(_own(authority.reasons.get(name, {})) if name in authority.overrides else
              (_source(entry), entry.get("quality", ""), entry.get("impact", ""), entry.get("because", ""))),
        )
        for name in used.used
        for entry in [preset.log.get(name, {})]
    ]  # fmt: skip
    columns = ["assumption", "value", "set_by", "source", "quality", "impact", "because"]
    return show(
        pd.DataFrame(rows, columns=columns),
        f"The assumptions in force. {context.name}, preset {context.preset}.",
        labels={"set_by": "Set by", "because": "Why"},
        notes=["Quality: how good the evidence is. Impact: how far the findings move if it is wrong."],
    )  # fmt: skip


def _own(said: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """What an overridden assumption's line says in place of the preset's source, quality, impact and reason."""
    return said.get("source") or "the authority's params, which give no source", "", "", said.get("because", "")


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{codes.LIKELIHOOD.get(key, f'grade {key}')} {share:g}" for key, share in value.items())
    return f"{value:g}" if isinstance(value, int | float) else sentence(str(value))


def _source(entry: Mapping[str, Any]) -> str:
    source = entry.get("source", {})
    return f"{source.get('title', '')}, {source.get('where', '')} ({entry.get('confidence', '')})"
