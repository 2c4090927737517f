"""JAX with optax, as its documentation smooths labels: python run_jax.py < cases.ndjson > answers.ndjson"""
import jax
import jax.numpy as jnp
import optax
from exchange import answer_all, unless

jax.config.update("jax_enable_x64", True)


def compute(case):
    o = case.options
    unless(o["smoothingMode"] == "uniform" and isinstance(o["labelSmoothing"], (int, float)), "smoothingMode")
    unless(o["weight"] is None, "weight")
    unless(case.dense or not set(o["ignoreIndex"]) & set(case.target.tolist()), "ignoreIndex")
    unless(o["maskedLogits"] == "propagate" or not (case.logits == float("-inf")).any(), "maskedLogits=exclude")
    unless(o["reduction"] != "mean" or o["denominator"] in ("rows", "valid") or
           (o["denominator"] == "weights" and case.sampleWeight is None), "denominator")
    unless(o["normalizer"] is None and (o["onEmpty"] == "nan" or case.rows > 0), "normalizer, onEmpty")
    unless(o["zLoss"] == 0 and not o["subtractEntropy"] and o["input"] == "logits", "zLoss, subtractEntropy, input")
    mask = None if o["classMask"] is None else jnp.array(o["classMask"])[None, :] & jnp.ones(case.logits.shape, bool)
    targets = jnp.array(case.target) if case.dense else jax.nn.one_hot(case.target, case.classes, dtype=case.logits.dtype)
    weights = jnp.ones(case.rows) if case.sampleWeight is None else jnp.array(case.sampleWeight)
    reduce = {"mean": jnp.mean, "sum": jnp.sum, "none": lambda rows: rows}[o["reduction"]]

    def loss(logits):
        q = optax.smooth_labels(targets, o["labelSmoothing"], where=mask)
        return reduce(optax.softmax_cross_entropy(logits, q, where=mask) * weights.astype(logits.dtype))

    logits = jnp.array(case.logits)
    gradient = jax.grad(lambda x: loss(x).sum())(logits) if case.gradient else None
    return jnp.asarray(loss(logits), jnp.float64), gradient


answer_all(compute, "JAX + optax", f"{jax.__version__} + {optax.__version__}")
