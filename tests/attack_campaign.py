"""The attack at scale: ``python tests/attack_campaign.py --sets 300 --most 153``. A small one of it is in the tests.

In: how many random release sets. Out: on the screen, how many small counts were recovered, how many hidden figures were
left with fewer than five possible values, and how much of what is safe was still shown.
"""

import argparse
import sys
import time

import attacker
from disclosure_worlds import MONEY, draw_releases


def score(world, belief):
    """Small counts recovered, hidden figures too narrow, and hidden figures in all."""
    recovered = narrow = 0
    found = attacker.attack(world.releases, world.extra, belief)
    looked = 0
    for goal, (least, most) in found.items():
        if goal[-1] == "change":
            truth = world.truth[goal[:4]] - world.truth[goal[0] - 1, *goal[1:4]]
            if not 1 <= abs(truth) <= 7:
                continue
        else:
            truth = world.truth[goal]
            if _shown_elsewhere(world, goal) or (truth == 0 and _nought_above(world, goal)):
                continue
        looked += 1
        narrow += most - least + 1 < 5
        recovered += least == most == truth and 1 <= abs(truth) <= 7
    return recovered, narrow, looked


def _shown_elsewhere(world, goal):
    """A figure that another release shows of the same families, for this place or another."""
    n, place, table, category = goal
    base = world.releases[n]["base"].get(place, [place])
    for m, release in enumerate(world.releases):
        same = all(
            _origin(world, n, slug, table, category) == _origin(world, m, slug, table, category)
            for slug in base
        )
        for other, page in release["places"].items():
            cell = _cells(page).get((table, category), {"value": None})
            if (
                m != n
                and same
                and cell["value"] is not None
                and sorted(release["base"][other]) == sorted(base)
            ):
                return True
    return False


def _cells(page):
    return {
        (t["table"], row["code"]): row["cells"]["families"]
        for t in page["tables"]
        if t["unit"] == "families"
        for row in t["rows"]
    }


def _origin(world, n, slug, table, category):
    return world.extra["same"].get((n, slug, table, category), n)


def _nought_above(world, goal):
    """A nought that a nought of a wider place shows by itself, in this release or another with the same families.

    Or with these families and others.
    """
    n, place, table, category = goal
    mine = world.releases[n]["base"].get(place, [place])
    for m, release in enumerate(world.releases):
        same = m == n or all(
            _origin(world, n, slug, table, category) == _origin(world, m, slug, table, category)
            or (m == n + 1 and (m, slug) in world.extra["grown"])
            for slug in mine
        )
        for wide, page in release["places"].items():
            cell = _cells(page).get((table, category), {})
            if same and cell.get("value") == 0 and set(mine) <= set(release["base"][wide]):
                return True
    return False


def score_money(world):
    """Sums of money that one family dominates, or of fewer than ten, told within a tenth of the largest family's."""
    told = looked = 0
    for release, numbers, largest in zip(world.releases, world.numbers, world.largest, strict=True):
        for measure in MONEY:
            for slug, (least, most) in attacker.attack_money(
                release, numbers[measure.name], measure.name
            ).items():
                whole, top = largest[slug, measure.name]
                looked += 1
                told += most - whole < 0.1 * top - 1 and whole - least < 0.1 * top - 1
    return told, looked


def campaign(seeds, most, beliefs, say=lambda line: None):
    """Attack many worlds; returns the sums."""
    sums = {
        "sets": 0,
        "releases": 0,
        "refused": 0,
        "recovered": 0,
        "narrow": 0,
        "hidden": 0,
        "trusting": 0,
        "money": 0,
        "sums": 0,
        "safe": 0,
        "shown": 0,
        "plain_safe": 0,
        "plain_shown": 0,
        "further": 0,
    }
    for seed in seeds:
        begun = time.process_time()
        world, kind = draw_releases(seed, most)
        if not world.releases:
            continue
        made = time.process_time() - begun
        for belief in beliefs:
            recovered, narrow, looked = score(world, belief)
            if belief == "trusting":
                sums["trusting"] += recovered
            else:
                sums["recovered"] += recovered
                sums["narrow"] += narrow
                sums["hidden"] += looked
                if recovered or narrow:
                    say(f"seed {seed}: {belief} {recovered} recovered, {narrow} narrow")
        told, looked = score_money(world)
        sums["money"] += told
        sums["sums"] += looked
        sums["sets"] += 1
        sums["releases"] += len(world.releases)
        sums["refused"] += len(world.refused)
        sums["safe"] += world.safe
        sums["shown"] += world.safe_shown
        sums["plain_safe"] += world.plain_safe
        sums["plain_shown"] += world.plain_shown
        sums["further"] += sum(course.hidden for course in world.courses)
        whole = time.process_time() - begun
        say(
            f"seed {seed} {kind}: {len(world.releases[-1]['base'])} places, made {made:.1f} s, all {whole:.1f} s"
        )
    return sums


def main():
    """Run a campaign."""
    read = argparse.ArgumentParser()
    read.add_argument("--sets", type=int, default=300)
    read.add_argument("--first", type=int, default=1)
    read.add_argument("--most", type=int, default=153)
    read.add_argument("--beliefs", nargs="+", default=["told", "trusting"])
    chosen = read.parse_args()

    def say(line):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    sums = campaign(
        range(chosen.first, chosen.first + chosen.sets), chosen.most, chosen.beliefs, say
    )
    for name, number in sums.items():
        say(f"{name} {number}")
    say(f"safe cells shown {sums['shown'] / max(1, sums['safe']):.1%}")
    say(
        f"noughts and counts above the small shown {sums['plain_shown'] / max(1, sums['plain_safe']):.1%}"
    )


if __name__ == "__main__":
    main()
