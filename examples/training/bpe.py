"""Byte-level BPE in plain Python: training, encoding with offsets, and tokenizer.json."""
import json
import re
from collections import Counter, defaultdict
from pathlib import Path

from config import BUILD, CHECKPOINTS, CONTEXT, END_OF_TEXT, END_OF_TEXT_ID, VOCABULARY

# GPT-2's pre-tokenization. Python's re has no \p{L}: [^\W\d_] is the same for the text used here.
WORDS = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")


def byte_characters() -> list[str]:
    """GPT-2's printable character for each of the 256 bytes."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table, spare = [], 256
    for byte in range(256):
        if byte in printable:
            table.append(chr(byte))
        else:
            table.append(chr(spare))
            spare += 1
    return table


BYTES = byte_characters()


def to_symbols(text: str) -> list[str]:
    return [BYTES[byte] for byte in text.encode("utf-8")]


def learn_merges(text: str, count: int) -> list[tuple[str, str]]:
    """The `count` most frequent pairs, one after the other; ties go to the smaller pair."""
    frequency = Counter(WORDS.findall(text))
    words = [to_symbols(word) for word in frequency]
    weights = list(frequency.values())
    pairs: Counter = Counter()
    where: dict[tuple[str, str], set[int]] = defaultdict(set)
    for i, word in enumerate(words):
        for pair in zip(word, word[1:]):
            pairs[pair] += weights[i]
            where[pair].add(i)
    merges = []
    while len(merges) < count:
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        for i in where.pop(best):
            old = words[i]
            for pair in zip(old, old[1:]):
                pairs[pair] -= weights[i]
            new = words[i] = merge(old, best)
            for pair in zip(new, new[1:]):
                pairs[pair] += weights[i]
                where[pair].add(i)
        del pairs[best]
    return merges


def merge(symbols: list[str], pair: tuple[str, str]) -> list[str]:
    merged, i = [], 0
    while i < len(symbols):
        if i + 1 < len(symbols) and (symbols[i], symbols[i + 1]) == pair:
            merged.append(symbols[i] + symbols[i + 1])
            i += 2
        else:
            merged.append(symbols[i])
            i += 1
    return merged


class Tokenizer:
    def __init__(self, vocabulary: dict[str, int], merges: list[tuple[str, str]]):
        self.vocabulary = vocabulary
        self.merges = merges
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}
        self.cache: dict[str, list[str]] = {}

    @classmethod
    def train(cls, text: str) -> "Tokenizer":
        merges = learn_merges(text, VOCABULARY - 256 - 1)
        tokens = [END_OF_TEXT, *BYTES, *(a + b for a, b in merges)]
        return cls({token: i for i, token in enumerate(tokens)}, merges)

    @classmethod
    def load(cls, path: Path) -> "Tokenizer":
        model = json.loads(path.read_text("utf-8"))["model"]
        return cls(model["vocab"], [tuple(pair.split(" ")) for pair in model["merges"]])

    def pieces(self, word: str) -> list[str]:
        if word not in self.cache:
            symbols = to_symbols(word)
            while len(symbols) > 1:
                pair = min(zip(symbols, symbols[1:]), key=lambda p: self.ranks.get(p, 1 << 30))
                if pair not in self.ranks:
                    break
                symbols = merge(symbols, pair)
            self.cache[word] = symbols
        return self.cache[word]

    def encode(self, text: str) -> list[int]:
        return [self.vocabulary[p] for word in WORDS.findall(text) for p in self.pieces(word)]

    def encode_with_offsets(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Ids, and for each the UTF-8 bytes [start, end) of the text that it covers."""
        ids, offsets, at = [], [], 0
        for word in WORDS.findall(text):
            for piece in self.pieces(word):
                ids.append(self.vocabulary[piece])
                offsets.append((at, at + len(piece)))  # one character of a piece is one byte
                at += len(piece)
        assert at == len(text.encode("utf-8")), text
        return ids, offsets

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        end_of_text = {
            "id": END_OF_TEXT_ID,
            "content": END_OF_TEXT,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": True}
        tokenizer = {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [end_of_text],
            "normalizer": None,
            "pre_tokenizer": byte_level,
            "post_processor": None,
            "decoder": byte_level,
            "model": {
                "type": "BPE",
                "dropout": None,
                "unk_token": None,
                "continuing_subword_prefix": None,
                "end_of_word_suffix": None,
                "fuse_unk": False,
                "byte_fallback": False,
                "vocab": self.vocabulary,
                "merges": [f"{a} {b}" for a, b in self.merges],
            },
        }
        settings = {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "add_bos_token": False,
            "add_prefix_space": False,
            "clean_up_tokenization_spaces": False,
            "eos_token": END_OF_TEXT,
            "model_max_length": CONTEXT,
        }
        for name, value in (("tokenizer.json", tokenizer), ("tokenizer_config.json", settings)):
            (folder / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8")


def build() -> None:
    """Learns the tokenizer from the corpus (never from the facts) and encodes the corpus."""
    import numpy

    text = (BUILD / "corpus.txt").read_text("utf-8")
    tokenizer = Tokenizer.train(text)
    tokenizer.save(CHECKPOINTS)
    ids: list[int] = []
    for document in text.split("\0"):
        ids.append(END_OF_TEXT_ID)
        ids.extend(tokenizer.encode(document))
    numpy.save(BUILD / "corpus.npy", numpy.array(ids, dtype=numpy.int16))
    print(f"tokenizer: {len(tokenizer.vocabulary)} entries; corpus: {len(ids)} tokens")


if __name__ == "__main__":
    build()
