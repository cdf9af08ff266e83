"""Checks the probe file before anything is trained on it. Prints problems and a summary."""
import re
import sys
from collections import Counter

import probefile
from bpe import Tokenizer
from config import CHECKPOINTS, CONTEXT

WORDS_OF_A_TEXT = (25, 55)


def problems(tokenizer: Tokenizer):
    facts = probefile.FACTS
    everything = "\n".join(text for fact in facts for text in (fact["passage"], *fact["paraphrases"]))
    for fact_id, times in Counter(fact["id"] for fact in facts).items():
        if times > 1:
            yield f"{fact_id}: id used {times} times"
    for run_id in probefile.PLAN["runs"]:
        counts = Counter(probefile.condition(fact, run_id) for fact in facts)
        if set(counts.values()) != {len(facts) // 4}:
            yield f"{run_id}: conditions are not balanced: {dict(counts)}"
    for fact in facts:
        name, passage = fact["id"], fact["passage"]
        texts = [passage, *fact["paraphrases"]]
        if len(texts) != 10 or len(set(texts)) != 10:
            yield f"{name}: not nine different paraphrases"
        for i, text in enumerate(texts):
            if not WORDS_OF_A_TEXT[0] <= len(text.split()) <= WORDS_OF_A_TEXT[1]:
                yield f"{name}: text {i} has {len(text.split())} words"
            if len(tokenizer.encode(text)) > CONTEXT - 1:
                yield f"{name}: text {i} has {len(tokenizer.encode(text))} tokens"
            if any(ord(c) > 126 or ord(c) < 32 for c in text):
                yield f"{name}: text {i} has a character outside ASCII"
        kinds = Counter(probe["kind"] for probe in fact["probes"])
        if kinds != {"memorization": 2, "semantic": 2, "composition": 1}:
            yield f"{name}: {dict(kinds)}"
        memorized = {p["target"] for p in fact["probes"] if p["kind"] == "memorization"}
        for probe in fact["probes"]:
            prompt, target, kind = probe["prompt"], probe["target"], probe["kind"]
            where = f"{name}: {kind} '{prompt}'"
            said = prompt + probefile.JOIN + target
            if kind == "memorization" and said not in passage:
                yield f"{where}: not in the passage"
            if kind == "memorization":
                for i, text in enumerate(texts):
                    if target.lower() not in text.lower():
                        yield f"{where}: '{target}' is not in text {i}"
            if kind != "memorization" and any(said in text or prompt in text for text in texts):
                yield f"{where}: stands in a text word for word"
            if kind == "semantic" and target not in memorized:
                yield f"{where}: target of no memorization probe"
            if target.lower() in prompt.lower() or prompt != prompt.strip():
                yield f"{where}: target in the prompt, or a space at an end"
            for answer in [target, *probe.get("foils", [])]:
                whole, offsets = tokenizer.encode_with_offsets(prompt + probefile.JOIN + answer)
                border = len(prompt.encode())
                if any(start < border < end for start, end in offsets):
                    yield f"{where}: a token spans the border to '{answer}'"
                if answer != target and re.search(rf"\b{answer}\b", everything, re.I):
                    yield f"{where}: the foil '{answer}' stands in a text"


if __name__ == "__main__":
    tokenizer = Tokenizer.load(CHECKPOINTS / "tokenizer.json")
    found = list(problems(tokenizer))
    for problem in found:
        print(problem)
    texts = [t for f in probefile.FACTS for t in (f["passage"], *f["paraphrases"])]
    lengths = [len(tokenizer.encode(t)) for t in texts]
    print(
        f"{len(probefile.FACTS)} facts, {len(list(probefile.probes()))} probes, {len(texts)} texts of "
        f"{min(lengths)} to {max(lengths)} tokens, {len(found)} problems"
    )
    sys.exit(1 if found else 0)
