"""Reference values for test/core/dynamics/populations, by NumPy and SciPy (Debian: python3-numpy, python3-scipy).

    /usr/bin/python3 test/oracle/populations.py > test/oracle/populations.json

Written from the definitions alone (DESIGN sections 2 and 6), independently of src/core/dynamics/populations: sums term
by term, probabilities by going through all possible trainings or by a simulation with another generator, shares by root
finding.
"""
import itertools
import json
import sys

import numpy as np
from scipy import optimize, stats


def kernel(a, b, lags):
    """What is left of a rise; all of it at its own peak."""
    return np.where(lags == 0, 1, np.clip(b - a * np.log10(np.maximum(lags, 1)), 0, 1))


def sums():
    cases = []
    for a, b, steps in [
        (0.25, 1.0, 1), (0.25, 1.0, 2), (0.25, 1.0, 300), (0.25, 1.0, 5000), (0.25, 1.0, 100000),
        (0.25, 1.3, 100000), (0.4, 0.7, 3000), (0.1, 0.5, 2_000_000), (0.05, 1.0, 3_000_000), (0.3, 0.0, 50),
        (0, 0.6, 1000), (0.2, 2.0, 400),
    ]:
        values = kernel(a, b, np.arange(steps)).astype(np.longdouble)
        cases.append({"a": a, "b": b, "steps": steps, "kept": float(values.sum()), "squares": float((values**2).sum())})
    return cases


def encounters():
    cases = []
    for share, batch in [(1e-9, 1024), (3e-5, 512), (0.01, 2048), (0.5, 3), (1e-13, 128)]:
        met = float(stats.binom.sf(0, batch, share))
        interval = stats.geom(met)
        cases.append({
            "share": share, "batch": batch, "encounter": met, "mean": float(interval.mean()),
            "median": float(interval.median()), "p95": float(interval.ppf(0.95)), "within100": float(interval.cdf(100)),
        })
    return cases


def every_training(a, b, steps, rise, level, met, when):
    """Goes through all 2^steps trainings."""
    total = mean = square = 0.0
    for training in itertools.product([0, 1], repeat=steps):
        at = np.flatnonzero(training)
        probability = met ** len(at) * (1 - met) ** (steps - len(at))
        gains = [rise * kernel(a, b, t - at[at <= t]).sum() for t in range(steps)]
        reached = gains[-1] if when == "end" else max(gains)
        mean += probability * gains[-1]
        square += probability * gains[-1] ** 2
        if reached >= level - 1e-12:
            total += probability
    return {
        "a": a, "b": b, "steps": steps, "rise": rise, "level": level, "encounter": met, "when": when,
        "probability": total, "mean": mean, "deviation": (square - mean**2) ** 0.5,
    }


def simulated(a, b, steps, rise, level, met, samples=20000):
    """A simulation step by step, with NumPy's generator."""
    rng = np.random.default_rng(5)
    left = kernel(a, b, np.arange(steps))
    window = int((left > 0).sum())
    known = 0
    for _ in range(samples):
        lags = np.flatnonzero(rng.random(window) < met)
        known += rise * left[lags].sum() >= level
    return {
        "a": a, "b": b, "steps": steps, "rise": rise, "level": level, "encounter": met,
        "probability": known / samples, "samples": samples,
    }


def capped(s, facts, cap):
    p = stats.zipfian.pmf(np.arange(1, facts + 1), s, facts)
    scale = optimize.brentq(lambda x: np.minimum(cap, x * p).sum() - 1, 1, 1e6, xtol=1e-14)
    return {"zipf": s, "facts": facts, "cap": cap, "frequencies": list(np.minimum(cap, scale * p))}


def evenly(sizes, amount):
    if sum(sizes) <= amount:
        return np.array(sizes, float)
    level = optimize.brentq(lambda x: np.minimum(sizes, x).sum() - amount, 0, max(sizes), xtol=1e-15)
    return np.minimum(sizes, level)


def balanced(parents, amounts, kept):
    """Two levels: items in clusters, clusters in groups."""
    fine, coarse = map(np.array, parents)
    amounts = np.array(amounts)
    cluster = np.bincount(fine, amounts)
    group = np.bincount(coarse, cluster)
    of_group = evenly(group, kept)
    of_cluster = np.zeros(len(cluster))
    for g in range(len(group)):
        of_cluster[coarse == g] = evenly(cluster[coarse == g], of_group[g])
    return {
        "parents": parents, "amounts": list(amounts), "kept": kept,
        "amountsKept": list(amounts * of_cluster[fine] / cluster[fine]),
    }


json.dump({
    "zipf": [
        {"s": s, "facts": n, "ranks": ranks, "frequencies": [float(stats.zipfian.pmf(r, s, n)) for r in ranks]}
        for s, n, ranks in [(1, 1, [1]), (1, 1000, [1, 2, 10, 1000]), (0.8, 100000, [1, 7, 100000]), (1.5, 50, [1, 50])]
    ],
    "sums": sums(),
    "encounters": encounters(),
    "trainings": [
        every_training(0.5, 1.0, 12, 0.4, level, met, when)
        for level, met, when in [
            (0.3, 0.05, "end"), (0.5, 0.1, "end"), (0.7, 0.3, "end"), (0.2, 0.002, "end"), (1.0, 0.5, "end"),
            (0.3, 0.05, "ever"), (0.4, 0.2, "ever"), (0.5, 0.1, "ever"), (0.7, 0.3, "ever"), (1.0, 0.5, "ever"),
        ]
    ] + [
        every_training(0.3, 1.2, 10, 1.0, 2.0, 0.2, "end"),
        every_training(0.3, 0.8, 10, 1.0, 1.5, 0.4, "ever"),
        every_training(0.4, 1.0, 11, 0.5, 0.7, 1e-4, "end"),
        every_training(0.25, 1.0, 1, 0.5, 0.5, 0.3, "end"),
        every_training(1.0, 0.7, 12, 0.5, 0.3, 1e-4, "end"),
        every_training(1.0, 0.7, 12, 0.5, 0.5, 0.4, "end"),
        every_training(1.0, 0.7, 12, 0.5, 0.5, 0.1, "ever"),
    ],
    "simulated": [
        simulated(0.25, 1.0, 10000, 0.4, 1.0, 0.003),
        simulated(0.25, 1.0, 10000, 0.4, 1.0, 0.0006),
        simulated(0.25, 1.0, 10000, 0.4, 8.0, 0.0046),
        simulated(0.4, 1.0, 400, 0.3, 0.5, 0.01),
    ],
    "capped": [capped(1, 30, 0.1), capped(1.3, 100, 0.02), capped(0.5, 10, 0.11)],
    "balanced": [
        balanced([[0, 0, 0, 1, 1, 2, 3, 3], [0, 0, 1, 1]], [5.0, 1, 2, 0.5, 0.5, 20, 1, 3], kept)
        for kept in [0.1, 6, 12, 25, 33]
    ],
}, sys.stdout, indent=1)
