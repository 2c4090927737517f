"""Triton kernels on the CPU: import this before any kernel."""

import os

os.environ['TRITON_INTERPRET'] = '1'

import numpy as np
import triton
import triton.language as tl
from triton.runtime import interpreter

TRITON = f'triton {triton.__version__}, interpreted'
convert = interpreter._implicit_cvt


def converted(argument):
    """The compiler passes a Python float as float32; the interpreter would leave it a Python float."""
    if isinstance(argument, float):
        return tl.tensor(interpreter.TensorHandle(np.array([argument], dtype=np.float32), tl.float32), tl.float32)
    return convert(argument)


interpreter._implicit_cvt = converted
