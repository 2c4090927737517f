"""Cases that are put to every framework, and what torch-based recorders share."""

from frameworks import inputs
from frameworks.inputs import INF, NAN, TENTH, Batch, Case

EPSILONS = (0.0, TENTH, 0.5, 1.0)
REDUCTIONS = ('mean', 'sum', 'none')
SMOOTH = {'labelSmoothing': TENTH}
MASKED = inputs.of([[1, -INF, 0.5], [-INF, 2, 0]], [0, 2])
POISONED = Batch(inputs.of([[1, 2, 0.5], [NAN, 0, 1]], []).logits, [1, -100])


def basics(epsilons=EPSILONS, reductions=REDUCTIONS, shifted=None):
    """Every ε under the default reduction, every reduction under one ε, and a few sizes.
    `shifted` says why the answer for shifted logits deviates, where it does."""
    plain, smooth = inputs.batch(), SMOOTH if TENTH in epsilons else {}
    for epsilon in epsilons:
        yield Case(f'ε = {epsilon:.3g}, default reduction', plain, {'labelSmoothing': epsilon} if epsilon else {})
    for reduction in reductions:
        yield Case(f'reduction {reduction}', plain, {**smooth, 'reduction': reduction})
    yield Case('two classes', inputs.batch(3, 2, salt=4), smooth)
    yield Case('a hundred classes', inputs.batch(2, 100, salt=2), smooth)
    yield Case('logits shifted by 2^20', inputs.of([[2.0 ** 20, 2.0 ** 20 + 1, 2.0 ** 20 - 2]], [2]), smooth, shifted)


def far_apart(spread=1e4, deviation=None, options=SMOOTH):
    """Logits whose probabilities underflow."""
    rows = [[spread, -spread, 0], [0, spread, -spread]]
    return Case(f'logits of ±{spread:g}', inputs.of(rows, [1, 1]), options, deviation)


def torch_answer(batch, compute):
    """compute(logits) differentiated: the loss and the gradient of its sum."""
    import torch    # here, so that recorders without torch do not load it
    logits = torch.tensor(batch.logits, requires_grad=True)
    loss = compute(logits)
    loss.sum().backward()
    return loss.detach().numpy(), logits.grad.numpy()
