"""Writes test/cuda-kernels.json: which of our operators ONNX Runtime's CUDA provider has kernels for.

    pip install onnx==1.22.0
    python kernels.py OperatorKernels.md COMMIT && npm run format

OperatorKernels.md is docs/OperatorKernels.md of ONNX Runtime at COMMIT, a table that its authors generate from the
registered kernels; the present excerpt has our operators' rows of it, copied by hand. The versions at which operators changed come from the installed `onnx`.
"""

import json
import re
import sys
from pathlib import Path

import onnx

OPERATORS = (
    "Abs Add Cast Div Equal Exp Gather GatherElements Gemm Greater Identity Less Log MatMul Mul Neg Not Range ReduceMax "
    "ReduceMean ReduceSum Relu Reshape ScatterElements Shape Sqrt Squeeze Sub Transpose Unsqueeze Where"
).split()
TYPES = {"float": "float32", "double": "float64", "float16": "float16", "int32": "int32", "int64": "int64", "bool": "bool"}


def kernels(table: str) -> dict[str, list[list]]:
    """Operator → [first version, last version or null, types of its main parameter], of the CUDA section."""
    section = table.split("## Operators implemented by CUDAExecutionProvider")[1].split("*com.microsoft*")[0]
    found: dict[str, list[list]] = {}
    name = ""
    for line in section.splitlines():
        cells = line.split("|")
        if len(cells) < 5 or not re.match(r"\[?\d", cells[3]):
            continue
        name = cells[1] or name
        versions = [int(v) for v in re.findall(r"\d+", cells[3])]
        last = None if "+" in cells[3] else versions[-1]
        # T is the type of the data; Cast calls it T1, Identity of newer versions V.
        types = re.search(r"\*\*(?:T|T1|V)\*\* = ([^<]*)", cells[4])
        if types is None or (last is not None and last < 13):
            continue
        listed = re.findall(r"(?<!seq\()tensor\((\w+)\)", types[1])
        found.setdefault(name, []).append([versions[0], last, [TYPES[t] for t in listed if t in TYPES]])
    return found


def main(path: str, commit: str) -> None:
    cuda = kernels(Path(path).read_text())
    operators = {
        op: {
            "changed": sorted({onnx.defs.get_schema(op, opset).since_version for opset in range(13, 27)}),
            "kernels": cuda[op],
        }
        for op in OPERATORS
    }
    source = f"rows of microsoft/onnxruntime docs/OperatorKernels.md (MIT) at {commit}; versions: onnx {onnx.__version__}"
    text = json.dumps({"source": source, "operators": operators}, indent=2)
    (Path(__file__).parent.parent / "test" / "cuda-kernels.json").write_text(text + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
