"""How often intervals over authorities hold the truth, in made-up rounds as small and as skewed as LARC4's.

``python -m benchmarks.coverage`` prints the table of docs/method.md (a few minutes).
A case is its authority's true mean plus a deviation of mean 0 and variance 1: normal, or lognormal, shifted and
stretched to the skewness asked for. Tau is in units of that deviation, the spread within authorities.
"""

import sys

import numpy as np

from larcnb.consortium.pooling import posterior, reml_mean

SIZES = (4, 4, 3, 4, 3, 3, 3, 2, 1, 2, 3)
"""Costed cases of LARC4's eleven authorities."""
TAUS, SKEWNESS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8), (0.0, 2.4)
"""2.4: of the saving of a LARC4 case."""


def skewed(rng: np.random.Generator, size: int, skewness: float) -> np.ndarray:
    """Draws of mean 0, variance 1 and the skewness given."""
    if not skewness:
        return rng.standard_normal(size)
    from scipy.optimize import brentq

    sigma = brentq(lambda s: (np.exp(s**2) + 2) * np.sqrt(np.expm1(s**2)) - skewness, 1e-4, 3)
    w = np.exp(sigma**2)
    return (np.exp(sigma * rng.standard_normal(size)) - np.sqrt(w)) / np.sqrt(w * (w - 1))


def coverage(
    tau: float, skewness: float, rounds: int, seed: int, sizes: tuple[int, ...] = SIZES
) -> dict[str, float]:
    """Share of rounds in which each 95% interval holds what it is for.

    Returns
    -------
    dict
        ``mean`` (REML, Hartung-Knapp, never narrower than normal) the mean over authorities · ``further`` a further
        authority's true mean · ``sent`` the mean of three cases of a further authority · ``nil`` share of rounds in
        which REML puts tau at 0.
    """
    rng, n = np.random.default_rng(seed), np.array(sizes)
    place, held = np.repeat(np.arange(n.size), n), []
    for _ in range(rounds):
        true = tau * rng.standard_normal(n.size + 1)
        cases = true[place] + skewed(rng, place.size, skewness)
        sent = true[-1] + skewed(rng, 3, skewness).mean()
        own = np.bincount(place, cases) / n
        within = ((cases - own[place]) ** 2).sum() / (place.size - n.size)  # as pooling.across
        _, _, low, high, tau2 = reml_mean(own, within / n)
        spread = posterior(own, within / n, np.sqrt(within))
        ends = [spread.further([0.025, 0.975], variance) for variance in (0, within / 3)]
        held.append(
            (
                low <= 0 <= high,
                ends[0][0] <= true[-1] <= ends[0][1],
                ends[1][0] <= sent <= ends[1][1],
                tau2 == 0,
            )
        )
    return dict(
        zip(("mean", "further", "sent", "nil"), np.mean(held, axis=0).tolist(), strict=True)
    )


def main(rounds: int = 2_000, seed: int = 20120301) -> None:
    """Print the study as a table in Markdown."""
    sys.stdout.write(
        "| skewness | tau | mean | a further one's true mean | mean of its three cases | REML gives 0 |\n"
    )
    sys.stdout.write("|---|---|---|---|---|---|\n")
    for skewness in SKEWNESS:
        for tau in TAUS:
            found = coverage(tau, skewness, rounds, seed)
            shares = " | ".join(f"{share:.1%}" for share in found.values())
            sys.stdout.write(f"| {skewness:g} | {tau:g} | {shares} |\n")


if __name__ == "__main__":
    main()
