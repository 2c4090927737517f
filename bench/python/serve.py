"""Answers what the bench asks in lines of JSON, like every contender; see ../README.md."""

import json
import os
import sys
import time

import numpy as np


def read_batch(ask):
    """The arrays of a batch by name."""
    rows, classes, features = ask["rows"], ask["classes"], ask.get("features", 0)
    shapes = {
        "logits": (rows, classes),
        "labels": (rows,),
        "targets": (rows, classes),
        "x": (rows, features),
        "weight": (classes, features),
    }

    def read(name):
        kind = np.int32 if name == "labels" else np.float16 if ask["data"] == "float16" else np.float32
        return np.fromfile(f"{ask['folder']}/{name}", kind).reshape(shapes[name])

    return {name: read(name) for name in os.listdir(ask["folder"])}


def least(run, seconds):
    """The least time of a call in nanoseconds, over batches of calls that take 5 ms or more."""
    best = float("inf")
    end = time.perf_counter() + seconds
    repetitions = 1
    while True:
        start = time.perf_counter_ns()
        for _ in range(repetitions):
            run()
        elapsed = time.perf_counter_ns() - start
        if elapsed < 5e6:
            repetitions *= 2
            continue
        best = min(best, elapsed / repetitions)
        if time.perf_counter() > end:
            return best


def copy_of(length):
    """Copies within one buffer, half a page apart: some processors are slow where the distance is a number of pages."""
    distance = 1024 * -(-length // 1024) + 512
    both = np.ones(distance + length, np.float32)
    return lambda: np.copyto(both[distance:], both[:length])


def finite(loss):
    """JSON knows no infinity, and a bench no loss that is none."""
    if not np.isfinite(loss):
        raise ArithmeticError(f"its loss is {float(loss)}")
    return float(loss)


def answer(ask, run, loss, squares):
    start, busy = time.perf_counter(), time.process_time()
    nanoseconds = least(run, ask["seconds"])
    cores = (time.process_time() - busy) / (time.perf_counter() - start)
    copy = least(copy_of(ask["copied"]), 0.01) / ask["copied"]
    return {"nanoseconds": nanoseconds, "copy": copy, "cores": cores, "loss": loss, "squares": squares}


def serve(versions, open_form, drop=lambda: None):
    """
    `open_form(ask, batch)` gives a call without arguments, the loss, and the logits' gradient or None;
    `drop` lets go of what belongs to forms that were opened.
    """
    lines = sys.stdout
    sys.stdout = sys.stderr
    say = lambda value: print(json.dumps(value, allow_nan=False), file=lines, flush=True)
    say({"versions": versions})
    opened = {}
    for line in sys.stdin:
        ask = json.loads(line)
        if ask == "drop":
            opened.clear()
            drop()
            continue
        try:
            if line not in opened:
                run, loss, gradient = open_form(ask, read_batch(ask))
                squares = None if gradient is None else float(np.square(gradient, dtype=np.float64).sum())
                opened[line] = run, finite(loss), squares
            say(answer(ask, *opened[line]))
        except Exception as error:
            say({"error": f"{type(error).__name__}: {error}".splitlines()[0]})
