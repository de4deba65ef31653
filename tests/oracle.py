"""A second reading of docs/method.md parts 1 to 3, written from its text alone and before reading the package.

In: a *world*, plain dicts and lists: ``vintage``, ``price_base``, ``assumptions`` (as in docs/method.md part 3),
``deflators`` (year to index), ``unit_costs``, ``futures``, ``base_rates`` (rows of the national tables) and
``tables`` (the return's tables as rows). A blank cell is ``""``, ``None`` or absent. Out: :func:`ledger`, a list
of lines, and :func:`cases`, a list of cases. Every number is a ``Fraction``. Slow and plain on purpose.
"""

from fractions import Fraction
from math import floor

LIKELIHOODS = ["very_unlikely", "unlikely", "possible", "likely", "highly_likely"]
MEETINGS = ["tac_meeting", "tac_contact", "review", "closure"]


def exact(number) -> Fraction:
    """The number as it is written: 0.1 is a tenth."""
    return Fraction(str(number))


def blank(cell) -> bool:
    """An empty cell; a missing value of a frame is not equal to itself."""
    return cell is None or cell == "" or cell != cell


def penny(amount: Fraction) -> Fraction:
    """docs/method.md part 1: rounded half up to the penny, half up in the amount without its sign."""
    without_sign = Fraction(floor(abs(amount) * 100 + Fraction(1, 2)), 100)
    return -without_sign if amount < 0 else without_sign


def costs(world: dict) -> dict:
    """The unit costs of the authority's vintage by item; docs/method.md part 1: brought to the price base."""
    deflator = {year: exact(index) for year, index in world["deflators"].items()}
    found = {}
    for row in world["unit_costs"]:
        if row["vintage"] == world["vintage"]:
            uprating = deflator[world["price_base"]] / deflator[row["price_year"]]
            contains = [] if blank(row["contains"]) else row["contains"].split()
            value = exact(row["value"]) * uprating
            found[row["item"]] = row | {"unit_value": value, "contains": contains}
    return found


def costed(world: dict) -> set:
    """The ids of the cases costed."""
    return {case["case_id"] for case in world["tables"]["cases"] if case["costed"] == "yes"}


def line(row: dict, stage: str, element: str, item: str, **figures) -> dict:
    """One ledger line; what is not known stays ``None``."""
    unknown = dict.fromkeys(("chance", "prevented", "weight", "told"))
    said = {"case_id": row["case_id"], "stage": stage, "element": element, "item": item or None}
    return said | unknown | {"year": 0, "note": False} | figures


def input_lines(world: dict) -> list[dict]:
    """docs/method.md part 1: people x hours x unit value; quantity x unit value of what was delivered."""
    known, counted, lines = costs(world), costed(world), []

    def add(row, stage, element, item, quantity, delivered=True):
        stands = delivered and row["case_id"] in counted
        amount = penny(quantity * known[item]["unit_value"]) if stands else Fraction(0)
        figures = {"quantity": quantity, "amount": amount, "grade": int(known[item]["grade"])}
        lines.append(line(row, stage, element, item, note=not stands, **figures))

    for row in world["tables"]["process"]:
        quantity = exact(row["people"]) * exact(row["hours"])
        add(row, "process", row["element"], row["role"], quantity)
    for row in world["tables"]["interventions"]:
        delivered = row["status"] == "delivered"
        add(row, "intervention", row["support"], row["item"], exact(row["quantity"]), delivered)
    return lines


def told(world: dict) -> list[dict]:
    """docs/method.md part 2: each future of each case once, however many witnesses, with what moderation agreed and if it counts."""
    least = LIKELIHOODS.index(world["assumptions"]["accept_at"])
    agreed = {(row["case_id"], row["future"]): row for row in world["tables"]["moderation"]}
    futures = {}
    for witness in world["tables"]["futures"]:
        key = witness["case_id"], witness["future"]
        ruling = agreed.get(key)
        accepted = ruling is not None and ruling["accepted"] == "yes"
        likely = accepted and LIKELIHOODS.index(ruling["likelihood"]) >= least
        counts = likely and key[0] in costed(world)
        futures.setdefault(key, {**(ruling or witness), "counts": counts})
    return list(futures.values())


def study(world: dict, code: str) -> dict | None:
    """docs/method.md part 2: the row of the base rates that is used for a future."""
    rates = (row for row in world["base_rates"] if row["use"] == "yes")
    return next((row for row in rates if row["future"] == code), None)


def chance(world: dict, future: dict) -> Fraction | None:
    """docs/method.md part 2, p0: accepted, expected or observed; ``None`` without an observed rate."""
    assumptions, known = world["assumptions"], study(world, future["future"])
    if assumptions["weighting"] == "accepted":
        return Fraction(1)
    if assumptions["weighting"] == "expected":
        return exact(assumptions["probability"][future["likelihood"]])
    unseen = known is None or blank(known["comparison_share"])
    return None if unseen else exact(known["comparison_share"])


def prevented(world: dict, future: dict) -> Fraction | None:
    """docs/method.md part 2, 1 - p1 / p0: all, by evidence, or the low end; ``None`` where the set has no default."""
    assumptions, known = world["assumptions"], study(world, future["future"])
    if assumptions["prevented"] == "all":
        return Fraction(1)
    if known is None:
        default = assumptions["default_prevented"]
        no_default = assumptions["weighting"] == "observed" or blank(default)
        return None if no_default else exact(default)
    if assumptions["prevented"] == "low":
        return 1 - exact(known["high"])
    if blank(known["risk_ratio"]):
        return 1 - exact(known["programme_share"]) / exact(known["comparison_share"])
    return 1 - exact(known["risk_ratio"])


def overlap(row: dict, year: int) -> Fraction:
    """docs/method.md part 2: the share of the year in which the row runs."""
    start = exact(row["start"])
    ends = min(Fraction(year + 1), start + exact(row["years"]))
    return max(Fraction(0), ends - max(Fraction(year), start))


def base(row: dict, future: dict, cost: dict) -> Fraction:
    """docs/method.md part 2: people x quantity x unit value, GBP a year."""
    return exact(future["people"]) * exact(row["quantity"]) * cost["unit_value"]


def price(world: dict, future: dict) -> Fraction | None:
    """What the contest of an overlap group compares: the sum of base x overlap; ``None`` without a price."""
    known, years = costs(world), range(world["assumptions"]["long_years"])
    mine = [row for row in world["futures"] if row["future"] == future["future"]]
    priced = [row for row in mine if row["item"] in known]
    if not priced:
        return None
    parts = (base(r, future, known[r["item"]]) * overlap(r, t) for r in priced for t in years)
    return sum(parts, Fraction(0))


def losers(world: dict, futures: list[dict]) -> set[str]:
    """docs/method.md part 2 (a): the futures of one case that another of their overlap group stands for."""
    group_of = {row["future"]: row["overlap_group"] for row in world["futures"]}
    groups: dict = {}
    for future in futures:
        cost = price(world, future)
        if not blank(group_of[future["future"]]) and cost is not None:
            groups.setdefault(group_of[future["future"]], []).append((-cost, future["future"]))
    return {code for group in groups.values() for _, code in sorted(group)[1:]}


def future_lines(world: dict) -> list[dict]:
    """docs/method.md part 2: the lines of every future told: flows, unpriced, left out, not counted."""
    lines = []
    pairs = ((future, row) for future in told(world) for row in world["futures"])
    everything = [(future, row) for future, row in pairs if row["future"] == future["future"]]
    for future, row in everything:
        if not future["counts"]:
            lines.append(at_nought(world, future, row))
    counted = [(future, row) for future, row in everything if future["counts"]]
    for case_id in dict.fromkeys(future["case_id"] for future, _ in counted):
        rows = [(future, row) for future, row in counted if future["case_id"] == case_id]
        lines += counted_lines(world, rows)
    return lines


def counted_lines(world: dict, rows: list[tuple[dict, dict]]) -> list[dict]:
    """docs/method.md part 2 (a), then (b), then the flows: the counted futures of one case with their library rows."""
    known, lines, standing = costs(world), [], []
    for future, row in rows:  # docs/method.md part 2: under observed only what was observed counts
        if row["item"] in known and chance(world, future) is None:
            lines.append(at_nought(world, future, row))
        else:
            standing.append((future, row))
    rows = standing
    rivals = {future["future"]: future for future, _ in rows if chance(world, future) is not None}
    lost = losers(world, list(rivals.values()))
    remaining = [row["item"] for _, row in rows if row["future"] not in lost]
    contained = {inner for item in remaining if item in known for inner in known[item]["contains"]}
    for future, row in rows:
        if row["future"] in lost or row["item"] in contained:
            lines.append(at_nought(world, future, row))
        else:
            lines += flow_lines(world, future, row)
    return lines


def worse_grade(row: dict, cost: dict | None) -> int:
    """The grade a line shows: the worse of the item's and the row's. It corrects nothing."""
    return max(int(row["grade"]), int(cost["grade"])) if cost else int(row["grade"])


def at_nought(world: dict, future: dict, row: dict) -> dict:
    """docs/method.md part 2: what is left out stays in the ledger, one line a library row, year 0, at 0 with a note."""
    left_out = {"amount": Fraction(0), "quantity": None, "note": True}
    left_out["grade"] = worse_grade(row, costs(world).get(row["item"]))
    return line(future, "future", future["future"], row["item"], **left_out)


def flow_lines(world: dict, future: dict, row: dict) -> list[dict]:
    """docs/method.md part 2: the flows of one row of the national library for one future of one case, nil years left out.

    A row without a price has one line with a blank amount; one that begins after the horizon one line at 0.
    """
    a, cost, found = world["assumptions"], costs(world).get(row["item"]), []
    code, item = future["future"], row["item"]
    p0, kept = chance(world, future), prevented(world, future)
    both = None if p0 is None or kept is None else p0 * kept
    common = {"grade": worse_grade(row, cost), "chance": p0, "prevented": kept, "weight": both}
    if cost is None:
        common |= {"amount": None, "quantity": None, "note": True}
        return [line(future, "future", code, item, **common)]
    lasting = exact(a["attribution"]) * (1 - exact(a["deadweight"]))
    lasting *= 1 - exact(a["benefit_correction"][int(cost["grade"])])
    for t in range(a["long_years"]):
        share = overlap(row, t)
        left = (1 - exact(a["drop_off"])) ** t / (1 + exact(a["discount_rate"])) ** t
        of_told = base(row, future, cost) * share * p0 * lasting * left
        quantity = exact(future["people"]) * exact(row["quantity"]) * share
        if share > 0:
            flow = {"year": t, "quantity": quantity, "amount": penny(of_told * kept)}
            flow |= common | {"told": penny(of_told)}
            found.append(line(future, "future", code, item, **flow))
    return found or [at_nought(world, future, row)]


def ledger(world: dict) -> list[dict]:
    """Every line: inputs, then futures."""
    return input_lines(world) + future_lines(world)


def added(lines, name="amount") -> Fraction:
    """The sum of some lines, nothing where there are none."""
    return sum((one[name] for one in lines if one[name] is not None), Fraction(0))


def cases(world: dict) -> list[dict]:
    """docs/method.md part 2: the columns of ``cases.parquet`` from the ledger, ``None`` for a case not costed."""
    lines, a = ledger(world), world["assumptions"]
    found = []
    for case in world["tables"]["cases"]:
        mine = [one for one in lines if one["case_id"] == case["case_id"]]
        inputs = [one for one in mine if one["stage"] != "future"]
        futures = [one for one in mine if one["stage"] == "future"]
        flows = [one for one in futures if one["amount"] is not None]
        unpriced = {one["element"] for one in futures if one["amount"] is None}
        process = [one for one in inputs if one["stage"] == "process"]
        support = [one for one in inputs if one["stage"] == "intervention"]

        def spent(*elements, process=process):
            return added(one for one in process if one["element"] in elements)

        def avoided(years, flows=flows):
            return added(one for one in flows if one["year"] < years)

        more = {grade: 1 + exact(share) for grade, share in a["cost_correction"].items()}
        appraised = sum((penny(one["amount"] * more[one["grade"]]) for one in inputs), Fraction(0))
        short, long = avoided(a["short_years"]), avoided(a["long_years"])
        told_long = added(flows, "told")
        paid_back = (t for t in range(a["long_years"]) if avoided(t + 1) >= appraised)
        children = [row for row in world["tables"]["children"] if row["case_id"] == case["case_id"]]
        kept_out = any(child["in_futures"] == "no" for child in children)
        figures = {
            "preparation": spent("preparation"),
            "assessment": spent("assessment"),
            "meetings": spent(*MEETINGS),
            "process": spent("preparation", "assessment", *MEETINGS),
            "interventions": added(support),
            "inputs": added(inputs),
            "inputs_appraised": appraised,
            "avoided_short": short,
            "avoided_long": long,
            "told_long": told_long,
            "saving_short": short - appraised,
            "saving_long": long - appraised,
            "benefit_cost_ratio": long / appraised if appraised else None,
            "break_even_share": appraised / told_long if told_long else None,
            "payback_year": next(paid_back, None),
            "unpriced_futures": len(unpriced),
            "conservative": "yes" if unpriced or kept_out else "no",
        }
        if case["costed"] != "yes":
            figures = dict.fromkeys(figures)
        found.append({"case_id": case["case_id"], **figures})
    return found
