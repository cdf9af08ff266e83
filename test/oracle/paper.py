"""What the published analysis does with small faulty logs, for test/core/dynamics/paper.

    /usr/bin/python3 test/oracle/paper.py PUBLISHED > test/oracle/paper.json

PUBLISHED is the folder `analysis` of kaistAI/factual-knowledge-acquisition at commit f8eaa5c. Its two scripts run as
they are, with Debian's Python 3.11, numpy 1.24 and SciPy 1.10; only what they draw with is replaced by nothing, and the
log is handed to them as if it had been parsed.

The logs are made by `loss`, in whole 64ths of a nat, so that the tests make the same ones without Python. Each case
changes a few values; what the scripts then write, or the exception they end with, is the outcome.
"""
import contextlib
import functools
import io
import json
import math
import os
import re
import runpy
import sys
import tempfile
from unittest.mock import MagicMock

KINDS = ("mem", "gen", "gen_hard")
PARTS = ("first", "target", "full")


def loss(i, e, k, q, p):
    """Entry, example, kind, part, probe; in 64ths."""
    noise = (i * 7919 + e * 104729 + k * 15485863 + q * 32452843 + p * 49979687) % 7
    met = min(10 if e < 80 else 1 if e < 120 else 0, (i - 1) // 100 + 1 if i > 0 else 0)
    value = 400 + (e * 13 + p * 29 + k * 53 + q * 71) % 64 + noise - met * (4 + (e + p + k) % 5)
    if met == 0:
        return value
    since, peak = i - 1 - 100 * (met - 1), 2 + (e + p) % 3
    return value - (8 * since if since < peak else 40 - min(2 * (since - peak), 30))


def series(kind, part, example, probe, entries):
    return [loss(i, example, KINDS.index(kind), PARTS.index(part), probe) / 64 for i in range(entries)]


def peak(kind, part, example, probe, injection):
    v = series(kind, part, example, probe, injection + 51)
    return min(range(injection + 1, injection + 51), key=v.__getitem__)


def at(where, entry, value):
    """One value: where = (kind, part, example, probe)."""
    kind, part, example, probe = where
    return {"kind": kind, "part": part, "examples": [example, example], "probes": [probe, probe], "entries": [entry, entry], "value": value}


def flat(kind, part, examples, entries, value):
    return {"kind": kind, "part": part, "examples": examples, "probes": [0, 4], "entries": entries, "value": value}


@functools.cache
def unchanged(entries):
    return [
        {f"{kind}_{part}": [[loss(i, e, k, q, p) / 64 for p in range(5)] for e in range(121)] for k, kind in enumerate(KINDS) for q, part in enumerate(PARTS)}
        for i in range(entries)
    ]


def log(entries, examples, edits):
    out = [{"step": i, **{key: [*rows[:examples]] for key, rows in entry.items()}, "def": [1.0] * examples} for i, entry in enumerate(unchanged(1001)[:entries])]
    for edit in edits:
        value = {"NaN": math.nan, "Infinity": math.inf}.get(edit["value"], edit["value"])
        (first, last), examples, probes = edit["entries"], edit["examples"], edit["probes"]
        for i in range(first, last + 1):
            rows = out[i][f"{edit['kind']}_{edit['part']}"]
            for e in range(examples[0], examples[1] + 1):
                rows[e] = [value if probes[0] <= p <= probes[1] else old for p, old in enumerate(rows[e])]
    return out


def run(script, *argv):
    """@returns what it printed; raises what it raises"""
    sys.argv = [script, *argv]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        runpy.run_path(script, run_name="__main__")
    return printed.getvalue()


def outcome(act):
    try:
        return act()
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}


def load(path):
    with open(path) as file:
        return json.load(file)


def handed_over(path, parsed):
    """json.load as it is, but for one file."""
    parse = json.JSONDecoder().decode
    json.load = lambda file: parsed if file.name.endswith(path) else parse(file.read())
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "w").close()


def analyse(published, entries, examples, edits, exp):
    for name in ("step_eval", "learnability_eval"):
        os.makedirs(name, exist_ok=True)
    handed_over("analysis/results/log.json", log(entries, examples, edits))
    options = ["--base_dir", ".", "--exp_name", "log.json", "--mode", "measure_scores"] + ([] if exp else ["--no_take_exp"])

    def scores():
        run(f"{published}/ppl_analysis.py", *options, "--skip_log_forgetting")
        return {"effectivity": load("learnability_eval/log.json"), "perInjection": load("step_eval/log.json")}

    def curves():
        printed = run(f"{published}/ppl_analysis.py", *options, "--skip_log_effectivity")
        return {
            "curves": load(f"forgetting_measurements/log_{'ppl' if exp else 'loss'}_regularized.json"),
            "removed": int(re.search(r"num_removed: (\d+)", printed)[1]),
            "removedPercent": float(re.search(r"percentage: (\S+)", printed)[1]),
        }

    return outcome(scores), outcome(curves)


A = ("gen", "target", 12, 2)
ONCE = ("mem", "target", 85, 1)
LAST = peak(*A, 900)


def log_cases():
    yield "as it is", {}
    for part in PARTS:
        yield f"null in the last window, {part}", {"edits": [at(("gen", part, 12, 2), 917, None)]}
    yield "null in an earlier window, target", {"edits": [at(A, 330, None)]}
    yield "null in an earlier window, first", {"edits": [at(("gen", "first", 12, 2), 330, None)]}
    yield "null between the windows", {"edits": [at(A, 390, None)]}
    yield "null in the window of an example met once", {"edits": [at(ONCE, 30, None)]}
    yield "null after the window of an example met once", {"edits": [at(ONCE, 930, None)]}
    yield "null in an example that is never injected", {"edits": [at(("gen", "target", 120, 2), 907, None)]}
    yield "null in an example that is never injected, exp", {"edits": [at(("gen", "target", 120, 2), 907, None)], "exp": True}
    yield "null at entry 0, target", {"edits": [at(A, 0, None)]}
    yield "null at entry 0, full", {"edits": [at(("gen", "full", 12, 2), 0, None)]}
    yield "null before injection 3", {"edits": [at(A, 300, None)]}
    yield "null 50 after the peak of injection 3", {"edits": [at(A, peak(*A, 300) + 50, None)]}
    yield "null 50 after the last peak", {"edits": [at(A, LAST + 50, None)]}
    yield "null 50 after the last peak, first", {"edits": [at(("gen", "first", 12, 2), peak("gen", "first", 12, 2, 900) + 50, None)]}
    late = at(("gen", "full", 12, 2), 948, 0.5)
    yield "null 3 after a late peak, full", {"entries": 1001, "edits": [late, at(("gen", "full", 12, 2), 951, None)]}
    yield "NaN first in the last window", {"edits": [at(A, 901, "NaN")]}
    yield "NaN first in the last window, first", {"edits": [at(("gen", "first", 12, 2), 901, "NaN")]}
    yield "NaN first in an earlier window", {"edits": [at(A, 301, "NaN")]}
    yield "NaN later in a window", {"edits": [at(A, 340, "NaN")]}
    yield "NaN 3 after the last peak", {"edits": [at(A, LAST + 3, "NaN")]}
    yield "NaN at entry 0", {"edits": [at(A, 0, "NaN")]}
    yield "NaN before injection 3", {"edits": [at(A, 300, "NaN")]}
    yield "NaN 50 after the peak of injection 3", {"edits": [at(A, peak(*A, 300) + 50, "NaN")]}
    yield "NaN 50 after the peak of an example met once", {"edits": [at(ONCE, peak(*ONCE, 0) + 50, "NaN")]}
    yield "infinite at entry 0", {"edits": [at(A, 0, "Infinity")]}
    for entries in (890, 901, 902, 949, 950, 951, 955):
        yield f"{entries} entries", {"entries": entries}
    for examples in (39, 40, 79, 80, 119):
        yield f"{examples} examples", {"examples": examples}
    yield "all probes of a kind flat", {"edits": [flat("gen_hard", "target", [80, 119], [0, 959], 5)]}
    yield "all probes of a kind flat, first", {"edits": [flat("gen_hard", "first", [80, 119], [0, 959], 5)]}
    yield "no gain from injection 0 in a whole condition", {"edits": [flat("mem", "target", [40, 79], [0, 100], 9)]}
    yield "columns shifted, gaps and a skipped probe", {
        "edits": [
            at(("mem", "target", 3, 1), 200, 1.5),
            at(("mem", "target", 3, 1), 500, 1.5),
            *[at(("gen", "target", e, 4), 100, series("gen", "target", e, 4, 200)[peak("gen", "target", e, 4, 100)]) for e in (1, 45, 46)],
            flat("gen_hard", "target", [5, 6], [0, 959], 6.25),
            at(("gen", "target", 82, 0), 0, 1),
        ]
    }
    yield "as it is, exp", {"exp": True}


# The ones whose every figure is kept; of the others the effectivity, and how many values were removed.
WHOLE = {"as it is", "columns shifted, gaps and a skipped probe", "as it is, exp"}


def short(scores, curves):
    if "error" not in scores:
        scores = {"effectivity": scores["effectivity"]}
    if "error" not in curves:
        curves = {"removed": curves["removed"], "removedPercent": curves["removedPercent"]}
    return scores, curves


def curve_set(values, **others):
    return {name: {kind: others.get(name, values) for kind in KINDS} for name in ("duplication", "paraphrase", "once")}


def fit_cases():
    plain = [100 - 9 * math.log10(t) if t else 100.0 for t in range(9)]
    yield "plain", curve_set(plain)
    yield "one point in all", curve_set([100.0])
    yield "no point", curve_set([])
    yield "one point to fit", curve_set([100.0, 90.0])
    yield "one point left", curve_set([100.0, -90.0, 100.0, 100.0])
    yield "all dropped", curve_set([100.0, -100.0, 100.0]) | {"duplication": {kind: [100.0, 90.0, 80.0] for kind in KINDS}}
    yield "one longer than duplication", curve_set(plain, once=[*plain, 70.0])
    yield "one shorter than duplication", curve_set(plain, once=plain[:-1])
    yield "null", curve_set([*plain[:4], None, *plain[5:]])
    yield "text", curve_set([*plain[:4], "80", *plain[5:]])
    yield "no duplication", {"once": curve_set(plain)["once"]}
    yield "no composition", {"duplication": {kind: plain for kind in ("mem", "gen")}}


def main():
    published = os.path.abspath(sys.argv[1])
    for name in ("matplotlib", "matplotlib.pyplot", "matplotlib.ticker", "tqdm", "pandas", "sklearn", "sklearn.metrics"):
        sys.modules[name] = MagicMock()
    sys.modules["tqdm"].tqdm = lambda each: each
    sys.modules["matplotlib"].pyplot = sys.modules["matplotlib.pyplot"]
    sys.modules["matplotlib.pyplot"].subplots.return_value = (MagicMock(), MagicMock())
    logs, fits = [], []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, case in log_cases():
            case = {"entries": 960, "examples": 121, "exp": False, "edits": [], **case}
            scores, curves = analyse(published, **case)
            if name not in WHOLE:
                scores, curves = short(scores, curves)
            logs.append({"name": name, **case, "scores": scores, "curves": curves})
            print(name, scores.get("error"), curves.get("error"), file=sys.stderr)
        for name, curves in fit_cases():
            with open("curves.json", "w") as file:
                json.dump(curves, file)
            ended = outcome(lambda: {"fits": len(re.findall("x-intercept", run(f"{published}/forgetting_plot.py", "--exp_name", "curves.json")))})
            fits.append({"name": name, "curves": curves, "outcome": ended})
            print(name, ended, file=sys.stderr)
    json.dump({"logs": logs, "fits": fits}, sys.stdout, separators=(",", ":"))
    print()


main()
