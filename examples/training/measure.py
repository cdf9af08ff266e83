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
FEWEST_PROBES = 3  # fewer than this, and no line is fitted


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
    """The decay of R: raw, and net of the mean change of the controls, taken off before the ratio."""
    start = steps.index(encounters[0])
    drift = numpy.mean([c.target - c.target[start] for c in controls], axis=0)
    null = [dynamics.total_rise(steps, c.target.tolist(), encounters, window) for c in controls]
    least = max(SMALLEST_RISE, float(numpy.percentile(null, 95)))
    return {
        "leastRise": round(least, 4),
        "raw": decay(steps, [p.target.tolist() for p in probes], encounters, window, least),
        "net": decay(steps, [(p.target - drift).tolist() for p in probes], encounters, window, least),
    }


def decay(steps, curves, encounters, window, least) -> dict | None:
    """Mean R over the curves that rose enough, and beside it the ratio of means over all curves."""
    rises = [dynamics.total_rise(steps, c, encounters, window) for c in curves]
    used = [place for place, rise in enumerate(rises) if rise > least]
    if len(used) < FEWEST_PROBES:
        return {"used": len(used)}
    last = len(encounters) - 1
    longest = min(steps[-1] - dynamics.peak(steps, c, encounters, last, window)[0] for c in curves)
    lags = dynamics.lags_up_to(longest)
    ratios = numpy.array([dynamics.retainability(steps, c, encounters, window, lags) for c in curves])
    mean_ratio = ratios[used].mean(axis=0)
    ratio_of_means = numpy.array(rises) @ ratios / sum(rises)
    a, b, r2 = dynamics.fit_log10(lags, mean_ratio)
    return {
        "used": len(used),
        "decay": round(a, 4),
        "intercept": round(b, 4),
        "r2": round(r2, 4),
        "longestLag": round(float(lags[-1]), 1),
        "retainedAt1000": round(float(numpy.interp(1000, lags, mean_ratio)), 4),
        "decayOfRatioOfMeans": round(dynamics.fit_log10(lags, ratio_of_means)[0], 4),
    }


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
        unseen = specificity(steps, part["control"], run.encounters)
        for name in SEEN:
            times = encounters_of(name, run)
            seen = acquisition(steps, part[name], times, run.window)
            null = acquisition(steps, part["control"], times, run.window)
            special = specificity(steps, part[name], run.encounters)
            result[f"{name}/{kind}"] = {
                **seen,
                "null": null,
                "net": {key: round(seen[key] - null[key], 4) for key in seen},
                "forgetting": forgetting(steps, part[name], part["control"], times, run.window),
                "specificity": special,
                "specificityNet": {at: round(special[at] - unseen[at], 4) for at in ("after", "end")},
            }
        result[f"control/{kind}"] = {"specificity": unseen}
    return result


def together(values: list):
    """Mean and standard deviation over the runs of every number in equally shaped results."""
    kept = [value for value in values if value is not None]
    if not kept:
        return None
    if isinstance(kept[0], dict):
        keys = {key: None for value in kept for key in value}
        return {key: together([value.get(key) for value in kept]) for key in keys}
    spread = round(stdev(kept), 4) if len(kept) > 1 else None
    return {"mean": round(mean(kept), 4), "sd": spread, "runs": len(kept)}


def cell(value) -> str:
    if value is None:
        return ""
    spread = "(one run)" if value["sd"] is None else f"± {value['sd']:.2f}"
    return f"{value['mean']:+.2f} {spread}"


def table(measured: dict) -> str:
    """The README's tables: means over the runs, ± standard deviation between them."""
    rise = ["| condition | kind | effectivity | null | net | first encounter, net | fixed lag, net |"]
    fade = ["| condition | kind | a | R² | a, net of controls | a, ratio of means | R after 1,000 steps | probes used |"]
    gain = ["| condition | kind | at step 500 | at step 1,500 | net of controls, 500 | net, 1,500 |"]
    for name, found in measured.items():
        head = "| " + " | ".join(name.split("/"))
        special = found["specificity"]
        beyond = found.get("specificityNet", {"after": None, "end": None})
        columns = [special["after"], special["end"], beyond["after"], beyond["end"]]
        gain.append(f"{head} | " + " | ".join(map(cell, columns)) + " |")
        if "forgetting" not in found:
            continue
        net, raw = found["net"], found["forgetting"]["raw"]
        columns = [found["effectivity"], found["null"]["effectivity"]]
        columns += [net["effectivity"], net["effectivityFirst"], net["fixedLag"]]
        rise.append(f"{head} | " + " | ".join(map(cell, columns)) + " |")
        columns = [raw.get("decay"), raw.get("r2"), found["forgetting"]["net"].get("decay")]
        columns += [raw.get("decayOfRatioOfMeans"), raw.get("retainedAt1000")]
        fade.append(f"{head} | " + " | ".join(map(cell, columns)) + f" | {raw['used']['mean']:g} |")
    for lines in (rise, fade, gain):
        lines.insert(1, "| --- | --- |" + " ---: |" * (lines[0].count("|") - 3))
    return "\n\n".join("\n".join(lines) for lines in (rise, fade, gain))


if __name__ == "__main__":
    torch.set_num_threads(1)
    runs = {run_id: measure(run_id) for run_id in probefile.PLAN["runs"]}
    measured = {"steps": probefile.PLAN["steps"], "runs": runs, "mean": together(list(runs.values()))}
    (HERE / "measured.json").write_text(json.dumps(measured, indent=1) + "\n")

    print(table(measured["mean"]))
