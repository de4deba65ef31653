"""The vocabularies of the data dictionary with their labels, and the wordings: CAF words, early help words and their
like.

In: ``codes.toml``. Out: a dictionary of code to label for each of its sections, under the section's name
(``STATUS``, ``LIKELIHOOD``, ...), and :func:`words`. A new outcome code, evidence theme or wording is added in that
file and nowhere else. ``NEED`` and ``THEME`` are by subject and by strand; ``OUTCOME`` gives label, Every Child
Matters domain and Supporting Families outcome; ``VINTAGE`` the first and last financial year of its prices.
"""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

_SECTIONS = tomllib.loads(Path(__file__).with_name("codes.toml").read_text("utf-8"))
_SECTIONS["THEME"] = {
    "outcome": {code: label for code, (label, *_) in _SECTIONS["OUTCOME"].items()},
    **_SECTIONS["THEME"],
}
_SECTIONS["IMPACT_LEVEL"] = {int(n): label for n, label in _SECTIONS["IMPACT_LEVEL"].items()}
globals().update(_SECTIONS)
WORDING: dict[str, dict[str, str]] = _SECTIONS["WORDING"]

RE_REFERRAL = "re_referral"
"""What a follow-up may say beside the futures told: the family was referred again after the case closed."""
DEFAULT_ROUND = "larc4"
"""The round the workbook ships and runs unless told otherwise."""
FEWEST_SHOWN = 3
"""Costed cases an authority must have for others to see its result or mean: of one case it is that family's cost."""


def round_label(name: str) -> str:
    """A round as pages write it: one of LARC's own in capitals.

    Examples
    --------
    >>> round_label("larc4"), round_label("pilot-2026")
    ('LARC4', 'pilot-2026')
    """
    return name.upper() if name.startswith("larc") else name


def notice_of(notices: Sequence[str]) -> str:
    """The notice of a page over several authorities, each with its own or none: said of those it holds for.

    Examples
    --------
    >>> notice_of(["Made up.", "Made up."]), notice_of(["", "Made up."]), notice_of([""])
    ('Made up.', 'Of 1 of the 2 authorities here: Made up.', '')
    """
    said = [notice for notice in notices if notice]
    if not said or len(said) == len(notices):
        return said[0] if said else ""
    return f"Of {len(said)} of the {len(notices)} authorities here: {said[0]}"


def words(wording: str, text: str) -> str:
    """Put the round's words into a sentence: ``{process}``, ``{tac}`` and so on become CAF or early help words.

    Other braces stay.

    Examples
    --------
    >>> words("early_help", "the cost of the {process} and {tac_short} meetings")
    'the cost of the early help process and TAF meetings'
    """
    known = WORDING[wording]
    return re.sub(r"\{(\w+)\}", lambda match: known.get(match[1], match[0]), text)
