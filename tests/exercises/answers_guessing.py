"""Answers for notebook 02's workshop: the loss of a canvas, and its slope for each logit."""

import math

import torch
from torch.nn import functional as F


def right(logits, positions):
    """The logits of the right pixels, (n,)."""
    x, y = positions.unbind(1)
    return logits[torch.arange(len(logits)), 0, y, x]


def loss(logits, positions):
    """By hand: the largest logit of each canvas is brought to 0 first."""
    lower = logits - logits.amax((2, 3), keepdim=True)
    return (lower.exp().sum((1, 2, 3)).log() - right(lower, positions)).mean()


def loss_by_logsumexp(logits, positions):
    return (logits.flatten(1).logsumexp(1) - right(logits, positions)).mean()


def loss_by_loop(logits, positions):
    """Another right form: a picture at a time."""
    total = 0
    for canvas, (x, y) in zip(logits[:, 0], positions.tolist(), strict=True):
        lower = canvas - canvas.max()
        total = total - lower[y, x] + lower.exp().sum().log()
    return total / len(logits)


def loss_by_indices(logits, positions):
    flat = logits.flatten(1)
    flat = flat - flat.max(1, keepdim=True).values
    index = positions[:, 1] * logits.shape[-1] + positions[:, 0]
    return (flat.exp().sum(1).log() - flat.gather(1, index[:, None])[:, 0]).mean()


def naive(logits, positions):
    p = logits.exp() / logits.exp().sum((1, 2, 3), keepdim=True)
    return -right(p, positions).log().mean()


def with_a_little(logits, positions):
    lower = logits - logits.amax((1, 2, 3), keepdim=True)
    p = lower.exp() / lower.exp().sum((1, 2, 3), keepdim=True)
    return -(right(p, positions) + 1e-12).log().mean()


def along(*axes):
    """Losses by a softmax along other axes."""
    return lambda logits, positions: (logits.logsumexp(axes, keepdim=True) - logits)[
        torch.arange(len(logits)), 0, positions[:, 1], positions[:, 0]
    ].mean()


def of_a_batch(logits, positions):
    return (logits.flatten().logsumexp(0) - right(logits, positions)).mean()


def cross_entropy(logits, positions):
    index = positions[:, 1] * logits.shape[-1] + positions[:, 0]
    return F.cross_entropy(logits.flatten(1), index)


def log_softmax(logits, positions):
    flat = logits.flatten(1).log_softmax(1).view_as(logits)
    return -right(flat, positions).mean()


def module(logits, positions):
    index = positions[:, 1] * logits.shape[-1] + positions[:, 0]
    return torch.nn.CrossEntropyLoss()(logits.flatten(1), index)


def p_of(logits, positions):
    return (-loss_of_each(logits, positions)).exp()


def loss_of_each(logits, positions):
    return logits.flatten(1).logsumexp(1) - right(logits, positions)


def ones(logits, positions):
    marks = torch.zeros_like(logits)
    marks[torch.arange(len(logits)), 0, positions[:, 1], positions[:, 0]] = 1
    return marks


def softmax(logits):
    return logits.flatten(1).softmax(1).view_as(logits)


def slopes(logits, positions):
    return (softmax(logits) - ones(logits, positions)) / len(logits)


def slopes_by_hand(logits, positions):
    lower = (logits - logits.amax((1, 2, 3), keepdim=True)).exp()
    result = lower / lower.sum((1, 2, 3), keepdim=True)
    result[torch.arange(len(logits)), 0, positions[:, 1], positions[:, 0]] -= 1
    return result / len(logits)


def slopes_by_loop(logits, positions):
    """Another right form: a picture at a time."""
    result = []
    for canvas, (x, y) in zip(logits[:, 0], positions.tolist(), strict=True):
        p = canvas.flatten().softmax(0).view_as(canvas)
        p[y, x] -= 1
        result.append(p[None] / len(logits))
    return torch.stack(result)


def slopes_by_nudging(logits, positions):
    """Another right form: each logit is nudged, in 64 bits, and the loss looked at."""
    flat, step = logits.double().flatten(1), 1e-4
    result = torch.zeros_like(flat)
    for n in range(flat.shape[1]):
        nudge = step * F.one_hot(torch.tensor(n), flat.shape[1])
        up, down = ((flat + sign * nudge).view_as(logits) for sign in (1, -1))
        more, less = (loss_of_each(one, positions) for one in (up, down))
        result[:, n] = (more - less) / (2 * step) / len(logits)
    return result.view_as(logits).float()


def by_autograd(logits, positions):
    with torch.enable_grad():
        given = logits.clone().requires_grad_()
        return torch.autograd.grad(loss(given, positions), given)[0]


def by_backward(logits, positions):
    with torch.enable_grad():
        given = logits.clone().requires_grad_()
        loss(given, positions).backward()
    return given.grad


def by_exp(logits, positions):
    p = logits.exp() / logits.exp().sum((1, 2, 3), keepdim=True)
    return (p - ones(logits, positions)) / len(logits)


def changes_logits(logits, positions):
    logits -= logits.amax((1, 2, 3), keepdim=True)
    return loss(logits, positions)


def misnumbered(logits, positions):
    """Positions (x, y) of pixel number y · height + x."""
    width = logits.shape[3]
    number = positions[:, 1] * logits.shape[2] + positions[:, 0]
    return torch.stack((number % width, number // width), 1)


def of_all_positions(logits, positions):
    x, y = positions.T
    return (logits.flatten(1).logsumexp(1) - logits[:, 0, y, x]).mean()


def half_brought_down(logits, positions):
    lower = logits - logits.amax((1, 2, 3), keepdim=True)
    return (lower.exp().sum((1, 2, 3)).log() - right(logits, positions)).mean()


def by_mean_of_powers(logits, positions):
    return (logits.exp().mean((1, 2, 3)).log() - right(logits, positions)).mean()


def by_largest_of_all(logits, positions):
    return naive(logits - logits.max(), positions)


def swapped_slopes(logits, positions):
    result = softmax(logits).clone()
    x, y = positions.T
    result[torch.arange(len(x)), 0, x, y] -= 1
    return result / len(x)


def slopes_of_all_positions(logits, positions):
    result = softmax(logits).clone()
    x, y = positions.T
    result[:, 0, y, x] -= 1
    return result / len(x)


RIGHT = {
    "2.5": [loss, loss_by_logsumexp, loss_by_loop, loss_by_indices],
    "2.6": [slopes, slopes_by_hand, slopes_by_loop, slopes_by_nudging],
}

WRONG = {
    "2.5": [
        (naive, "for logits as large as 200: your answer is nan"),
        (with_a_little, "what was rounded to 0 is not brought back by `clamp` or an added ε"),
        (lambda logits, p: loss(logits, p.flip(1)), "x and y are swapped"),
        (
            lambda logits, p: (
                logits.flatten(1).logsumexp(1)
                - logits.flatten(1)[torch.arange(len(p)), p[:, 0] * logits.shape[3] + p[:, 1]]
            ).mean(),
            "x and y are swapped",
        ),
        (lambda logits, p: loss(logits, misnumbered(logits, p)), "number y · width + x"),
        (of_all_positions, "every canvas is asked for all positions"),
        (half_brought_down, "subtracted in the sum alone"),
        (by_mean_of_powers, "by the sum over all pixels, not by their mean"),
        (lambda *case: -p_of(*case).mean(), "that is -p"),
        (along(0), "your softmax runs along the batch alone"),
        (along(1), "your softmax runs along the channel alone"),
        (by_largest_of_all, "bring each canvas's logits down"),
        (lambda logits, p: naive(logits - 200, p), "by as much as that canvas needs"),
        (lambda *case: -loss(*case), "the sign is turned"),
        (lambda logits, p: loss(logits, p) * len(p), "that is the sum over the batch"),
        (lambda *case: loss(*case) / math.log(2), "that is in bits"),
        (lambda *case: loss(*case) / math.log(10), "to base 10"),
        (lambda *case: p_of(*case).mean(), "that is the mean probability of the right pixel"),
        (lambda *case: (1 - p_of(*case)).mean(), "that is 1 - p"),
        (lambda *case: -p_of(*case).mean().log(), "the mean of the probabilities, then its log"),
        (along(3), "your softmax runs along a row alone"),
        (along(2), "your softmax runs along a column alone"),
        (of_a_batch, "your softmax runs over the whole batch"),
        (lambda *case: -right(*case).mean(), "that is minus the logit itself"),
        (lambda *case: F.softplus(-right(*case)).mean(), "each pixel's own sigmoid"),
        (
            lambda *case: F.binary_cross_entropy_with_logits(case[0], ones(*case)),
            "that is each pixel's own cross-entropy",
        ),
        (
            lambda logits, p: loss(logits, p) / logits[0].numel(),
            "divided by the number of pixels too",
        ),
        (lambda logits, p: loss(logits[:1], p[:1]), "the loss of the first picture alone"),
        (lambda logits, p: loss(logits, p[:1].expand_as(p)), "asked for the first position"),
        (lambda *case: loss(*case) + 1, "for a batch of 4 on a canvas of 6 × 9: your answer is"),
        (loss_of_each, "the result has shape (4,); wanted is one number"),
        (lambda *case: loss(*case)[None], "the result has shape (1,); wanted is one number"),
        (lambda *case: loss(*case).item(), "nothing can be learned from it"),
        (lambda *case: loss(case[0].detach(), case[1]), "nothing can be learned from it"),
        (cross_entropy, "but cross_entropy helped"),
        (log_softmax, "but log_softmax helped"),
        (module, "CrossEntropyLoss"),
        (changes_logits, "changes `logits`"),
    ],
    "2.6": [
        (lambda *case: slopes(*case) * len(case[0]), "those are the slopes of each picture's own"),
        (swapped_slopes, "x and y are swapped"),
        (lambda logits, p: slopes(logits, misnumbered(logits, p)), "number y · width + x"),
        (slopes_of_all_positions, "every canvas is asked for all positions"),
        (lambda logits, p: (softmax(logits) + ones(logits, p)) / len(p), "you add it"),
        (
            lambda logits, p: (logits.softmax(0) - ones(logits, p)) / len(p),
            "your softmax runs along the batch alone",
        ),
        (
            lambda logits, p: (logits.softmax(1) - ones(logits, p)) / len(p),
            "your softmax runs along the channel alone",
        ),
        (lambda *case: -slopes(*case), "the signs are turned"),
        (lambda logits, p: softmax(logits) - ones(logits, p) / len(p), "the 1 alone is divided"),
        (
            lambda logits, p: softmax(logits) / len(p) - ones(logits, p),
            "the probabilities alone are divided",
        ),
        (lambda logits, p: softmax(logits) / len(p), "right for all pixels but the right one"),
        (lambda *case: -ones(*case) / len(case[0]), "it hears the same whatever is said"),
        (lambda *case: slopes(*case) * ones(*case), "only the right pixel hears something"),
        (lambda *case: slopes(*case) * (1 - ones(*case)), "the right pixel hears nothing"),
        (lambda logits, p: (logits - ones(logits, p)) / len(p), "logits are no probabilities"),
        (lambda logits, p: (logits.sigmoid() - ones(logits, p)) / len(p), "own sigmoid"),
        (
            lambda logits, p: p_of(logits, p)[:, None, None, None] * slopes(logits, p),
            "those are the slopes of -p",
        ),
        (
            lambda logits, p: (logits.softmax(3) - ones(logits, p)) / len(p),
            "your softmax runs along a row alone",
        ),
        (
            lambda logits, p: (logits.softmax(2) - ones(logits, p)) / len(p),
            "your softmax runs along a column alone",
        ),
        (
            lambda logits, p: (
                (logits.flatten().softmax(0).view_as(logits) - ones(logits, p)) / len(p)
            ),
            "your softmax runs over the whole batch",
        ),
        (lambda *case: slopes(*case) / case[0][0].numel(), "divided by the number of pixels too"),
        (lambda logits, p: slopes(logits, p[:1].expand_as(p)), "asked for the first position"),
        (lambda *case: slopes(*case)[:, 0], "the result has shape (4, 6, 9); wanted is"),
        (lambda *case: slopes(*case).mean(0, keepdim=True), "the result has shape (1, 1, 6, 9)"),
        (by_exp, "it holds a NaN: does `exp` give infinity?"),
        (
            lambda logits, p: (softmax(logits) - 0.9 * ones(logits, p)) / len(p),
            "at the right pixel of the first picture stands",
        ),
        (lambda *case: slopes(*case) + 0.1, "at [0, 0, 5, 4] stands"),
        (lambda *case: slopes(*case).tolist(), "wanted is a tensor, with which the page goes on"),
        (lambda *case: slopes(*case).double(), "the result holds torch.float64"),
        (by_autograd, "but grad helped; write the slopes down yourself"),
        (by_backward, "but backward"),
    ],
}
