"""Reference kernels for test/core/dynamics/kernel.test.ts, by NumPy and SciPy (Debian: python3-numpy, python3-scipy).

    /usr/bin/python3 test/oracle/kernel.py > test/oracle/kernel.json

Written from the definitions alone (DESIGN section 2, kernel), independently of src/core/dynamics: the model is evaluated
as plain sums, its least squares are found by scipy.optimize.least_squares (trust region reflective, numerical
derivatives) from many starts. Runs are made up, with noise and a drift, rounded to 1e-6 nats.
"""
import json
import sys

import numpy as np
from scipy.optimize import least_squares


def kernel(t, a, b):
    return np.clip(b - a * np.log10(np.maximum(t, 1)), 0, 1)


def trajectory(rng, steps, encounters, a, b, delay, rise, noise):
    level = rng.uniform(-8, -5) + 0 * steps
    for t in encounters:
        lag = steps - t - delay
        level = level + rise * np.where(lag > 0, kernel(lag, a, b), np.clip(1 + lag / delay, 0, 1))
    return np.round(level + rng.normal(0, noise, len(steps)), 6)


def windows(steps, encounters, window):
    """Places of the checkpoints in each window; windows without any are dropped."""
    found = []
    for i, t in enumerate(encounters):
        end = min(t + window, encounters[i + 1] if i + 1 < len(encounters) else np.inf)
        places = np.flatnonzero((steps > t) & (steps <= end))
        if len(places):
            found.append((t, places))
    return found


def peaks_of(steps, mean, encounters, window):
    found = windows(steps, encounters, window)
    common = sorted(set.intersection(*[set(steps[places] - t) for t, places in found]))
    if 2 * sum(2 * len(common) > len(places) for _, places in found) > len(found):
        level = [sum(mean[np.searchsorted(steps, t + d)] for t, _ in found) for d in common]
        d = common[int(np.argmax(level))]
        return [int(np.searchsorted(steps, t + d)) for t, _ in found]
    return [int(places[np.argmax(mean[places])]) for _, places in found]


def points_after(steps, peak, end):
    """(place, weight): the checkpoint nearest in log lag to each of 20 lags a decade."""
    places = np.flatnonzero((np.arange(len(steps)) > peak) & (steps <= end))
    if not len(places):
        return []
    lags = steps[places] - steps[peak]
    longest = lags[-1]
    grid = np.minimum(10 ** (np.arange(int(np.floor(np.log10(longest) * 20 + 1e-9)) + 1) / 20), longest)
    chosen = {}
    for lag in grid:
        if lag * 10 ** (1 / 40) < lags[0]:
            continue
        distance = np.abs(np.log(lags) - np.log(lag))
        at = int(places[np.flatnonzero(distance <= distance.min() + 1e-12)[0]])
        chosen[at] = chosen.get(at, 0) + 1
    return sorted(chosen.items())


def mean_of(case, schedule):
    steps = np.array(schedule["steps"])
    values = np.array(schedule["values"])
    start = np.flatnonzero(steps <= schedule["encounters"][0])[-1]
    mean = (values - values[:, [start]]).mean(axis=0)
    peaks = peaks_of(steps, mean, schedule["encounters"], case["window"])
    points = []
    for i, peak in enumerate(peaks):
        after = [t for t in schedule["encounters"] if t >= steps[peak]]
        points += [(at, w, i + 1) for at, w in points_after(steps, peak, after[0] if after else np.inf)]
    return steps, mean, peaks, points, len(values)


def additions(steps, mean, peaks, a, b):
    found = []
    for i, peak in enumerate(peaks):
        left = sum(found[j] * kernel(steps[peak] - steps[peaks[j]], a, b) for j in range(i))
        found.append(mean[peak] - left)
    return found


def fit(case):
    means = [mean_of(case, schedule) for schedule in case["schedules"]]
    weights = np.array([w * n for _, _, _, points, n in means for _, w, _ in points], float)

    def residuals(theta):
        a, b = theta
        out = []
        for steps, mean, peaks, points, _ in means:
            adds = additions(steps, mean, peaks, a, b)
            for at, _, before in points:
                level = sum(adds[j] * kernel(steps[at] - steps[peaks[j]], a, b) for j in range(before))
                out.append(level - mean[at])
        return np.sqrt(weights) * np.array(out)

    starts = [(b / d, b) for b in (0.6, 1, 1.4, 2.4) for d in (1, 2, 3, 4, 5, 6)]
    best = min(
        (least_squares(residuals, s, xtol=1e-14, ftol=1e-14, gtol=1e-14, x_scale=(0.1, 0.5)) for s in starts),
        key=lambda r: r.cost,
    )
    a, b = best.x
    y = np.array([mean[at] for _, mean, _, points, _ in means for at, _, _ in points])
    ssr = 2 * best.cost
    sst = (weights * (y - (weights * y).sum() / weights.sum()) ** 2).sum()
    return {
        "a": a,
        "b": b,
        "threshold": 10 ** (b / a),
        "points": len(y),
        "r2": 1 - ssr / sst,
        "rmse": np.sqrt(ssr / weights.sum()),
        "peaks": [[int(steps[p]) for p in peaks] for steps, _, peaks, _, _ in means],
        "additions": [[float(x) for x in additions(steps, mean, peaks, a, b)] for steps, mean, peaks, _, _ in means],
    }


def make(rng, name, schedules, a, b, delay, rise=0.6, noise=0.05, window=50):
    made = {"name": name, "window": window, "schedules": []}
    for encounters, steps, probes in schedules:
        steps = np.array(sorted(set(int(s) for s in steps)))
        values = [list(trajectory(rng, steps, encounters, a, b, delay, rise, noise)) for _ in range(probes)]
        made["schedules"].append(
            {"encounters": [int(t) for t in encounters], "steps": [int(s) for s in steps], "values": values}
        )
    made["kernel"] = fit(made)
    return made


def main():
    rng = np.random.default_rng(20)
    ten = list(range(0, 1000, 100))
    after = [900 + x for x in np.geomspace(1, 1500, 60)]
    offsets = [t + d for t in ten for d in (0, 4, 8, 12, 20, 35, 60)]
    irregular = [0, *np.sort(rng.choice(np.arange(1, 1000), 220, replace=False)), *after]
    uneven = [0, 40, 130, 135, 400, 900]
    cases = [
        make(rng, "regular checkpoints", [(ten, offsets + after, 4)], 0.25, 1, 8),
        make(rng, "irregular checkpoints", [(ten, irregular, 4)], 0.25, 1, 10),
        make(rng, "uneven encounters, one without a checkpoint in its window", [(uneven, [*range(0, 130, 3), 130, *range(136, 905, 7), *after], 3)], 0.3, 1.1, 6),
        make(rng, "met once", [([20], [0, 10, 20, *(20 + x for x in np.geomspace(1, 2000, 70))], 5)], 0.35, 0.9, 1),
        make(rng, "lost between encounters", [(ten, offsets + after, 4)], 0.8, 1.2, 8),
        make(rng, "two schedules", [(ten, offsets + after, 4), (ten[:3], offsets + after, 2)], 0.2, 0.8, 12),
    ]
    json.dump({"cases": cases}, sys.stdout, separators=(",", ":"))
    sys.stdout.write("\n")


main()
