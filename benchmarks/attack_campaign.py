"""The attack at scale: ``python -m benchmarks.attack_campaign --sets 60 --most 60``. A small one of it is in the tests.

In: how many random release sets. Out: on the screen, how many small counts were recovered, how many hidden figures
were left with fewer values than they must have, and how much of what is safe was still shown. Each set is a round of
invented families, published by the package from a root; most are published a second time after something changed.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter, defaultdict
from copy import copy
from functools import cache, partial
from pathlib import Path

import numpy as np

from benchmarks import attacker
from larcnb import disclosure
from larcnb.errors import LarcError
from larcnb.root import WORKBOOK, Root

sys.path.append(str(WORKBOOK / "tests"))

from disclosure_roots import CHANCES, draw, write_families, write_params  # noqa: E402

KINDS = ("one", "again", "fewer", "more", "edited", "few", "many", "late", "gone", "page", "parted")
"""What changed: nothing (one release) · the same families under other slugs, pseudonyms and round, a few of them · a
family fewer or more in some · one need corrected in some · then under the same slugs: a few or many families came,
authorities came late or are gone, small ones now have a page; two authorities became one and one became two."""
REGIONS = [f"Region {letter}" for letter in "ABCDEFGHI"]
NAMES = ["Ann Reader", "Bob Checker"]
RULE = "  {0}: {{value: {1}, because: A few families came.}}\n"
TWICE = "rules:\n" + RULE.format("base_authority", 10) + RULE.format("base_nation", 20)


class World:
    """A root with its releases as an attacker may read and be told them, and the families behind each."""

    def __init__(self, folder):
        self.root, self.releases, self.families, self.refused = Root(folder), [], [], 0
        for name in ("data/raw", "data/processed", "params/disclosure"):
            (folder / name).mkdir(parents=True)

    def publish(self, families, regions, round_name):
        """Release a round if it can be: with the usual rules, else with counts rounded twice as far."""
        for path in self.root.params.glob("*.yaml"):
            path.unlink()
        for slug, region in regions.items():
            write_params(self.root, slug, region, round_name)
            write_families(self.root, slug, families.get(slug, []))
        own = self.root.params / "disclosure/default.yaml"
        for rules in ("", TWICE):
            own.unlink(missing_ok=True)
            if rules:
                own.write_text(rules, "utf-8")
            try:
                if not disclosure.prepare(self.root, round_name).refused:
                    disclosure.release(self.root, round_name, NAMES)
                    self._read(families, round_name)
                    return
            except LarcError as error:
                assert "give a hidden figure away" in error.message, error.message
            self.refused += 1

    def _read(self, families, round_name):
        number = len(self.releases) + 1
        entry = json.loads(
            (self.root.path / f"private/register/{number:04}.json").read_text("utf-8")
        )
        base = {place: slugs for place, _, _, slugs in entry["edition"]["places"]}
        small = {tuple(cell[:3]) for cell in entry["edition"]["cells"] if cell[3] == "small"}
        folder = disclosure.public_folder(self.root, round_name)
        pages = {place: json.loads((folder / f"{place}.json").read_text("utf-8")) for place in base}
        self.releases.append(attacker.Release(pages, base, {}, small))
        inside = {slug for slugs in base.values() for slug in slugs}
        self.families.append({slug: families[slug] for slug in sorted(inside)})
        where = defaultdict(list)
        for n, each in enumerate(self.families):
            for slug, some in each.items():
                for family in some:
                    where[family.uid].append((n, slug))
        for n, each in enumerate(self.families):
            self.releases[n].parts = {slug: self._parts(each[slug], where) for slug in each}

    def _parts(self, families, where):
        """The parts of an authority that nothing tells apart: name, size where it is told, what is in each cell."""
        parts = defaultdict(list)
        for family in families:
            parts[tuple(where[family.uid])].append(family)
        told = []
        for places, some in parts.items():
            called = defaultdict(list)
            for family in some:
                for cell in family.all_cells():
                    called[cell].append(family.uid)
            came_or_went = len(parts) > 1 and len({n for n, _ in places}) < len(self.releases)
            size = len(some) if came_or_went and len(some) < 10 else None
            told.append((places, size, {cell: tuple(sorted(u)) for cell, u in called.items()}))
        return told

    def truth(self, n, place, table, category):
        """How many families a cell holds."""
        base = self.releases[n].everybody()[place]
        cells = [family.all_cells() for slug in base for family in self.families[n][slug]]
        return len(cells) if category == "all" else sum((table, category) in c for c in cells)


def draw_world(seed, most):
    """Families by slug and their regions; sizes and how common each category is differ from world to world."""
    random = np.random.default_rng(seed)
    number = int(np.exp(random.uniform(np.log(3), np.log(most + 1))))
    regions = {
        f"la-{n:03}": REGIONS[random.integers(min(9, 1 + number // 3))] for n in range(number)
    }
    typical, kinds = random.choice([8, 15, 25, 45]), [0.6, 0.3, 0.08, 0.02]
    usual = {
        cell: random.choice([random.beta(0.7, 3), random.beta(2, 3), 0.02, 0.95], p=kinds)
        for cell in CHANCES
    }
    chances, families = {}, {}
    for slug in regions:
        chances[slug] = {cell: min(1, p * random.uniform(0.5, 1.5)) for cell, p in usual.items()}
        size = int(random.gamma(2.5, typical / 2.5))
        families[slug] = drawn(random, slug, range(size), chances[slug])
    return random, families, regions, chances


def drawn(random, slug, numbers, chances):
    """New families of an authority."""
    return [draw(random, f"{slug}-{n:04}", chances) for n in numbers]


def change(random, kind, families, regions, chances):
    """The families and regions of the second release."""
    after, slugs = {slug: list(each) for slug, each in families.items()}, list(regions)
    some = list(random.choice(slugs, max(1, len(slugs) // 3), replace=False))
    for slug in some:
        if kind == "fewer":
            del after[slug][:1]
        if kind in ("more", "few"):
            after[slug] += drawn(
                random, slug, range(1000, 1000 + random.integers(1, 4)), chances[slug]
            )
        if kind == "edited" and after[slug]:
            after[slug][0] = corrected(after[slug][0])
    for slug in slugs:
        if kind == "many" or (kind == "page" and 5 <= len(after[slug]) < 10):
            after[slug] += drawn(
                random, slug, range(1000, 1000 + random.integers(10, 40)), chances[slug]
            )
    if kind == "gone":
        return {s: after[s] for s in slugs if s not in some}, {
            s: regions[s] for s in slugs if s not in some
        }
    if kind == "parted" and len(slugs) > 2:
        one, other, third, *_ = slugs
        after[one], after[other] = after[one] + after[other], []
        after[other] = after[third][::2]
        after[third] = after[third][1::2]
    if kind in ("again", "fewer", "more", "edited"):
        new = {slug: f"x{n:02}-{slug}" for n, slug in enumerate(reversed(slugs))}
        renamed = {new[slug]: [] for slug in slugs}
        for slug in slugs:
            for n, family in enumerate(after[slug]):
                family = copy(family)
                family.case, family.note = f"{seedless(slug)}{n:05}", "Seen again."
                renamed[new[slug]].insert(0, family)
        return renamed, {new[slug]: region for slug, region in regions.items()}
    return after, regions


def seedless(slug):
    """The beginning of new pseudonyms."""
    return f"p{slug[-3:]}."


def corrected(family):
    """The same family with one of its needs put right."""
    family = copy(family)
    family.cells = family.cells ^ {("needs", "child.education")}
    return family


def draw_releases(seed, most, folder):
    """A world and its releases, and what changed between them."""
    random, families, regions, chances = draw_world(seed, most)
    kind, world = KINDS[seed % len(KINDS)], World(folder)
    late = list(regions)[: max(1, len(regions) // 20)] if kind == "late" else []
    first = {slug: region for slug, region in regions.items() if slug not in late}
    world.publish({slug: families[slug] for slug in first}, first, "r1")
    if world.releases and kind != "one":
        world.publish(*change(random, kind, families, regions, chances), "r2")
    return world, kind


def score(world):
    """Small counts recovered, hidden figures too narrow, and hidden figures in all.

    A release must leave a hidden figure as many values as are enough, or as many as it had before the release.
    """
    sums, before_it = Counter(), cache(partial(attacker.attack_before, world.releases))
    for (n, place, table, category, *before), (least, most, enough) in attacker.attack(
        world.releases
    ).items():
        truth = world.truth(n, place, table, category)
        if before:
            truth -= world.truth(before[0], before[1], table, category)
            if not 1 <= abs(truth) <= attacker.SMALL:
                continue
        sums["hidden"] += 1
        values = most - least + 1
        assert least <= truth <= most or values >= enough, "the attacker believes what is not so"
        sums["recovered"] += bool(
            least == most and 1 <= abs(truth) <= attacker.SMALL and enough > 1
        )
        name = (n, place, table, category, *before)
        if n and values < enough and name in before_it(n):
            low, high, _ = before_it(n)[name]
            enough = min(enough, high - low + 1)
            sums["told before"] += bool(values == enough)
        sums["narrow"] += bool(values < enough)
    return sums


def score_money(world):
    """Sums of money that one family dominates, or of fewer than ten, told within a tenth of the largest family's."""
    sums = Counter()
    for n, release in enumerate(world.releases):
        for at, measure in enumerate(("process", "support")):
            money = {
                slug: [family.money[at] for family in each if family.costed]
                for slug, each in world.families[n].items()
            }
            numbers = {slug: len(amounts) for slug, amounts in money.items()}
            for slug, (least, most) in attacker.attack_money(release, numbers, measure).items():
                whole, near = sum(money[slug]), 0.1 * max(money[slug]) - 1
                sums["sums"] += 1
                sums["told"] += most - whole < near and whole - least < near
    return sums


def score_use(world):
    """Cells of counts that are nought or above the small ones, and how many of them are shown."""
    sums = Counter()
    for n, release in enumerate(world.releases):
        for place in release.base:
            for table, category in [*CHANCES, ("families", "costed")]:
                truth = world.truth(n, place, table, category)
                shown = release.cell(place, table, category)["value"] is not None
                sums["cells"] += 1
                sums["cells shown"] += shown
                if truth == 0 or truth > attacker.SMALL:
                    sums["safe"] += 1
                    sums["safe shown"] += shown
            sums["pages"] += 1
            for table in ("savings", "costs"):
                sums[f"pages with {table}"] += release.table(place, table) is not None
    return sums


def campaign(seeds, most, say=lambda line: None):
    """Attack many worlds; returns the sums."""
    sums = Counter()
    for seed in seeds:
        begun = time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            world, kind = draw_releases(seed, most, Path(folder))
            made = time.process_time() - begun
            found = score(world) + score_money(world)
            sums += found + score_use(world)
        sums["sets"] += bool(world.releases)
        sums["releases"] += len(world.releases)
        sums["refused"] += world.refused
        say(
            f"seed {seed} {kind}: {len(world.releases)} releases, {world.refused} refused, "
            f"{dict(found)}, made {made:.1f} s, all {time.process_time() - begun:.1f} s"
        )
    return sums


def main():
    """Run a campaign."""
    read = argparse.ArgumentParser()
    read.add_argument("--sets", type=int, default=60)
    read.add_argument("--first", type=int, default=1)
    read.add_argument("--most", type=int, default=60)
    chosen = read.parse_args()

    def say(line):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    sums = campaign(range(chosen.first, chosen.first + chosen.sets), chosen.most, say)
    for name, number in sums.items():
        say(f"{name} {number}")


if __name__ == "__main__":
    main()
