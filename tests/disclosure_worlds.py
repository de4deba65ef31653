"""Made-up rounds for the disclosure tests: families by the hundred, published by the package, with the truth kept.

In: a seed. Out: :func:`facts_of`, one round's facts; :class:`World`, one release or several of it with what an
attacker may read and be told, and the truth to score it by. Every family here is invented.
"""

import json
from dataclasses import dataclass, field, replace

import numpy as np

from larcnb.disclosure.audit import related
from larcnb.disclosure.build import build
from larcnb.disclosure.draft import OPEN, SMALL, make_draft
from larcnb.disclosure.edition import in_the_making
from larcnb.disclosure.facts import Facts
from larcnb.disclosure.register import conflicts
from larcnb.disclosure.release import draft_of
from larcnb.disclosure.rules import load_rules
from larcnb.disclosure.spec import ALL, MONEY, band_of, count_tables
from larcnb.errors import LarcError
from larcnb.root import WORKBOOK, Root

RULES = load_rules(Root(WORKBOOK))
TWICE = replace(RULES, base_authority=2 * RULES.base_authority, base_nation=2 * RULES.base_nation)
TABLES = count_tables(RULES)
REGIONS = [f"Region {letter}" for letter in "ABCDEFGHI"]


@dataclass
class Family:
    slug: str
    key: str
    costed: bool
    band: str
    money: dict
    flags: set


def families_of(random, slug, number, chances, start=0):
    """Some families of one authority."""
    made = []
    for n in range(start, start + number):
        money = {
            "process": int(100 * random.lognormal(7.6, 0.6)),
            "support": int(100 * random.lognormal(7.6, 1.2)),
        }
        flags = {cell for cell, chance in chances.items() if random.random() < chance}
        band = band_of(random.normal(45_000, 60_000), RULES.saving_bands)
        made.append(Family(slug, f"{slug}/{n}", random.random() < 0.85, band, money, flags))
    return made


def facts_of(families, regions, name="r"):
    """The facts of a round made of families."""
    members, money = {}, {}
    for family in families:
        cells = {("families", "costed" if family.costed else "not_costed"), *family.flags}
        if family.costed:
            cells.add(("savings", family.band))
            for measure in MONEY:
                money.setdefault((family.slug, measure.name), {})[family.key] = family.money[
                    measure.name
                ]
        for table, category in cells:
            members.setdefault((family.slug, table, category), set()).add(family.key)
    return Facts(
        name,
        {slug: slug.title() for slug in regions},
        regions,
        {cell: frozenset(who) for cell, who in members.items()},
        money,
    )


def draw_world(seed, most=153):
    """Families and regions of one round; sizes and how common each category is differ from world to world."""
    random = np.random.default_rng(seed)
    number = int(np.exp(random.uniform(np.log(3), np.log(most + 1))))
    regions = {
        f"la-{n:03}": REGIONS[random.integers(min(9, 1 + number // 3))] for n in range(number)
    }
    typical = random.choice([8, 15, 25, 45])
    kinds = [0.6, 0.3, 0.08, 0.02]
    base = {
        (table.name, code): float(
            random.choice([random.beta(0.7, 3), random.beta(2, 3), 0.02, 0.95], p=kinds)
        )
        for table in TABLES.values()
        if not table.adds_up and table.name != "families"
        for code in table.labels
    }
    families, chances = [], {}
    for slug in regions:
        chances[slug] = {cell: min(1.0, p * random.uniform(0.5, 1.5)) for cell, p in base.items()}
        size = int(random.gamma(2.5, typical / 2.5))
        families += families_of(random, slug, size, chances[slug])
    return random, regions, families, chances


@dataclass
class World:
    """What was published, what the attacker is told beyond it, and the truth."""

    releases: list = field(default_factory=list)
    truth: dict = field(default_factory=dict)
    extra: dict = field(default_factory=lambda: {"small": set(), "same": {}, "grown": set()})
    numbers: list = field(default_factory=list)
    largest: list = field(default_factory=list)
    editions: list = field(default_factory=list)
    refused: list = field(default_factory=list)
    safe: int = 0
    safe_shown: int = 0
    plain_safe: int = 0
    plain_shown: int = 0
    courses: list = field(default_factory=list)

    def publish(self, facts, rules=RULES):
        """Release a round, if the register allows it; returns what stands against it."""
        try:
            draft, course = draft_of(facts, rules, self.editions)
        except LarcError as refusal:  # no form of it is safe, so nothing of it is published
            self.refused.append([refusal.message])
            return [refusal.message]
        edition = in_the_making(draft, None, len(self.editions) + 1)
        against = [
            c.equation
            for c in conflicts(edition, related(edition, self.editions))
            if not c.is_lifted
        ]
        if against:
            self.refused.append(against)
            return against
        tables, _ = build(draft)
        pages = {
            place: {
                "place": {"id": place, "kind": draft.layout.places[place].kind},
                "tables": [table.to_json() for table in made.values()],
            }
            for place, made in tables.items()
        }
        n = len(self.releases)
        pages = json.loads(json.dumps(pages))
        base = {place.id: list(place.base) for place in draft.layout.places.values()}
        self.releases.append({"places": pages, "base": base})
        self._tell(n, draft, edition)
        self.editions.append(edition)
        self.courses.append(course)
        self._measure(draft)
        return []

    def _tell(self, n, draft, edition):
        for (place, table, category), status in draft.status.items():
            if table != "costs":
                self.truth[n, place, table, category] = draft.value[place, table, category]
                if status == SMALL:
                    self.extra["small"].add((n, place, table, category))
        for slug in edition.atoms:
            self.truth[n, slug, "families", ALL] = len(edition.of(slug, "families", ALL))
            for table in edition.adds_up:
                for category in [*edition.categories(table), "not_costed"]:
                    self.truth[n, slug, table, category] = len(edition.of(slug, table, category))
                    if n and slug in self.editions[-1].atoms:
                        old = self.editions[-1]
                        groups = edition.of(slug, "families", ALL) == old.of(slug, "families", ALL)
                        now, then = edition.of(slug, table, category), old.of(slug, table, category)
                        if now == then and (now or groups):
                            known = self.extra["same"].get((n - 1, slug, table, category), n - 1)
                            self.extra["same"][n, slug, table, category] = known
            before = (
                self.editions[-1].of(slug, "families", ALL)
                if n and slug in self.editions[-1].atoms
                else {None}
            )
            if before <= edition.of(slug, "families", ALL):
                self.extra["grown"].add((n, slug))
        money = draft.facts.money
        self.numbers.append(
            {m.name: {s: len(money.get((s, m.name), {})) for s in edition.atoms} for m in MONEY}
        )
        self.largest.append(
            {
                (s, m.name): (
                    sum(money[s, m.name].values()) / 100,
                    max(money[s, m.name].values()) / 100,
                )
                for m in MONEY
                for s in edition.atoms
                if money.get((s, m.name))
            }
        )

    def _measure(self, draft):
        first = make_draft(draft.facts, draft.rules, draft.layout)
        for key, status in draft.status.items():
            if key[1] == "costs" or key[2] == ALL:
                continue
            safe = first.status[key] in OPEN
            plain = draft.value[key] == 0 or draft.value[key] > draft.rules.small_count
            self.safe += safe
            self.safe_shown += safe and status in OPEN
            self.plain_safe += plain
            self.plain_shown += plain and status in OPEN


def draw_releases(seed, most=153):
    """A world and its releases: one, or a second after something changed (late authority, few or many new families)."""
    random, regions, families, chances = draw_world(seed, most)
    world = World()
    kind = ["one", "one", "late", "few", "many", "gone", "page"][seed % 7]
    slugs = list(regions)
    late = (
        set(random.choice(slugs, max(1, len(slugs) // 20), replace=False))
        if kind in ("late", "gone")
        else set()
    )
    before = [family for family in families if kind != "late" or family.slug not in late]
    at_first = {
        slug: region for slug, region in regions.items() if kind != "late" or slug not in late
    }
    if len(at_first) < 2:
        return world, kind
    world.publish(facts_of(before, at_first))
    if kind == "one" or not world.releases:
        return world, kind
    after = [family for family in families if kind != "gone" or family.slug not in late]
    if kind == "few":
        for slug in random.choice(slugs, min(3, len(slugs)), replace=False):
            after += families_of(random, slug, int(random.integers(1, 4)), chances[slug], 1000)
    if kind == "many":
        for slug in slugs:
            after += families_of(random, slug, int(random.integers(10, 40)), chances[slug], 1000)
    if kind == "page":
        sizes = {slug: sum(f.slug == slug for f in families) for slug in slugs}
        for slug in [slug for slug in slugs if 5 <= sizes[slug] < 10][:3]:
            after += families_of(random, slug, 10, chances[slug], 1000)
    where = {slug: region for slug, region in regions.items() if kind != "gone" or slug not in late}
    facts = facts_of(after, where)
    if world.publish(facts):
        world.publish(facts, TWICE)
    return world, kind
