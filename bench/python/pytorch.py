"""PyTorch on one thread. Forms: eager, compiled, and compiled by hand: an index form, and the gradient written out."""

import torch
from serve import serve
from torch.nn.functional import cross_entropy

SMOOTHING = 0.1
torch.set_num_threads(1)


def documented(x, target):
    return cross_entropy(x, target, label_smoothing=SMOOTHING)


def head(x, weight, target):
    return documented(x @ weight.T, target)


def indexed(x, target):
    own = x.gather(1, target[:, None])[:, 0]
    return (x.logsumexp(1) - (1 - SMOOTHING) * own - SMOOTHING * x.mean(1)).mean()


def written_out(x, target):
    rows, classes = x.shape
    shifted = x - x.amax(1, keepdim=True)
    e = shifted.exp()
    total = e.sum(1, keepdim=True)
    own = shifted.gather(1, target[:, None])
    loss = (total.log() - (1 - SMOOTHING) * own - SMOOTHING * shifted.mean(1, keepdim=True)).mean()
    hit = torch.arange(classes) == target[:, None]
    return loss, (e / total - SMOOTHING / classes - (1 - SMOOTHING) * hit) / rows


def with_gradient(loss_of, leaves, target):
    """Loss and gradients of the leaves, which are fresh in every call."""

    def run():
        for leaf in leaves:
            leaf.grad = None
        loss = loss_of(*leaves, target)
        loss.backward()
        return loss

    for leaf in leaves:
        leaf.requires_grad_()
    return run


def open_form(ask, batch):
    form, forward = ask["form"], ask["operation"] == "forward"
    target = torch.from_numpy(batch["targets"]) if "targets" in batch else torch.from_numpy(batch["labels"]).long()
    names = ("x", "weight") if "features" in ask else ("logits",)
    leaves = [torch.from_numpy(batch[name]) for name in names]
    compiled = (lambda f: f) if form == "eager" else lambda f: torch.compile(f, dynamic=False)
    if form == "written out":
        call = compiled(written_out)
        run = lambda: call(*leaves, target)
        loss, gradient = run()
        return run, loss, gradient.numpy()
    loss_of = compiled(indexed if form == "indexed" else head if "features" in ask else documented)
    run = torch.no_grad()(lambda: loss_of(*leaves, target)) if forward else with_gradient(loss_of, leaves, target)
    loss = run().item()
    return run, loss, None if forward or "features" in ask else leaves[0].grad.numpy()


serve([f"PyTorch {torch.__version__}"], open_form, drop=torch._dynamo.reset)
