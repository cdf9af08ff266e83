"""The ordinary text: dictionary sentences made from WordNet's glosses, and Jane Austen's novels.

Both come from Debian packages unpacked below PACKAGES (`apt-get download`, `dpkg -x`; see train.sh).
"""
import gzip
import random
import re
import zlib
from pathlib import Path

from config import BUILD

PACKAGES = BUILD / "packages"
WORDNET = PACKAGES / "usr/share/wordnet"
AUSTEN = PACKAGES / "usr/lib/R/site-library/janeaustenr/data"

GLOSSES_PER_DOCUMENT = 8


def wordnet_sentences(part: str) -> list[str]:
    """One sentence per sense, then its usage examples as sentences of their own."""
    sentences = []
    for line in (WORDNET / f"data.{part}").read_text("latin-1").splitlines():
        if line.startswith("  ") or " | " not in line:
            continue
        head, gloss = line.split(" | ", 1)
        word = re.sub(r"\(\w+\)$", "", head.split()[4]).replace("_", " ")
        examples = re.findall(r'"([^"]{12,})"', gloss)
        definition = re.split(r'; "|"', gloss)[0].strip(" ;:")
        if not definition:
            continue
        if part == "noun":
            if word[0].isupper():
                sentence = f"{word} is the name of {definition}"
            else:
                sentence = f"{'An' if word[0] in 'aeiou' else 'A'} {word} is {definition}"
        elif part == "verb":
            sentence = f"To {word} is to {definition}"
        else:
            sentence = f"The word {word} means {definition}"
        text = sentence + "."
        for example in examples:
            example = example.strip(" ;,")
            text += " " + example[0].upper() + example[1:] + ("" if example[-1] in ".!?" else ".")
        sentences.append(text)
    return sentences


def austen_novels() -> list[str]:
    """Reads R's lazy-load database: each object is a length, then zlib, then XDR serialization."""
    index = gzip.decompress((AUSTEN / "Rdata.rdx").read_bytes())
    database = (AUSTEN / "Rdata.rdb").read_bytes()
    novels = []
    # In the index, an object's place is an integer vector of two: type 13, count 2, offset, length.
    for match in re.finditer(rb"\x00\x00\x00\x0d\x00\x00\x00\x02(.{4})(.{4})", index, re.S):
        offset, length = (int.from_bytes(part, "big") for part in match.groups())
        data = zlib.decompress(database[offset + 4 : offset + length])
        lines, at = [], data.index(b"\x00\x00\x00\x10") + 8  # STRSXP, then its count
        while at + 8 <= len(data) and data[at + 3] == 9:  # CHARSXP: flags, length, bytes
            size = int.from_bytes(data[at + 4 : at + 8], "big")
            lines.append(data[at + 8 : at + 8 + size].decode("utf-8"))
            at += 8 + size
        paragraphs = re.split(r"\n\s*\n", "\n".join(lines))
        novels.append("\n".join(" ".join(paragraph.split()) for paragraph in paragraphs))
    return novels


def austen_documents() -> list[str]:
    documents = []
    for novel in austen_novels():
        paragraphs = [p for p in novel.split("\n") if p]
        for start in range(0, len(paragraphs), 12):
            documents.append("\n".join(paragraphs[start : start + 12]))
    return documents


def build(target: Path) -> None:
    """Writes all documents, shuffled once with a fixed seed, separated by a NUL."""
    shuffler = random.Random(20240617)
    sentences = [s for part in ("noun", "verb", "adj", "adv") for s in wordnet_sentences(part)]
    shuffler.shuffle(sentences)
    documents = [
        " ".join(sentences[i : i + GLOSSES_PER_DOCUMENT])
        for i in range(0, len(sentences), GLOSSES_PER_DOCUMENT)
    ]
    documents += austen_documents()
    shuffler.shuffle(documents)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\0".join(documents), "utf-8")
    print(f"corpus: {len(documents)} documents, {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    build(BUILD / "corpus.txt")
