"""Makes hang.onnx: a decoder that never gives an answer.

    /usr/bin/python3 make.py        (Debian: python3-onnx)

Logits for the vocabulary of test/fixtures/scoring, but for a loop before them that counts to 2^63.
"""
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

VOCABULARY = 325

table = numpy_helper.from_array(np.zeros((VOCABULARY, 4), np.float16), "table")
head = numpy_helper.from_array(np.zeros((4, VOCABULARY), np.float16), "head")
for_ever = numpy_helper.from_array(np.array(2**63 - 1, np.int64), "for_ever")
going_on = numpy_helper.from_array(np.array(True), "going_on")
zero = numpy_helper.from_array(np.array(0, np.float16), "zero")
one = numpy_helper.from_array(np.array(1, np.float16), "one")

body = helper.make_graph(
    [
        helper.make_node("Identity", ["still"], ["still_out"]),
        helper.make_node("Add", ["count", "one"], ["count_out"]),
    ],
    "body",
    [
        helper.make_tensor_value_info("turn", TensorProto.INT64, []),
        helper.make_tensor_value_info("still", TensorProto.BOOL, []),
        helper.make_tensor_value_info("count", TensorProto.FLOAT16, []),
    ],
    [
        helper.make_tensor_value_info("still_out", TensorProto.BOOL, []),
        helper.make_tensor_value_info("count_out", TensorProto.FLOAT16, []),
    ],
)
graph = helper.make_graph(
    [
        helper.make_node("Loop", ["for_ever", "going_on", "zero"], ["counted"], body=body),
        helper.make_node("Gather", ["table", "input_ids"], ["states"]),
        helper.make_node("Add", ["states", "counted"], ["shifted"]),
        helper.make_node("MatMul", ["shifted", "head"], ["half"]),
        helper.make_node("Cast", ["half"], ["logits"], to=TensorProto.FLOAT),
    ],
    "hang",
    [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "sequence"])],
    [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "sequence", VOCABULARY])],
    [table, head, for_ever, going_on, zero, one],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
model.ir_version = 7
onnx.checker.check_model(model)
onnx.save(model, str(Path(__file__).resolve().parent / "hang.onnx"))
