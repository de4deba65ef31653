"""Rebuild the LARC2 round: 24 made-up local studies whose counts are the published ones.

In: ``larc2_studies.yaml`` (a sketch of each study). Out: a return for each of the authorities l2-01 to l2-24,
in the form a council would send: evidence, and no case records, for LARC2 collected none.

The sketch says whom a study asked, what it reported, and what of that it could show. One row of evidence is
**what one participant said of one theme**, and nobody has two rows for one theme. Everybody is asked about
engagement, as every LARC2 study did; so the rows on it count the participants. Chance decides who of them told of
the other themes, from a seed made of the study's own name, so that a change to one moves no other. The same files
come out on any machine.

    python data/raw/reconstruct_larc2.py [FOLDER]
"""

import csv
import sys
from pathlib import Path
from random import Random

import yaml

HERE = Path(__file__).resolve().parent
ASKED_OF_ALL = ("factor", "engaging_families")
TELLS, MOST, SHOWN = 0.65, 0.5, 0.6
"""Chance that people of a perspective tell of a theme; the largest share of them; chance that they can show it."""
STRANDS = ("outcome", "factor", "challenge", "school", "unique", "impact")
EVIDENCE = (
    "strand",
    "theme",
    "context",
    "outcome_group",
    "mechanism",
    "perspective",
    "strength",
    "quote",
)
CASES = (
    "case_id",
    "status",
    "started",
    "closed",
    "initiator",
    "costed",
    "not_costed_reason",
    "family_asked",
    "prior_social_care",
    "borderline_child_protection",
    "closure_meeting",
    "publish_card",
)
MECHANISMS = {
    "engaging_families": (
        "the family wrote the plan with us",
        "they were asked first",
        "the child had a say",
    ),
    "early_understanding": (
        "one assessment showed the whole picture",
        "the need was seen before it grew",
    ),
    "lead_professional": (
        "one person to ring",
        "the same face at every meeting",
        "one person kept the plan moving",
    ),
    "multi_agency": (
        "everybody in one room",
        "services told each other what they knew",
        "help came in one order",
    ),
    "all_elements": (
        "assessment, meetings and review together",
        "the plan was reviewed until it worked",
    ),
}
NOTICE = """\
A synthetic reconstruction of LARC2's published counts: not any council's data, and nobody quoted here is real.

The authority, its study, its participants and their words are invented. Only counts over all authorities agree
with the published study (Easton, Morris and Gee, 2010); see `../README.md`.
"""


def main(target: Path = HERE) -> None:
    """Write every study's return under ``target``."""
    sketches = yaml.safe_load((HERE / "larc2_studies.yaml").read_text(encoding="utf-8"))
    for authority, sketch in sketches.items():
        folder = target / authority
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "NOTICE.md").write_text(NOTICE, encoding="utf-8", newline="\n")
        write_table(folder / "cases.csv", CASES, [])
        write_table(folder / "evidence.csv", EVIDENCE, study(sketch, Random(f"LARC2 {authority}")))


def study(sketch: dict, rng: Random) -> list[tuple]:
    """All the rows of one study, strand by strand in the order of its sketch."""
    where = tuple(sketch["study"].split())
    voices = {
        name: int(people)
        for name, _, people in (word.partition("*") for word in sketch["voices"].split())
    }
    quotes = dict(split_quote(line) for line in sketch.get("quotes", []))
    rows = []
    for strand in STRANDS:
        for word in sketch[strand].split():
            mechanism, _, theme = word.rstrip("!").rpartition(">")
            because = f"{mechanism}: {pick(rng, MECHANISMS[mechanism])}" if mechanism else ""
            said = {who: words for (at, who), words in quotes.items() if at == (strand, theme)}
            witnesses = tellers((strand, theme), voices, said, rng)
            for number, who in enumerate(witnesses):
                # Of a theme that the study can show, the first to tell of it is one who can.
                shown = word.endswith("!") and (number == 0 or rng.random() < SHOWN)
                quote = said.pop(who, "")
                rows.append(
                    (
                        strand,
                        theme,
                        *where,
                        because,
                        who,
                        "evidenced" if shown else "mentioned",
                        quote,
                    )
                )
    return rows


def tellers(
    asked: tuple[str, str], voices: dict[str, int], sure: dict[str, str], rng: Random
) -> list[str]:
    """The perspective of each who tells of a theme: all where all are asked, else some of some, at least one."""
    if asked == ASKED_OF_ALL:
        return [who for who, people in voices.items() for _ in range(people)]
    told = []
    for who, people in voices.items():
        tells, number = rng.random() < TELLS, 1 + int(rng.random() * MOST * people)
        told += [who] * number * (tells or who in sure)
    return told or [pick(rng, tuple(voices))]


def split_quote(line: str) -> tuple[tuple[tuple[str, str], str], str]:
    """``strand theme perspective | words`` as ((strand, theme), perspective) and the words."""
    where, _, words = line.partition(" | ")
    strand, theme, perspective = where.split()
    return ((strand, theme), perspective), words


def pick(rng: Random, choices: tuple):
    """One of the choices; only ``random()`` is promised to stay the same over versions of Python."""
    return choices[int(rng.random() * len(choices))]


def write_table(path: Path, columns: tuple[str, ...], rows: list[tuple]) -> None:
    """Write a table as CSV, the header alone where it has no rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
