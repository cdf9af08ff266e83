"""Writes what PyTorch gives for every probe at every shipped checkpoint, as a reference for tests."""
import json

import torch

import probefile
from config import REFERENCE
from model import load
from scores import Score, rows, score

ABOUT = (
    "PyTorch's log probabilities (natural logarithm, rounded to 1e-7) from the shipped float16 weights, "
    "computed with in float64. scores[step][i] belongs to items[i]. Target tokens "
    "are those that cover any character of join + text. logprob_full is the mean over all tokens of "
    "prompt + join + text but the first. A rank is 1 + the number of strictly greater logits; greedy "
    "says whether all ranks are 1."
)
ITEM_COLUMNS = ["fact", "probe", "kind", "role", "index", "text", "n_tokens", "token_ids"]
SCORE_COLUMNS = [
    "logprob_mean", "logprob_sum", "logprob_first", "logprob_full", "greedy", "logprobs", "ranks",
]


def line(one: Score) -> list:
    numbers = [round(value, 7) for value in (one.mean, one.sum, one.first, one.full)]
    return [*numbers, one.greedy, [round(value, 7) for value in one.logprobs], one.ranks]


def compact(value) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write(run_id: str) -> None:
    items = rows()
    head = {
        "about": ABOUT,
        "run": run_id,
        "torch": torch.__version__,
        "item_columns": ITEM_COLUMNS,
        "score_columns": SCORE_COLUMNS,
    }
    listed = [
        [r.fact, r.probe, r.kind, r.role, r.index, r.text, r.target_count, r.target_ids] for r in items
    ]
    steps = []
    for step in probefile.run(run_id).shipped:
        lines = ",\n".join(compact(line(one)) for one in score(load(run_id, step), items))
        steps.append(f'"{step}":[\n{lines}]')
    REFERENCE.mkdir(exist_ok=True)
    body = ",\n".join(f"{compact(key)}:{compact(value)}" for key, value in head.items())
    text = (
        "{" + body + ',\n"items":[\n' + ",\n".join(map(compact, listed)) + '],\n"scores":{\n'
        + ",\n".join(steps) + "}}\n"
    )
    json.loads(text)
    (REFERENCE / f"{run_id}.json").write_text(text, "utf-8")
    print(f"{run_id}: {len(items)} rows at {len(steps)} steps, {len(text) / 1e6:.1f} MB")


if __name__ == "__main__":
    torch.set_num_threads(1)
    for shipped in (entry["id"] for entry in probefile.FILE["runs"]):
        write(shipped)
