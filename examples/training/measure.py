"""Measures every run, the unshipped ones too, and writes measured.json.

Nothing is chosen after looking: all probes of all facts count, except that a ratio (R) is only
formed where the rise exceeds both 0.05 nats and the 95th percentile of the controls' rise; how many
probes remain is written beside it. Specificity needs foils: 20 of the 24 facts have them.
"""
import json
from statistics import mean, stdev

import numpy
import torch

import dynamics
import probefile
from config import BUILD, HERE
from model import load
from scores import rows, score

KINDS = ("memorization", "semantic", "composition")
SEEN = ("paraphrase", "duplication", "once")
SMALLEST_RISE = 0.05


class Trajectory:
    """One probe in one run: its target's log probability at each step, and its foils' mean."""

    def __init__(self, fact, kind, target, foils):
        self.fact, self.kind, self.target = fact, kind, target
        self.gap = None if foils is None else target - foils


def trajectories(run_id: str, steps: list[int]) -> list[Trajectory]:
    items = rows()
    cache = BUILD / f"scores-{run_id}.npy"
    states = [BUILD / "states" / run_id / f"{step}.pt" for step in steps]
    if cache.exists() and all(cache.stat().st_mtime > state.stat().st_mtime for state in states):
        values = numpy.load(cache)
    else:
        values = numpy.array([[s.mean for s in score(load(run_id, t), items)] for t in steps]).T
        numpy.save(cache, values)
    found = []
    facts = {fact["id"]: fact for fact in probefile.FACTS}
    for place, item in enumerate(items):
        if item.role == "target":
            foils = [
                values[i]
                for i, other in enumerate(items)
                if (other.fact, other.probe, other.role) == (item.fact, item.probe, "foil")
            ]
            foil_mean = numpy.mean(foils, axis=0) if foils else None
            found.append(Trajectory(facts[item.fact], item.kind, values[place], foil_mean))
    return found


def average(values) -> float | None:
    kept = [value for value in values if value is not None]
    return round(mean(kept), 4) if kept else None


def encounters_of(condition: str, run) -> list[int]:
    return run.encounters[:1] if condition == "once" else run.encounters


def acquisition(steps, probes, encounters, window) -> dict:
    def over(measure, chosen, *extra):
        return average(measure(steps, p.target.tolist(), encounters, i, *extra) for p in probes for i in chosen)

    every = range(len(encounters))
    return {
        "effectivity": over(dynamics.effectivity, every, window),
        "effectivityFirst": over(dynamics.effectivity, [0], window),
        "fixedLag": over(dynamics.fixed_lag, every, window),
        "fixedLagFirst": over(dynamics.fixed_lag, [0], window),
        "rise": average(dynamics.total_rise(steps, p.target.tolist(), encounters, window) for p in probes),
    }


def forgetting(steps, probes, controls, encounters, window) -> dict:
    """The fit of mean R, raw and with the mean change of the controls taken off first."""
    drift = numpy.mean([c.target - c.target[steps.index(encounters[0])] for c in controls], axis=0)
    null = [dynamics.total_rise(steps, c.target.tolist(), encounters, window) for c in controls]
    least = max(SMALLEST_RISE, float(numpy.percentile(null, 95)))
    result = {"least": round(least, 4), "of": len(probes)}
    for name, taken_off in (("raw", 0 * drift), ("net", drift)):
        curves = [p.target - taken_off for p in probes]
        rises = [dynamics.total_rise(steps, p.target.tolist(), encounters, window) for p in probes]
        curves = [c.tolist() for c, rise in zip(curves, rises) if rise > least]
        result["used"] = len(curves)
        if len(curves) < 3:
            result[name] = None
            continue
        last = len(encounters) - 1
        longest = min(steps[-1] - dynamics.peak(steps, c, encounters, last, window)[0] for c in curves)
        lags = dynamics.lags_up_to(longest)
        ratios = numpy.mean(
            [dynamics.retainability(steps, c, encounters, window, lags) for c in curves], axis=0
        )
        a, b, r2 = dynamics.fit_log10(lags, ratios)
        result[name] = {
            "decay": round(a, 4),
            "intercept": round(b, 4),
            "r2": round(r2, 4),
            "longestLag": round(float(lags[-1]), 1),
            "retainedAtLongestLag": round(float(ratios[-1]), 4),
        }
    return result


def specificity(steps, probes, encounters) -> dict:
    gaps = [p.gap for p in probes if p.gap is not None]
    start = steps.index(encounters[0])
    at = {"after": encounters[-1] + 50, "end": steps[-1]}
    return {name: average(g[steps.index(step)] - g[start] for g in gaps) for name, step in at.items()} | {
        "probes": len(gaps)
    }


def measure(run_id: str) -> dict:
    run, steps = probefile.run(run_id), probefile.PLAN["steps"]
    everything = trajectories(run_id, steps)
    result = {}
    for kind in KINDS:
        of_kind = [t for t in everything if t.kind == kind]
        part = {
            name: [t for t in of_kind if probefile.condition(t.fact, run_id) == name]
            for name in (*SEEN, "control")
        }
        for name in SEEN:
            times = encounters_of(name, run)
            seen = acquisition(steps, part[name], times, run.window)
            null = acquisition(steps, part["control"], times, run.window)
            result[f"{name}/{kind}"] = {
                **seen,
                "null": null,
                "net": {key: round(seen[key] - null[key], 4) for key in seen},
                "forgetting": forgetting(steps, part[name], part["control"], times, run.window),
                "specificity": specificity(steps, part[name], run.encounters),
            }
        result[f"control/{kind}"] = {"specificity": specificity(steps, part["control"], run.encounters)}
    return result


def together(values: list):
    """Mean and standard deviation over the runs of every number in equally shaped results."""
    kept = [value for value in values if value is not None]
    if not kept:
        return None
    if isinstance(kept[0], dict):
        return {key: together([value[key] for value in kept]) for key in kept[0]}
    spread = round(stdev(kept), 4) if len(kept) > 1 else None
    return {"mean": round(mean(kept), 4), "sd": spread, "runs": len(kept)}


if __name__ == "__main__":
    torch.set_num_threads(1)
    runs = {run_id: measure(run_id) for run_id in probefile.PLAN["runs"]}
    measured = {"steps": probefile.PLAN["steps"], "runs": runs, "mean": together(list(runs.values()))}
    (HERE / "measured.json").write_text(json.dumps(measured, indent=1) + "\n")

    def cell(value):
        return "–" if value is None else f"{value['mean']:+.2f} ± {value['sd'] or 0:.2f}"

    print("| condition / kind | effectivity | null | net | net at fixed lag | decay a (R²) | used | specificity after, end |")
    for name, found in measured["mean"].items():
        if name.startswith("control"):
            print(f"| {name} | | | | | | | {cell(found['specificity']['after'])}, {cell(found['specificity']['end'])} |")
            continue
        raw = found["forgetting"]["raw"]
        fit = "–" if raw is None else f"{cell(raw['decay'])} ({raw['r2']['mean']:.2f})"
        print(
            f"| {name} | {cell(found['effectivity'])} | {cell(found['null']['effectivity'])} | "
            f"{cell(found['net']['effectivity'])} | {cell(found['net']['fixedLag'])} | {fit} | "
            f"{found['forgetting']['used']['mean']:.1f}/{found['forgetting']['of']['mean']:.0f} | "
            f"{cell(found['specificity']['after'])}, {cell(found['specificity']['end'])} |"
        )
