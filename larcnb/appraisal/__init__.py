"""The appraisal: ledger and assumptions become cases, payers, payback and what the result rests on.

In: the ledger (:mod:`larcnb.pricing`, :mod:`larcnb.futures`), clean tables and assumptions. Out: what
:mod:`~larcnb.appraisal.cases` adds up by case and :mod:`~larcnb.appraisal.parts` takes apart.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from larcnb.appraisal.cases import INPUT_STAGES, MONEY, appraise, appraised_inputs, payback_year, summarise, yearly
from larcnb.appraisal.parts import beside_base_rates, by_payer, fates, rests_on
from larcnb.futures import price_futures
from larcnb.library import Library
from larcnb.params import Assumptions
from larcnb.pricing import price_interventions, price_process, total

__all__ = [
    "INPUT_STAGES", "MONEY", "appraise", "appraised_inputs", "beside_base_rates", "by_payer", "fates", "join",
    "payback_year", "price_return", "rests_on", "summarise", "total", "yearly",
]  # fmt: skip


def price_return(
    tables: Mapping[str, pd.DataFrame], library: Library, prices: pd.DataFrame, assumptions: Assumptions
) -> pd.DataFrame:
    """Price a whole return: the ledger, inputs first, then futures.

    Parameters
    ----------
    tables : dict of DataFrame
        The clean tables of a return.
    library : Library
    prices : DataFrame indexed by ``item``
        :meth:`larcnb.library.Library.prices`.
    assumptions : Assumptions

    Returns
    -------
    DataFrame
        Ledger columns of DATA.md; GBP at the price base.
    """
    return join(
        price_process(tables["process"], tables["cases"], prices),
        price_interventions(tables["interventions"], tables["cases"], prices),
        price_futures(tables, library, prices, assumptions),
    )


def join(*parts: pd.DataFrame) -> pd.DataFrame:
    """Join ledger lines of several stages into one ledger, an index from 0."""
    return pd.concat(parts, ignore_index=True)
