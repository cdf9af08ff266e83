"""Measures probes while a model trains. Copy this file beside your training loop; it needs PyTorch only.

Once:         knowledge-probes export facts.probes.yaml --what probes --out probes.jsonl
              (with --tokenizer FOLDER also the foils that scoring would choose)
Before it:    probes = load_probes("probes.jsonl")
              resume("run-1.jsonl", step)  # where a job goes on from a checkpoint
In the loop:  if step % 10 == 0:  # updates completed: 0 before the first
                  log_probes(model, tokenizer, probes, step, "run-1.jsonl")
Afterwards:   knowledge-probes import run-1.jsonl --out run-1.scores

`model` is called as model(input_ids=..., attention_mask=...) and gives logits, or an object that has
them, as Hugging Face's models do. `tokenizer` is a fast tokenizer of Hugging Face's, a
tokenizers.Tokenizer, or a function: text -> (ids, the characters [start, end) that each covers).
"""
import json
import math
import os

import torch


def load_probes(path):
    """The lines of `knowledge-probes export --what probes`."""
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def log_probes(model, tokenizer, probes, step, file=None, batch_size=32, foils=True):
    """Appends a line for every probe to a JSONL file, and returns the lines as dicts.

    `step` is the number of updates completed. The model is left in the modes (train, eval) it was in.
    Foils, from which specificity is had, take as long as as many targets; foils=False leaves them out.
    Where all processes have to call the model together (FSDP), give `file` to one of them only.
    """
    texts = [
        tokenize(tokenizer, probe["prompt"], probe["join"] + text)
        for probe in probes
        for text in probe["targets"] + (probe["foils"] if foils else [])
    ]
    scores = iter(score(model, texts, batch_size))
    lines = []
    for probe in probes:
        line = {"step": step, "fact": probe["fact"], "probe": probe["probe"]}
        line.update(combine([next(scores) for _ in probe["targets"]]))
        if foils and probe["foils"]:
            means = [next(scores)["logprob_mean"] for _ in probe["foils"]]
            line["logprob_foils"] = sum(means) / len(means)
        lines.append(line)
    if file is not None:
        with open(file, "a", encoding="utf-8") as log:  # in one go: a kill leaves half a line at worst
            log.write("".join(json.dumps(line) + "\n" for line in lines))
    return lines


def resume(path, step):
    """Takes out of a log what will be logged again when a job goes on from the checkpoint of `step`: the
    lines from that step on, and a line that a killed job has left unfinished."""
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8") as old, open(path + ".tmp", "w", encoding="utf-8") as new:
        for line in old:
            if line.endswith("\n") and json.loads(line)["step"] < step:
                new.write(line)
    os.replace(path + ".tmp", path)


def tokenize(tokenizer, prompt, continuation):
    """Ids of prompt + continuation, and how many of them are the target's: the first that covers any
    character of the continuation, a space before the target included, and all after it. An appended
    end-of-sequence covers nothing and is dropped."""
    text = prompt + continuation
    if hasattr(tokenizer, "encode_batch"):  # tokenizers.Tokenizer
        encoding = tokenizer.encode(text)
        ids, offsets = encoding.ids, encoding.offsets
    elif hasattr(tokenizer, "convert_ids_to_tokens"):  # Hugging Face
        encoding = tokenizer(text, return_offsets_mapping=True)
        ids, offsets = encoding["input_ids"], encoding["offset_mapping"]
    else:
        ids, offsets = tokenizer(text)
    target = [place for place, (_, end) in enumerate(offsets) if end > len(prompt)]
    if not target or target[0] == 0:
        raise ValueError(f"No token stands before, or none in, the target: {prompt!r} + {continuation!r}")
    return list(ids[: target[-1] + 1]), target[-1] + 1 - target[0]


@torch.no_grad()
def score(model, texts, batch_size):
    """Scores of (ids, number of target tokens), in their order: natural logarithms."""
    modes = [(module, module.training) for module in model.modules()]
    device = next(model.parameters()).device
    places = sorted(range(len(texts)), key=lambda place: len(texts[place][0]))
    scores = [None] * len(texts)
    try:
        model.eval()
        for start in range(0, len(places), batch_size):
            batch = places[start : start + batch_size]
            ids = torch.nn.utils.rnn.pad_sequence(
                [torch.tensor(texts[place][0]) for place in batch], batch_first=True
            ).to(device)
            lengths = torch.tensor([len(texts[place][0]) for place in batch])
            mask = (torch.arange(ids.shape[1]) < lengths[:, None]).long().to(device)
            output = model(input_ids=ids, attention_mask=mask)
            logits = getattr(output, "logits", output)
            for row, place in enumerate(batch):
                last = int(lengths[row]) - 1
                logprobs = logits[row, :last].float().log_softmax(-1)
                given = ids[row, 1 : last + 1, None].to(logprobs.device)
                scores[place] = summarize(logprobs.gather(1, given)[:, 0].tolist(), texts[place][1])
    finally:
        for module, mode in modes:
            module.training = mode
    return scores


def summarize(logprobs, n_tokens):
    """What is logged, from ln p of every token but the first, given all before it."""
    target = logprobs[-n_tokens:]
    return {
        "logprob_mean": sum(target) / n_tokens,  # nats per token of join + target
        "logprob_sum": sum(target),
        "logprob_first": target[0],
        "logprob_full": sum(logprobs) / len(logprobs),  # of the prompt and the target
        "n_tokens": n_tokens,
    }


def combine(scores):
    """The probability of any of several accepted targets, per token of the first one."""
    first, sums = scores[0], [score["logprob_sum"] for score in scores]
    if len(scores) == 1:
        return first
    either = max(sums) + math.log(sum(math.exp(each - max(sums)) for each in sums))
    return {**first, "logprob_mean": either / first["n_tokens"], "logprob_sum": either}
