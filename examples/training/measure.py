"""Measures every run, the unshipped ones too, and writes measured.json.

All probes of all facts and runs count, except that a ratio (R) is only formed where the rise exceeds
both 0.05 nats and the 95th percentile of the controls' rise; how many probes remain is written beside
it. Specificity needs foils: 20 of the 24 facts have them. Which rules of the fit are younger than the
first results is told in README.md.
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
    """The decay of R: raw, and net of the controls' mean, which is taken off before the ratio.

    Either asks of its probes more than the same measure gives on the controls: the raw one that they
    rise by more than controls do, the net one by more than a control does net of the other controls.
    """
    seen = [p.target for p in probes]
    unseen = [c.target for c in controls]
    drift = numpy.mean(unseen, axis=0)
    alone = [u - numpy.mean(unseen[:i] + unseen[i + 1 :], axis=0) for i, u in enumerate(unseen)]
    return {
        "raw": decay(steps, seen, least_rise(steps, unseen, encounters, window), encounters, window),
        "net": decay(
            steps, [s - drift for s in seen], least_rise(steps, alone, encounters, window), encounters, window
        ),
    }


def least_rise(steps, null, encounters, window) -> float:
    rises = [dynamics.total_rise(steps, curve.tolist(), encounters, window) for curve in null]
    return max(SMALLEST_RISE, float(numpy.percentile(rises, 95)))


def decay(steps, curves, least, encounters, window) -> dict:
    """Mean R over the curves that rose enough, and beside it the ratio of means over all curves."""
    curves = [curve.tolist() for curve in curves]
    rises = [dynamics.total_rise(steps, c, encounters, window) for c in curves]
    used = [c for c, rise in zip(curves, rises) if rise > least]
    used_rises = numpy.array([rise for rise in rises if rise > least])
    result = {"leastRise": round(least, 4), "used": len(used)}
    if len(used) < FEWEST_PROBES or not dynamics.supports_fit(lags_of(steps, used, encounters, window)):
        return result
    start, lags, ratios = ratios_of(steps, used, encounters, window)
    mean_ratio = ratios.mean(axis=0)
    measured = lags >= start
    fit = dynamics.fit_log10(lags[measured], mean_ratio[measured])
    start_of_all, lags_of_all, ratios_of_all = ratios_of(steps, curves, encounters, window)
    of_means = numpy.array(rises) @ ratios_of_all / sum(rises)
    after_all = lags_of_all >= start_of_all
    return result | {
        "decay": round(fit.a, 4),
        "intercept": round(fit.b, 4),
        "r2": round(fit.r2, 4),
        "standardError": round(fit.error, 4),
        "fittedFrom": start,
        "longestLag": round(float(lags[-1]), 1),
        "horizon": None if fit.horizon is None else float(f"{fit.horizon:.4g}"),
        "retainedAt1000": round(float(numpy.interp(1000, lags, mean_ratio)), 4),
        "ratioOfMeansAt1000": round(
            float(numpy.interp(1000, lags, used_rises @ ratios / used_rises.sum())), 4
        ),
        "decayOfRatioOfMeansOfAll": round(
            dynamics.fit_log10(lags_of_all[after_all], of_means[after_all]).a, 4
        ),
    }


def lags_of(steps, curves, encounters, window) -> list[list[int]]:
    return [dynamics.lags_measured(steps, c, encounters, window) for c in curves]


def ratios_of(steps, curves, encounters, window):
    """Where a fit starts, the lags, and R of every curve at each: all have the same steps here."""
    measured = lags_of(steps, curves, encounters, window)
    lags = dynamics.lags_up_to(min(each[-1] for each in measured))
    ratios = numpy.array([dynamics.retainability(steps, c, encounters, window, lags) for c in curves])
    return dynamics.lag_of_the_fit(measured), lags, ratios


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
        return {
            key: (span if key == "horizon" else together)([value.get(key) for value in kept]) for key in keys
        }
    spread = round(stdev(kept), 4) if len(kept) > 1 else None
    return {"mean": round(mean(kept), 4), "sd": spread, "runs": len(kept)}


def span(values: list) -> dict | None:
    """Horizons lie orders of magnitude apart, so that a mean would be the largest alone."""
    kept = [value for value in values if value is not None]
    return {"least": min(kept), "most": max(kept), "runs": len(kept)} if kept else None


def cell(value) -> str:
    if value is None:
        return ""
    if value["sd"] is None:
        return f"{value['mean']:+.2f} (one run)"
    runs = "" if value["runs"] == len(probefile.PLAN["runs"]) else f" ({value['runs']} runs)"
    return f"{value['mean']:+.2f} ± {value['sd']:.2f}{runs}"


def horizon(raw: dict) -> str:
    """The least and the most of the runs, and how many of the fitted runs have one."""
    found, fitted = raw.get("horizon"), raw["decay"]["runs"]
    if found is None:
        return f"none of {fitted}"
    least, most = (f"{float(f'{found[end]:.2g}'):,.0f}" for end in ("least", "most"))
    return f"{least if least == most else f'{least} to {most}'} ({found['runs']} of {fitted})"


def table(measured: dict) -> str:
    """The README's tables: means over the runs, ± standard deviation between them."""
    rise = ["| condition | kind | effectivity | null | net | first encounter, net | fixed lag, net |"]
    fade = ["| condition | kind | a | R² | a, net of controls | R², net | a, ratio of means | probes used |"]
    last = ["| condition | kind | R after 1,000 steps | net of controls | horizon, steps | fitted from, steps |"]
    gain = ["| condition | kind | at step 500 | at step 1,500 | net of controls, 500 | net, 1,500 |"]
    for name, found in measured.items():
        head = "| " + " | ".join(name.split("/"))
        special = found["specificity"]
        beyond = found.get("specificityNet", {"after": None, "end": None})
        columns = [special["after"], special["end"], beyond["after"], beyond["end"]]
        gain.append(f"{head} | " + " | ".join(map(cell, columns)) + " |")
        if "forgetting" not in found:
            continue
        columns = [found["effectivity"], found["null"]["effectivity"]]
        columns += [found["net"][key] for key in ("effectivity", "effectivityFirst", "fixedLag")]
        rise.append(f"{head} | " + " | ".join(map(cell, columns)) + " |")
        raw, net = found["forgetting"]["raw"], found["forgetting"]["net"]
        columns = [raw["decay"], raw["r2"], net["decay"], net["r2"], raw["decayOfRatioOfMeansOfAll"]]
        used = f"{raw['used']['mean']:g}, net {net['used']['mean']:g}"
        fade.append(f"{head} | " + " | ".join(map(cell, columns)) + f" | {used} |")
        columns = [cell(raw["retainedAt1000"]), cell(net["retainedAt1000"]), horizon(raw)]
        last.append(f"{head} | " + " | ".join(columns) + f" | {raw['fittedFrom']['mean']:g} |")
    tables = (rise, fade, last, gain)
    for lines in tables:
        lines.insert(1, "| --- | --- |" + " ---: |" * (lines[0].count("|") - 3))
    return "\n\n".join("\n".join(lines) for lines in tables)


if __name__ == "__main__":
    torch.set_num_threads(1)
    runs = {run_id: measure(run_id) for run_id in probefile.PLAN["runs"]}
    measured = {"steps": probefile.PLAN["steps"], "runs": runs, "mean": together(list(runs.values()))}
    (HERE / "measured.json").write_text(json.dumps(measured, indent=1) + "\n")

    print(table(measured["mean"]))
