"""All figures of the published procedure in one NumPy pass over json.load: what a careful Python user would write.

    python3 one_pass.py LOG > figures.json

Written from the procedure's description, not from the published code. Adds the time and the memory it took.
"""
import json
import resource
import sys
import time

import numpy as np

WINDOW, SPACING, TIMES, FENCE = 50, 100, 10, 2.0
KINDS = ("mem", "gen", "gen_hard")
CONDITIONS = {"paraphrase": (0, 40, TIMES), "duplication": (40, 80, TIMES), "once": (80, 120, 1)}


def fenced_mean(values, axis=None):
    low, high = np.percentile(values, [25, 75], axis=axis)
    spread = FENCE * (high - low)
    inside = (values >= low - spread) & (values <= high + spread)
    return np.where(inside, values, 0).sum(axis=axis) / inside.sum(axis=axis), (~inside).sum()


def rises(loss, times):
    """Loss before each injection minus the least one in the window after it: series × injections."""
    return np.stack([loss[:, s] - loss[:, s + 1 : s + 1 + WINDOW].min(axis=1) for s in range(0, times * SPACING, SPACING)], axis=1)


def analyse(loss, times):
    last = (times - 1) * SPACING
    peak = last + 1 + loss[:, last + 1 : last + 1 + WINDOW].argmin(axis=1)
    least = np.take_along_axis(loss, peak[:, None], axis=1)
    moved = least[:, 0] != loss[:, 0]
    loss, peak, least = loss[moved], peak[moved], least[moved]
    length = entries - WINDOW - (TIMES - 1) * SPACING
    after = np.take_along_axis(loss, peak[:, None] + np.arange(length), axis=1)
    curve, removed = fenced_mean(100 * (after - loss[:, :1]) / (least - loss[:, :1]), axis=0)
    x, y = np.log10(np.arange(1, length)), curve[1:] / 100
    slope, intercept = np.polyfit(x, y, 1)
    residual = ((y - slope * x - intercept) ** 2).sum()
    return {
        "effectivity": float(fenced_mean(rises(loss, times).ravel())[0]),
        "retainability": curve.tolist(),
        "removed": int(removed),
        "decay": {
            "slope": float(slope),
            "intercept": float(intercept),
            "se": float(np.sqrt(residual / (len(x) - 2) / ((x - x.mean()) ** 2).sum())),
            "r2": float(1 - residual / ((y - y.mean()) ** 2).sum()),
        },
    }


with open(sys.argv[1]) as file:
    log = json.load(file)
loaded = time.process_time()
entries = len(log)
figures = {condition: {} for condition in CONDITIONS}
for kind in KINDS:
    table = np.array([entry[f"{kind}_target"][:120] for entry in log]).transpose(1, 2, 0).reshape(600, entries)
    for condition, (start, end, times) in CONDITIONS.items():
        figures[condition][kind] = analyse(table[start * 5 : end * 5], times)
usage = resource.getrusage(resource.RUSAGE_SELF)
json.dump({"figures": figures, "load": loaded, "cpu": time.process_time(), "megabytes": usage.ru_maxrss / 1024}, sys.stdout)
