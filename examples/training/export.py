"""Writes the shipped checkpoints as ONNX in a Hugging Face layout: one folder a step.

The weights are float16 and go through a Cast to float32, so that a file is half as large and the
arithmetic is the same everywhere.
"""
import io
import json
import shutil

import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

import probefile
from config import CHECKPOINTS, CONTEXT, END_OF_TEXT_ID, HEADS, LAYERS, VOCABULARY, WIDTH
from model import Model, load

OPSET = 17

CONFIG = {
    "architectures": ["GPT2LMHeadModel"],
    "model_type": "gpt2",
    "activation_function": "gelu",
    "vocab_size": VOCABULARY,
    "n_positions": CONTEXT,
    "n_embd": WIDTH,
    "n_layer": LAYERS,
    "n_head": HEADS,
    "bos_token_id": END_OF_TEXT_ID,
    "eos_token_id": END_OF_TEXT_ID,
    "tie_word_embeddings": True,
    "use_cache": False,
}


def to_onnx(model: Model) -> onnx.ModelProto:
    ids = torch.zeros(2, 5, dtype=torch.int64)
    buffer = io.BytesIO()
    free = {0: "batch", 1: "sequence"}
    torch.onnx.export(
        model.eval(),
        (ids, torch.ones_like(ids)),
        buffer,
        input_names=["input_ids", "attention_mask"],
        output_names=["logits"],
        dynamic_axes={name: free for name in ("input_ids", "attention_mask", "logits")},
        do_constant_folding=False,  # folding would store the tied embedding twice
        opset_version=OPSET,
    )
    return onnx.load_from_string(buffer.getvalue())


def halve(exported: onnx.ModelProto) -> None:
    """Every weight becomes float16 under a new name; a Cast gives it back under the old one."""
    graph, casts = exported.graph, []
    for weight in graph.initializer:
        if weight.data_type == TensorProto.FLOAT:
            name, values = weight.name, numpy_helper.to_array(weight)
            half = values.astype("float16")
            assert (half.astype("float32") == values).all(), "the state was rounded when it was saved"
            weight.CopyFrom(numpy_helper.from_array(half, name + ".float16"))
            casts.append(helper.make_node("Cast", [name + ".float16"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def shorten_names(exported: onnx.ModelProto) -> None:
    """PyTorch's long names of nodes and intermediate tensors are a twentieth of a file this small."""
    graph = exported.graph
    kept = {weight.name for weight in graph.initializer}
    kept |= {value.name for value in (*graph.input, *graph.output)}
    short: dict[str, str] = {}
    for node in graph.node:
        node.name = ""
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name and name not in kept and name + ".float16" not in kept:
                    names[i] = short.setdefault(name, f"t{len(short)}")


def export(run_id: str) -> None:
    run = probefile.run(run_id)
    shutil.rmtree(CHECKPOINTS / run_id, ignore_errors=True)
    size = 0
    for step in run.shipped:
        folder = CHECKPOINTS / run_id / f"step-{step}"
        folder.mkdir(parents=True)
        exported = to_onnx(load(run_id, step))
        halve(exported)
        shorten_names(exported)
        onnx.checker.check_model(exported)
        (folder / "model.onnx").write_bytes(exported.SerializeToString())
        (folder / "config.json").write_text(json.dumps(CONFIG, indent=1) + "\n")
        size += (folder / "model.onnx").stat().st_size
    print(f"{run_id}: {len(run.shipped)} checkpoints, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    for shipped in (entry["id"] for entry in probefile.FILE["runs"]):
        export(shipped)
