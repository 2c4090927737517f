"""NumPy over the compiled table, in the case's own dtype: python run_numpy.py < cases.ndjson > answers.ndjson"""
import numpy as np
from exchange import answer_all, unless


def compute(case):
    o, t = case.options, case.table
    unless(not case.dense, "dense targets")
    unless(o["classMask"] is None and o["input"] == "logits", "classMask, input=probabilities")
    unless(o["maskedLogits"] == "propagate" or not np.isneginf(case.logits).any(), "maskedLogits=exclude")
    unless(o["reduction"] != "mean" or o["denominator"] in ("weights", "expected"), "denominator")
    unless(o["normalizer"] is None, "normalizer")
    dtype = case.logits.dtype
    s = np.ones(case.rows) if case.sampleWeight is None else case.sampleWeight
    s = np.where(np.isin(case.target, o["ignoreIndex"]), 0, s)
    read = s != 0
    y = np.where(read, case.target, 0)
    hit, base, mass, floor, denominator = (
        np.broadcast_to(t[name], case.classes)[y, None].astype(dtype) for name in ("hit", "base", "mass", "floor", "denominator"))
    profile = np.ones((1, case.classes)) if t["profile"] is None else t["profile"][None]
    if t["conditionalPrior"] is not None:
        profile = profile * t["conditionalPrior"].reshape(case.classes, case.classes)[y]
    c = base * profile.astype(dtype) + hit * (np.arange(case.classes) == y[:, None])
    x = np.where(read[:, None], case.logits, 0)
    with np.errstate(all="ignore"):
        m = x.max(axis=1, keepdims=True)
        d = x - m
        log_sum = np.log(np.exp(d).sum(axis=1, keepdims=True))
        lse = m + log_sum
        z = dtype.type(o["zLoss"])
        terms = np.where(c == 0, 0, c * d).sum(axis=1, keepdims=True)
        rows = s.astype(dtype) * (mass * log_sum - terms + (z * lse * lse if z else 0) - floor)[:, 0]
        gradient = s[:, None].astype(dtype) * ((mass + (2 * z * lse if z else 0)) * np.exp(d - log_sum) - c)
        rows, gradient = np.where(read, rows, 0), np.where(read[:, None], gradient, 0)
        if o["reduction"] == "none":
            return rows, gradient
        divisor = (s * denominator[:, 0]).sum() if o["reduction"] == "mean" else 1
        if divisor == 0:
            return {"nan": np.nan, "zero": 0.0}[o["onEmpty"]], np.zeros_like(gradient)
        return rows.sum(dtype=dtype) / dtype.type(divisor), (gradient / dtype.type(divisor)).astype(dtype)


answer_all(compute, "NumPy", np.__version__)
