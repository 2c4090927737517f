"""Reads emitted conformance cases and writes answers: the format is docs/conformance.md, "Any language"."""
import json
import struct
import sys

import numpy as np

DTYPES = {"float16": ">f2", "float32": ">f4", "float64": ">f8"}


def decode(digits, dtype="float64"):
    """Hex digits, big-endian IEEE bits, to a NumPy array."""
    big_endian = np.frombuffer(bytes.fromhex(digits), DTYPES[dtype])
    return big_endian.astype(big_endian.dtype.newbyteorder("="))


def encode(values, dtype="float64"):
    """A NumPy array to hex digits."""
    return np.ascontiguousarray(values, DTYPES[dtype]).tobytes().hex()


def option(value):
    """An option as stored: 16 hex digits are a float, {"f64"} an array, anything else is itself."""
    if isinstance(value, dict):
        return decode(value["f64"])
    is_float = isinstance(value, str) and len(value) == 16 and set(value) <= set("0123456789abcdef")
    return struct.unpack(">d", bytes.fromhex(value))[0] if is_float else value


class Case:
    """One request, decoded: logits and dense targets are [rows, classes] in the case's dtype."""

    def __init__(self, line):
        self.__dict__.update(line)
        shape = (self.rows, self.classes)
        self.logits = decode(self.logits, self.dtype).reshape(shape)
        self.dense = isinstance(self.target, str)
        self.target = decode(self.target, self.dtype).reshape(shape) if self.dense else np.array(self.target, np.int64)
        self.sampleWeight = None if self.sampleWeight is None else decode(self.sampleWeight)
        self.options = {name: option(value) for name, value in self.options.items()}
        self.table = {name: option(value) if isinstance(value, dict) or value is None else decode(value)
                      for name, value in self.table.items()}


class Unsupported(Exception):
    """What the framework has no way to say."""


def unless(supported, what):
    if not supported:
        raise Unsupported(what)


def answer_all(compute, name, version, device="cpu"):
    """Answers every case of stdin on stdout with compute(case) → (loss, gradient)."""
    lines = (json.loads(line) for line in sys.stdin)
    sha256 = next(lines)["header"]["vectors"]["sha256"]
    header = {"vectors": sha256, "name": name, "version": version, "device": device, "arithmetic": "ieee"}
    print(json.dumps({"header": header}))
    for line in lines:
        answer = {"id": line["id"], "part": line["part"]}
        try:
            loss, gradient = compute(Case(line))
            answer["loss"] = encode(np.atleast_1d(loss))
            if line["gradient"]:
                answer["gradient"] = encode(gradient, line["dtype"])
        except Unsupported as reason:
            answer["unsupported"] = str(reason)
        except Exception as error:  # What a framework refuses is an answer too.
            answer["error"] = f"{type(error).__name__}: {error}"
        print(json.dumps(answer))
