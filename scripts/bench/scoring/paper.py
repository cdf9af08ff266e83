"""The paper's evaluation in PyTorch: batches of one fact's 15 probes, padded, logits of all positions, cross entropy
with everything but the target left out. Eager, as its script runs Hugging Face's models; on the CPU.

    python3 paper.py FOLDER THREADS PER_FACT HEADS > scores.json

Written from the procedure's description, not from the published code.
"""
import json
import math
import re
import sys

import numpy as np
import torch
import torch.nn.functional as F

folder, threads, per_fact, heads = sys.argv[1], *map(int, sys.argv[2:5])
torch.set_num_threads(threads)
with open(f"{folder}/texts.json") as file:
    texts = json.load(file)
with open(f"{folder}/checkpoints/weights.json") as file:
    index = json.load(file)
stored = np.fromfile(f"{folder}/checkpoints/model.onnx_data", dtype="<f4")
weights = {
    name: torch.from_numpy(stored[one["offset"] // 4 :][: math.prod(one["dims"])].reshape(one["dims"]))
    for name, one in index.items()
}


def norm(x, name):
    return F.layer_norm(x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"])


def linear(x, name):
    weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    return torch.addmm(bias, x.view(-1, x.shape[-1]), weight).view(*x.shape[:-1], -1)


def block(x, name, mask):
    batch, length, width = x.shape
    parts = linear(norm(x, f"{name}.ln_1"), f"{name}.attn.c_attn").split(width, dim=2)
    q, k, v = (part.view(batch, length, heads, -1).transpose(1, 2) for part in parts)
    scores = (q @ k.transpose(-1, -2) / math.sqrt(width // heads)).masked_fill(mask, torch.finfo(x.dtype).min)
    mixed = (scores.softmax(dim=-1) @ v).transpose(1, 2).reshape(batch, length, width)
    x = x + linear(mixed, f"{name}.attn.c_proj")
    inner = F.gelu(linear(norm(x, f"{name}.ln_2"), f"{name}.mlp.c_fc"), approximate="tanh")
    return x + linear(inner, f"{name}.mlp.c_proj")


def logits(ids):
    length = ids.shape[1]
    x = weights["wte"][ids] + weights["wpe"][:length]
    mask = torch.ones(length, length, dtype=torch.bool).triu(1)
    for i in range(layers):
        x = block(x, f"h.{i}", mask)
    return F.linear(norm(x, "ln_f"), weights["wte"])


layers = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("h."))
scores = []
with torch.no_grad():
    for start in range(0, len(texts), per_fact):
        batch = texts[start : start + per_fact]
        width = max(len(text["ids"]) for text in batch)
        ids = torch.zeros(len(batch), width, dtype=torch.int64)
        labels = torch.full((len(batch), width), -100)
        for row, text in enumerate(batch):
            own, first = torch.tensor(text["ids"]), text["firstTarget"]
            ids[row, : len(own)] = own
            labels[row, first : len(own)] = own[first:]
        shifted = logits(ids)[:, :-1].contiguous().transpose(1, 2)
        loss = F.cross_entropy(shifted, labels[:, 1:].contiguous(), reduction="none").sum(dim=1)
        counts = (labels != -100).sum(dim=1)
        scores.extend((-loss / counts).tolist())

with open("/proc/self/maps") as file:
    blas = re.search(r"/(lib(?:openblas|mkl|blis|atlas)[^/\n]*)", file.read())
json.dump({"scores": scores, "torch": torch.__version__, "blas": blas and blas[1]}, sys.stdout)
