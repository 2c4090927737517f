"""Checks .onnx files with ONNX's own checker: structure, types and shapes, in full.

    pip install onnx
    ONNX_PYTHON=python npm run onnx:check     # from the root: writes the graphs of the tests and calls this

Opsets 13 to 26 need onnx 1.20 or later.
"""

import sys
from pathlib import Path

import onnx


def fault(path: Path) -> str | None:
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    except Exception as error:  # Every kind of refusal is a finding.
        return f"{path.name}: {error}"
    return None


def main(folder: str) -> int:
    paths = sorted(Path(folder).glob("*.onnx"))
    faults = [text for text in map(fault, paths) if text is not None]
    print(*faults, f"onnx {onnx.__version__}: {len(paths)} graphs, {len(faults)} refused", sep="\n")
    return 1 if faults or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
