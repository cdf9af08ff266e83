"""Reference values for test/core/dynamics, by NumPy and SciPy (Debian: python3-numpy, python3-scipy).

    /usr/bin/python3 test/oracle/dynamics.py > test/oracle/dynamics.json

Written from the definitions alone (DESIGN section 2), independently of src/core/dynamics. Trajectories are made up:
irregular checkpoints, noise, some checkpoints missing. Missing results are null.
"""
import json
import sys

import warnings

import numpy as np
from scipy import optimize, stats

STEPS = sorted({0, *range(50, 1000, 50), *range(7, 1000, 50), *range(23, 1000, 50)} | set(np.geomspace(1000, 9000, 25).astype(int)))
LAGS = [0, 0.5, 1, 3, 10, 33.3, 100, 512, 1000, 4000]


def trajectory(rng, encounters, gain, decay, noise, missing):
    steps = np.array([s for s in STEPS if rng.random() >= missing])
    values = np.full(len(steps), rng.uniform(-9, -4))
    for t in encounters:
        after = np.clip(steps - t - 10, 1, None)
        kept = np.clip(1 - decay * np.log10(after), 0, 1)
        ramp = np.clip((steps - t) / 10, 0, 1)
        values = values + np.where(steps > t, gain * kept * ramp, 0)
    return steps, values + rng.normal(0, noise, len(steps))


def baseline(steps, values, encounters, i):
    lower = encounters[i - 1] if i > 0 else -1
    inside = np.flatnonzero((steps > lower) & (steps <= encounters[i]))
    return values[inside[-1]] if inside.size else None


def maximum(steps, values, encounters, i, window):
    until = encounters[i] + window
    if i + 1 < len(encounters):
        until = min(until, encounters[i + 1])
    inside = np.flatnonzero((steps > encounters[i]) & (steps <= until))
    if not inside.size:
        return None
    top = inside[np.argmax(values[inside])]
    return {"step": int(steps[top]), "value": float(values[top]), "checkpoints": int(inside.size)}


def at_lag(steps, values, origin, lag, allowed):
    """Linear in ln(1 + lag) between neighbouring checkpoints, both of them allowed."""
    target = origin + lag
    known = np.flatnonzero(allowed)
    if not known.size or target < steps[known[0]] or target > steps[known[-1]]:
        return None
    return float(np.interp(np.log1p(lag), np.log1p(steps[known] - origin), values[known]))


def fixed_lag(steps, values, encounters, i, lag):
    before = baseline(steps, values, encounters, i)
    after = encounters[i + 1] if i + 1 < len(encounters) else np.inf
    lag = min(lag, after - encounters[i])
    value = at_lag(steps, values, encounters[i], lag, (steps > encounters[i]) & (steps <= after))
    return None if before is None or value is None else value - before


def measure(steps, values, encounters, window):
    """All that one trajectory gives."""
    numbers = range(len(encounters))
    before = [baseline(steps, values, encounters, i) for i in numbers]
    peaks = [maximum(steps, values, encounters, i, window) for i in numbers]
    last, first = peaks[-1], before[0]
    rise = None if last is None or first is None else last["value"] - first
    ratios = [
        None if rise is None else (lambda v: None if v is None else (v - first) / rise)(
            at_lag(steps, values, last["step"], lag, steps >= last["step"])
        )
        for lag in LAGS
    ]
    return {
        "baseline": before,
        "maximum": peaks,
        "effectivity": [None if b is None or p is None else p["value"] - b for b, p in zip(before, peaks)],
        "fixedLag": [fixed_lag(steps, values, encounters, i, window) for i in numbers],
        "rise": rise,
        "retainability": ratios,
    }


def mean_retention(trajectories, encounters, window, threshold):
    curves, rises, longest = [], [], []
    for steps, values in trajectories:
        peak, before = maximum(steps, values, encounters, len(encounters) - 1, window), baseline(steps, values, encounters, 0)
        if peak is not None and before is not None and peak["value"] - before > threshold:
            curves.append((steps, values, peak["step"], before, peak["value"] - before))
            longest.append(int(steps[-1]) - peak["step"])
    shortest = min(longest)
    grid = 10 ** (np.arange(int(np.floor(np.log10(shortest) * 20)) + 1) / 20)
    ratios = np.array(
        [[(at_lag(s, v, p, lag, s >= p) - b) / d for lag in grid] for s, v, p, b, d in curves]
    )
    rises = np.array([d for *_, d in curves])
    mean = ratios.mean(axis=0)
    x = np.log10(grid)
    line = stats.linregress(x, mean)
    left = mean - (line.slope * x + line.intercept)
    return {
        "n": len(curves),
        "lags": grid.tolist(),
        "meanR": mean.tolist(),
        "ratioOfMeans": ((ratios * rises[:, None]).sum(axis=0) / rises.sum()).tolist(),
        "fit": {
            "a": -line.slope,
            "b": line.intercept,
            "r2": line.rvalue**2,
            "rmse": float(np.sqrt(np.mean(left**2))),
            "standardError": line.stderr,
            "horizon": float(10 ** (line.intercept / -line.slope)),
        },
    }


def exponential(t, y):
    """A·exp(-λt) by curve_fit, the best of many starts: it knows no other way around local minima."""
    t, y = np.asarray(t, float), np.asarray(y, float)

    def curve(t, amplitude, rate):
        return amplitude * np.exp(-rate * t)

    best = None
    span = t[-1] - t[0]
    for rate in np.concatenate([-np.geomspace(1e-3, 3, 12)[::-1], [0], np.geomspace(1e-3, 100, 25)]) / span:
        shape = np.exp(-rate * t)
        if not np.isfinite(shape).all() or shape @ shape == 0:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found, covariance = optimize.curve_fit(
                    curve,
                    t,
                    y,
                    p0=[shape @ y / (shape @ shape), rate],
                    jac=lambda t, a, r: np.column_stack([np.exp(-r * t), -a * t * np.exp(-r * t)]),
                    ftol=1e-15,
                    xtol=1e-15,
                    gtol=1e-15,
                    maxfev=10000,
                )
        except RuntimeError:
            continue
        ssr = float(np.sum((y - curve(t, *found)) ** 2))
        if np.isfinite(ssr) and np.isfinite(covariance).all() and (best is None or ssr < best[0]):
            best = (ssr, found, covariance)
    ssr, found, covariance = best
    return {
        "amplitude": found[0],
        "rate": found[1],
        "standardError": float(np.sqrt(covariance[1, 1])),
        "r2": 1 - ssr / float(np.sum((y - y.mean()) ** 2)),
        "rmse": float(np.sqrt(ssr / len(t))),
    }


def exponentials(rng):
    grid = 10 ** (np.arange(61) / 20)
    shapes = {
        "exponential": (grid, 0.9 * np.exp(-grid / 300)),
        "exponential, fast": (grid, 1.2 * np.exp(-grid / 4)),
        "linear in log t": (grid, 1 - 0.3 * np.log10(grid)),
        "linear in log t, below zero at the end": (grid, 0.8 - 0.45 * np.log10(grid)),
        "below zero": (grid, -0.2 - 0.1 * np.log10(grid)),
        "rising": (grid, 0.4 + grid / 4000),
        "flat": (grid, np.full(61, 0.6)),
        "sparse": (np.array([100, 200, 400, 900, 2500, 8000.0]), np.array([0.7, 0.62, 0.5, 0.33, 0.1, 0.02])),
    }
    cases = []
    for name, (t, y) in shapes.items():
        noisy = y + rng.normal(0, 0.02, len(t))
        cases.append({"name": name, "t": t.tolist(), "y": noisy.tolist(), **exponential(t, noisy)})
    return cases


def fences(rng):
    cases = []
    for factor in (0, 0.5, 1.5, 2.0):
        for values in (rng.standard_t(2, 60), rng.integers(0, 6, 41).astype(float), rng.normal(size=3)):
            first, third = np.percentile(values, [25, 75])
            reach = factor * (third - first)
            inside = (values >= first - reach) & (values <= third + reach)
            cases.append({"factor": factor, "values": values.tolist(), "kept": values[inside].tolist()})
    return cases


def main():
    rng = np.random.default_rng(20240617)
    window = 50
    schedules = {"ten": list(range(0, 1000, 100)), "one": [100], "crowded": [0, 30, 45, 400]}
    cases = []
    for name, encounters in schedules.items():
        for missing in (0, 0.3, 0.8):
            for _ in range(3):
                steps, values = trajectory(rng, encounters, 0.6, 0.22, 0.05, missing)
                cases.append(
                    {
                        "schedule": name,
                        "encounters": encounters,
                        "steps": steps.tolist(),
                        "values": values.tolist(),
                        **measure(steps, values, encounters, window),
                    }
                )
    groups = []
    for name in ("ten", "one"):
        found = [trajectory(rng, schedules[name], g, 0.22, 0.04, 0) for g in rng.uniform(0.0, 0.8, 12)]
        groups.append(
            {
                "encounters": schedules[name],
                "series": [{"steps": s.tolist(), "values": v.tolist()} for s, v in found],
                "threshold": 0.4,
                **mean_retention(found, schedules[name], window, 0.4),
            }
        )
    samples = [rng.normal(size=n).tolist() for n in (1, 2, 3, 10, 41)]
    json.dump(
        {
            "window": window,
            "lags": LAGS,
            "cases": cases,
            "groups": groups,
            "quantiles": [
                {"values": s, "q": q, "result": float(np.quantile(s, q))} for s in samples for q in (0, 0.05, 0.5, 0.95, 1)
            ],
            "exponentials": exponentials(rng),
            "fences": fences(rng),
        },
        sys.stdout,
        default=float,
    )
    print()


if __name__ == "__main__":
    main()
