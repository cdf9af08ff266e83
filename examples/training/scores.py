"""Log probabilities by PyTorch, in the plainest way: no padding, everything in float64.

In float32 the last digits depend on the number of threads and on the processor; in float64 all
machines agree on the digits that are kept.
"""
from collections import defaultdict
from dataclasses import dataclass, field

import torch

import probefile
from bpe import Tokenizer
from config import CHECKPOINTS
from model import Model


@dataclass
class Row:
    """A prompt with one continuation: the target of a probe, or one of its foils."""

    fact: str
    probe: str
    kind: str
    role: str
    index: int
    text: str
    ids: list[int]
    target_count: int

    @property
    def target_ids(self) -> list[int]:
        return self.ids[-self.target_count :]


@dataclass
class Score:
    """Natural logarithms. `full` is the mean over all tokens of prompt and target but the first,
    which has no predecessor."""

    mean: float
    sum: float
    first: float
    full: float
    greedy: bool
    logprobs: list[float] = field(default_factory=list)
    ranks: list[int] = field(default_factory=list)


def rows() -> list[Row]:
    tokenizer = Tokenizer.load(CHECKPOINTS / "tokenizer.json")
    found = []
    for fact, probe_id, probe in probefile.probes():
        answers = [("target", 0, probe["target"])]
        answers += [("foil", i, foil) for i, foil in enumerate(probe.get("foils", []))]
        for role, index, text in answers:
            ids, offsets = tokenizer.encode_with_offsets(probe["prompt"] + probefile.JOIN + text)
            border = len(probe["prompt"].encode("utf-8"))
            count = sum(end > border for _, end in offsets)
            found.append(Row(fact["id"], probe_id, probe["kind"], role, index, text, ids, count))
    return found


@torch.no_grad()
def score(model: Model, rows: list[Row]) -> list[Score]:
    model = model.double()
    by_length = defaultdict(list)
    for place, row in enumerate(rows):
        by_length[len(row.ids)].append(place)
    scores: list[Score | None] = [None] * len(rows)
    for places in by_length.values():
        ids = torch.tensor([rows[place].ids for place in places])
        logits = model(ids, torch.ones_like(ids))[:, :-1]
        given = ids[:, 1:, None]
        chosen = logits.gather(2, given)
        logprobs = logits.log_softmax(dim=2).gather(2, given)[..., 0].tolist()
        ranks = (1 + (logits > chosen).sum(dim=2)).tolist()
        for place, row_logprobs, row_ranks in zip(places, logprobs, ranks):
            count = rows[place].target_count
            target, target_ranks = row_logprobs[-count:], row_ranks[-count:]
            scores[place] = Score(
                mean=sum(target) / count,
                sum=sum(target),
                first=target[0],
                full=sum(row_logprobs) / len(row_logprobs),
                greedy=all(rank == 1 for rank in target_ranks),
                logprobs=target,
                ranks=target_ranks,
            )
    return scores
