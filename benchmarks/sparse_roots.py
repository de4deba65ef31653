"""Some ninety sparse and odd roots, and what is wrong with their pages: ``python -m benchmarks.sparse_roots [NAME]``.

Each table empty in turn, one case, none costed, nothing priced, odd names, random mixtures (``seed-7``); without a
name all of them and twenty seeds, 10 to 20 minutes. ``--keep FOLDER`` leaves roots and pages there.
"""

import argparse
import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import pandas as pd
import sparse
from sparse import (
    FEW,
    LONG,
    NO_RATES,
    ODD,
    OWN_VALUES,
    Authority,
    Change,
    World,
    all_of,
    costed,
    first_cases,
    look,
    make,
    national,
    nothing_delivered,
    only,
    unpriced,
    without,
)

from larcnb import codes, schema


def evidence(seed: int, rows: int = 6) -> pd.DataFrame:
    """Some rows of evidence."""
    r, fields = random.Random(seed), schema.RETURN["evidence"].fields
    made = []
    for _ in range(rows):
        row = {f.name: r.choice(f.allowed) if f.allowed else "said so" for f in fields}
        theme = r.choice(list(codes.THEME[row["strand"]]))
        made.append(row | {"theme": theme})
    return pd.DataFrame(made, columns=list(schema.RETURN["evidence"].columns))


def own_costs(a: Authority) -> None:
    """The authority's own price of an hour, and an odd label."""
    rows = national("unit_costs").query("vintage == @a.params.get('vintage', 'larc4')")
    used = rows[rows["item"].isin(a.tables["process"]["role"])]
    role = (used if len(used) else rows[rows["category"] == "role"]).head(1)
    source = f"Own ledger {ODD}"
    a.own = role.assign(value="61.50", low="", high="", label=ODD, source=source, url="")


def repeated(a: Authority) -> None:
    """The same line twice, which is allowed and warned of."""
    for name in ("process", "interventions"):
        a.tables[name] = pd.concat([a.tables[name], a.tables[name].head(2)])


def plain(slug: str = "la-01", cases: int = 5, seed: int = 1, *changes: Change, **params):
    """An authority with evidence rows beside its families."""

    def told(a: Authority) -> None:
        a.tables["evidence"] = evidence(seed)

    return sparse.plain(slug, cases, seed, told, *changes, **params)


def one_future(code: str) -> Change:
    """Nobody told of any future but one."""

    def change(a: Authority) -> None:
        for name in ("futures", "moderation"):
            a.tables[name] = (
                a.tables[name]
                .assign(future=code)
                .drop_duplicates(
                    [c for c in ("case_id", "future", "perspective") if c in a.tables[name]]
                )
            )

    return change


def priced_by(**params) -> Change:
    """Other params."""
    return lambda a: a.params.update(params)


CHANGES: dict[str, Change] = {
    **{f"no_{name}": without(name) for name in schema.RETURN if name != "cases"},
    "cases_alone": only("cases"),
    "only_process": only("cases", "process"),
    "only_interventions": only("cases", "interventions"),
    "only_futures": only("cases", "futures", "moderation"),
    "only_needs_and_children": only("cases", "needs", "children"),
    "no_cases": without(*schema.RETURN),
    "no_cases_but_evidence": only("evidence"),
    "one_case": first_cases(1),
    "two_cases": first_cases(2),
    "one_costed": costed(1),
    "none_costed": costed(0),
    "all_rejected": all_of("moderation", accepted="no"),
    "all_unlikely": all_of("moderation", likelihood="very_unlikely"),
    "all_unpriced": unpriced,
    "no_inputs": without("process", "interventions"),
    "one_future": one_future("permanent_exclusion"),
    "no_child_in_futures": all_of("children", in_futures="no"),
    "ages_unknown": all_of("children", age_band="unknown"),
    "all_open": all_of("cases", status="open", closed=""),
    "nothing_delivered": nothing_delivered,
    "one_witness": lambda a: (
        all_of("futures", perspective="parent")(a)
        or a.tables.update(futures=a.tables["futures"].drop_duplicates(["case_id", "future"]))
    ),
    "repeated_lines": repeated,
    "early_help_wording": priced_by(wording="early_help"),
    "larc": priced_by(preset="larc"),
    "cautious": priced_by(preset="cautious"),
    "observed": priced_by(preset="observed"),
    "own_values": priced_by(overrides=OWN_VALUES),
    "one_year": priced_by(overrides={"long_years": 1}),
    "own_costs": own_costs,
    "long_name": priced_by(name=LONG),
    "odd_name": priced_by(name=ODD),
}
CURRENT = ("no_futures", "one_case", "all_unpriced", "cases_alone")


@cache
def cases() -> dict[str, Callable[[], World]]:
    """Every world by name."""
    made: dict[str, Callable[[], World]] = {
        name: (lambda change=change: World([plain("la-01", 5, 1, change), plain("la-02", 4, 2)]))
        for name, change in CHANGES.items()
    }
    made |= {
        f"{name}_alone": (lambda change=CHANGES[name]: World([plain("la-01", 5, 1, change)]))
        for name in CHANGES
        if name not in ("larc", "cautious", "long_name", "early_help_wording", "two_cases")
    }
    made |= {
        f"{name}_current": (
            lambda change=CHANGES[name]: World([plain("la-01", 5, 1, change, vintage="current")])
        )
        for name in CURRENT
    }
    made["unlike_bases"] = lambda: World([plain(), plain("la-02", 4, 2, price_base="2013-14")])
    made["unlike_vintages"] = lambda: World([plain(), plain("la-02", 4, 2, vintage="current")])
    made["unlike_presets"] = lambda: World(
        [plain(preset="larc"), plain("la-02", 4, 2, preset="cautious")]
    )
    made["no_rates"] = lambda: World([plain(), plain("la-02", 4, 2)], NO_RATES)
    made["observed_without_rates"] = lambda: World(
        [plain(preset="observed"), plain("la-02", 4, 2)],
        NO_RATES,
    )
    made["no_unit_has_a_range"] = lambda: World(
        [plain()], {"unit_costs": national("unit_costs").assign(low="", high="")}
    )
    made["odd_labels"] = lambda: World(
        [plain(), plain("la-02", 4, 2)],
        {
            name: (lambda t: t.assign(label=t["label"] + " " + ODD))(national(name))
            for name in ("futures", "unit_costs")
        },
    )
    made["no_library_item"] = lambda: World(
        [plain()],
        {
            "futures": national("futures")
            .assign(item="", quantity="", start="", years="")
            .drop_duplicates("future")
        },
    )
    return made


def mixed(seed: int) -> World:
    """A random world: one to three authorities, each of any size with up to four changes, some cells dropped."""
    r = random.Random(seed)
    vintage = r.choice(["larc4", "larc4", "current"])
    authorities = []
    for number in range(r.choice([1, 1, 2, 3])):
        a = plain(
            f"la-0{number + 1}", r.choice([0, 1, 1, 2, 3, 6]), seed * 10 + number, vintage=vintage
        )
        a.params["preset"] = r.choice(["larc", "public_purse", "cautious", "observed"])
        names = r.sample(sorted(CHANGES), r.randint(0, 4))
        for change in names:
            CHANGES[change](a)
        for name in a.tables:
            if name != "cases" and r.random() < 0.3:
                a.tables[name] = a.tables[name].sample(frac=r.random(), random_state=seed)
        a.params["impact_level"] = r.choice([None, None, 1, 4])
        authorities.append(a)
    tables = NO_RATES if r.random() < 0.15 else {}
    return World(authorities, tables)


def world_of(name: str) -> World:
    """A world by its name; ``seed-7`` a random one."""
    return mixed(int(name[5:])) if name.startswith("seed-") else (FEW | cases())[name]()


def main(argv: list[str]) -> int:
    """Look at the worlds named, or at all of them and twenty seeds."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("names", nargs="*")
    options.add_argument("--seeds", type=int, default=20)
    options.add_argument("--keep", default="")
    options = options.parse_args(argv)
    names = options.names or [*FEW, *cases(), *(f"seed-{n}" for n in range(1, options.seeds + 1))]
    bad = 0
    for name in names:
        folder = Path(options.keep or tempfile.mkdtemp()) / name
        shutil.rmtree(folder, ignore_errors=True)
        try:
            wrong = look(make(world_of(name), folder))
        except Exception as error:
            wrong = [f"{type(error).__name__}: {error}"]
        bad += bool(wrong)
        sys.stdout.write("\n   ".join([f"{name}: {'' if wrong else 'in order'}", *wrong]) + "\n")
        sys.stdout.flush()
        if not options.keep:
            shutil.rmtree(folder)
    sys.stdout.write(f"{len(names)} roots, {bad} with something wrong.\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
