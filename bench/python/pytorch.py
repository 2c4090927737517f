"""PyTorch on one thread. Forms: eager, compiled, and by hand: an index form, and loss and gradient written out."""

import torch
from serve import serve
from torch.nn.functional import cross_entropy

SMOOTHING = 0.1
torch.set_num_threads(1)


def documented(x, target):
    return cross_entropy(x, target, label_smoothing=SMOOTHING)


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


def open_form(ask, logits, labels, targets):
    x = torch.from_numpy(logits)
    target = torch.from_numpy(labels).long() if targets is None else torch.from_numpy(targets)
    forward = ask["operation"] == "forward"
    form = ask["form"]
    compiled = (lambda f: f) if form == "eager" else lambda f: torch.compile(f, dynamic=False)
    if form == "written out" and not forward:
        call = compiled(written_out)
        run = lambda: call(x, target)
    else:
        loss_of = compiled(indexed if form in ("indexed", "written out") else documented)
        if forward:
            run = lambda: (loss_of(x, target), None)
        else:
            x.requires_grad_()

            def run():
                x.grad = None
                loss = loss_of(x, target)
                loss.backward()
                return loss, x.grad

    if forward:
        plain = run

        def run():
            with torch.no_grad():
                return plain()

    loss, gradient = run()
    return run, loss.detach(), None if gradient is None else gradient.numpy()


serve([f"PyTorch {torch.__version__}"], open_form, drop=torch._dynamo.reset)
