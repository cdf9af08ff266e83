"""Trains one run: warm-up on ordinary text, then the phase in which the facts are injected.

Step t is the state after t completed updates of the second phase. A text injected at t is in the
batch of the update from t to t + 1. The copies of one encounter stand in the batches of t,
t + copyEvery, t + 2 copyEvery, ...
"""
import random
import sys
import time

import numpy
import torch
from torch.nn import functional

import probefile
from bpe import Tokenizer
from config import (
    BATCH, BETAS, BUILD, CHECKPOINTS, CLIP, CONTEXT, END_OF_TEXT_ID, LEARNING_RATE, RAMP_STEPS,
    WARM_UP_STEPS, WEIGHT_DECAY,
)
from model import Model


def injections(run_id: str, tokenizer: Tokenizer) -> dict[int, list[list[int]]]:
    """Step → the token rows to put into that step's batch."""
    run = probefile.run(run_id)
    rows: dict[int, list[list[int]]] = {}
    for fact in probefile.FACTS:
        for start, text in zip(run.encounters, probefile.texts(fact, run_id)):
            for copy in range(run.copies):
                step = start + copy * run.copy_every
                rows.setdefault(step, []).append(tokenizer.encode(text))
    return rows


class Batches:
    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.corpus = numpy.load(BUILD / "corpus.npy")

    def text(self, length: int) -> list[int]:
        start = self.random.randrange(len(self.corpus) - length)
        return self.corpus[start : start + length].tolist()

    def row_around(self, ids: list[int]) -> list[int]:
        """A passage as a document of its own, at a chance place among ordinary text."""
        before = self.random.randint(0, CONTEXT + 1 - len(ids) - 2)
        row = [*self.text(before), END_OF_TEXT_ID, *ids, END_OF_TEXT_ID]
        return row + self.text(CONTEXT + 1 - len(row))

    def next(self, injected: list[list[int]]) -> torch.Tensor:
        assert len(injected) <= BATCH, "more injected rows than the batch has"
        rows = [self.row_around(ids) for ids in injected]
        rows += [self.text(CONTEXT + 1) for _ in range(BATCH - len(rows))]
        return torch.tensor(rows, dtype=torch.int64)


def train(run_id: str) -> None:
    run = probefile.run(run_id)
    torch.manual_seed(run.seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    tokenizer = Tokenizer.load(CHECKPOINTS / "tokenizer.json")
    planned = injections(run_id, tokenizer)
    keep = set(probefile.PLAN["steps"])
    folder = BUILD / "states" / run_id
    folder.mkdir(parents=True, exist_ok=True)

    model = Model()
    batches = Batches(run.seed)
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": vectors, "weight_decay": 0.0}],
        lr=LEARNING_RATE,
        betas=BETAS,
    )
    mask = torch.ones(BATCH, CONTEXT, dtype=torch.int64)
    began, losses = time.time(), []
    for step in range(-WARM_UP_STEPS, max(keep) + 1):
        if step in keep:
            rounded = {name: value.half() for name, value in model.state_dict().items()}
            torch.save(rounded, folder / f"{step}.pt")
        if step == max(keep):
            break
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, (step + WARM_UP_STEPS + 1) / RAMP_STEPS)
        batch = batches.next(planned.get(step, []))
        logits = model(batch[:, :-1], mask)
        loss = functional.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        losses.append(loss.item())
        if step % 50 == 0:
            mean = sum(losses[-50:]) / len(losses[-50:])
            print(f"{run_id} step {step} loss {mean:.3f} {time.time() - began:.0f} s", flush=True)


if __name__ == "__main__":
    train(sys.argv[1])
