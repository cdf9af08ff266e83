"""Runs examples/log_probes.py on shipped checkpoints, for logProbes.test.ts.

Usage: log_probes_check.py EXAMPLES PROBES.jsonl LOG.jsonl RUN STEP...
The weights come from the ONNX files, the model's class and the tokenizer from examples/training.
Prints, as JSON, whether the model came back in its modes, and whether it was called in any that trains.
"""
import json
import sys
from itertools import accumulate
from pathlib import Path

examples, probes, log, run, *steps = sys.argv[1:]
sys.path[:0] = [examples, str(Path(examples) / "training")]

import onnx
import torch
from onnx import numpy_helper

from bpe import Tokenizer
from log_probes import load_probes, log_probes, resume
from model import Model

torch.set_num_threads(1)
bpe = Tokenizer.load(Path(examples) / "checkpoints" / "tokenizer.json")


def tokenizer(text):
    """The example's tokenizer gives offsets in bytes; characters are wanted."""
    ids, offsets = bpe.encode_with_offsets(text)
    starts = [0, *accumulate(len(character.encode()) for character in text)]
    first = lambda byte: max(i for i, start in enumerate(starts) if start <= byte)
    return ids, [(first(start), first(end - 1) + 1) for start, end in offsets]


def load(step):
    graph = onnx.load(str(Path(examples) / "checkpoints" / run / f"step-{step}" / "model.onnx")).graph
    weights = {
        weight.name.removesuffix(".float16"): torch.tensor(numpy_helper.to_array(weight)).float()
        for weight in graph.initializer
        if weight.name.endswith(".float16")
    }
    model = Model()
    model.load_state_dict(weights)
    return model


# A job that was killed while it logged step 14, and goes on from the checkpoint of step 7.
with open(log, "w", encoding="utf-8") as killed:
    killed.write("".join('{"step": %d, "fact": "f", "probe": "p"}\n' % step for step in (0, 7, 14)))
    killed.write('{"step": 14, "fact"')
resume(log, 7)
with open(log, encoding="utf-8") as kept:
    left = [json.loads(line)["step"] for line in kept]
resume(log, 0)

seen = {"left": left, "modes_kept": True, "trained": False}


def watch(model, _):
    seen["trained"] |= torch.is_grad_enabled() or any(module.training for module in model.modules())


for step in map(int, steps):
    model = load(step).train()
    model.norm.eval()  # somebody may have frozen a part
    model.register_forward_pre_hook(watch)
    before = [module.training for module in model.modules()]
    log_probes(model, tokenizer, load_probes(probes), step, log, batch_size=17)
    seen["modes_kept"] &= before == [module.training for module in model.modules()]
print(json.dumps(seen))
