"""Answers for notebook 03's workshop: a training step."""

import copy

import torch
from torch.nn import functional as F


def stepped(network, optimizer, inputs, answers, loss=F.cross_entropy):
    result = loss(network(inputs).flatten(1), answers)
    optimizer.zero_grad()
    result.backward()
    optimizer.step()
    return result


def stepped_by_hand(network, optimizer, inputs, answers):
    """Another right form: the cross-entropy from its definition, gradients set."""
    logits = network(inputs).reshape(len(inputs), -1)
    at_right = logits.gather(1, answers[:, None])[:, 0]
    result = (logits.logsumexp(1) - at_right).mean()
    parameters = list(network.parameters())
    for one, slope in zip(parameters, torch.autograd.grad(result, parameters), strict=True):
        one.grad = slope
    optimizer.step()
    return result.item()


def stepped_in_logarithms(network, optimizer, inputs, answers):
    network.train()
    network.zero_grad()
    logarithms = F.log_softmax(network(inputs).view(len(inputs), -1), dim=-1)
    result = F.nll_loss(logarithms, answers)
    result.backward()
    optimizer.step()
    optimizer.zero_grad()
    return result.detach().numpy()


def stepped_by_closure(network, optimizer, inputs, answers):
    def closure():
        optimizer.zero_grad()
        result = torch.nn.CrossEntropyLoss()(network(inputs).flatten(start_dim=1), answers)
        result.backward()
        return result

    return optimizer.step(closure)


def doing(*order, loss=F.cross_entropy, change=lambda result: result):
    """A step that does what is named, in that order."""

    def step(network, optimizer, inputs, answers):
        result = change(loss(network(inputs).flatten(1), answers))
        each = {
            "zero_grad": optimizer.zero_grad,
            "backward": lambda: result.backward(retain_graph=True),
            "step": optimizer.step,
        }
        for name in order:
            each[name]()
        return result

    return step


USUAL = "zero_grad", "backward", "step"


def by(loss):
    return doing(*USUAL, loss=loss)


def one_hot(logits, answers):
    return F.one_hot(answers, logits.shape[1]).float()


def shaped(shape):
    """A step that brings the logits into another shape first."""

    def step(network, optimizer, inputs, answers):
        result = F.cross_entropy(shape(network(inputs)), answers)
        optimizer.zero_grad()
        result.backward()
        optimizer.step()
        return result

    return step


def then(loss, late=False):
    """A right step that returns another loss, of the logits before it, or late, after it."""

    def step(network, optimizer, inputs, answers):
        before = loss(network(inputs).flatten(1), answers)
        stepped(network, optimizer, inputs, answers)
        return loss(network(inputs).flatten(1), answers) if late else before

    return step


def silent(*given):
    stepped(*given)


def in_eval_mode(network, *rest):
    network.eval()
    return stepped(network, *rest)


def by_hand_alone(network, optimizer, inputs, answers):
    result = F.cross_entropy(network(inputs).flatten(1), answers)
    network.zero_grad()
    result.backward()
    with torch.no_grad():
        for each in network.parameters():
            each -= 0.1 * each.grad
    return result


def an_optimizer_of_its_own(network, optimizer, *given):
    return stepped(network, torch.optim.SGD(network.parameters(), lr=0.1), *given)


def moves_a_copy(network, *rest):
    return stepped(copy.deepcopy(network), *rest)


def draws(network, optimizer, inputs, answers):
    return stepped(network, optimizer, torch.randn_like(inputs), answers)


def changes_answers(network, optimizer, inputs, answers):
    result = stepped(network, optimizer, inputs, answers)
    answers.zero_()
    return result


RIGHT = {"3.5": [stepped, stepped_by_hand, stepped_in_logarithms, stepped_by_closure]}

LEFT = "gradients that an earlier `backward()` has left count as well"
WRONG = {
    "3.5": [
        (doing("backward", "step"), LEFT),
        (doing("backward", "step", "zero_grad"), LEFT),
        (doing("backward", "zero_grad", "step"), "doesn't move: between `backward()` and `step()`"),
        (doing("zero_grad", "backward"), "the network doesn't move: `optimizer.step()` is missing"),
        (doing("zero_grad", "step"), "the network doesn't move: no `backward()` reaches it"),
        (
            doing("zero_grad", "step", "backward"),
            "with SGD and maps of logits: the network doesn't move: `step()` comes before",
        ),
        (doing("step"), "the network moves by old gradients alone, none of this loss"),
        (doing(*USUAL, "step"), "`optimizer.step()` is called more than once"),
        (
            by(lambda logits, answers: F.cross_entropy(logits, answers, reduction="sum")),
            "the loss by which it moves is wrong: it is a sum over the batch",
        ),
        (by(lambda *given: -F.cross_entropy(*given)), "its sign is turned"),
        (
            by(lambda logits, answers: F.cross_entropy(logits.softmax(1), answers)),
            "the softmax is taken twice: `cross_entropy` takes logits as they are",
        ),
        (
            by(
                lambda logits, answers: F.binary_cross_entropy_with_logits(
                    logits, one_hot(logits, answers)
                )
            ),
            "each class is judged for itself",
        ),
        (
            by(lambda logits, answers: F.mse_loss(logits, one_hot(logits, answers))),
            "it is a squared error",
        ),
        (
            by(lambda logits, answers: F.mse_loss(logits.softmax(1), one_hot(logits, answers))),
            "it is a squared error",
        ),
        (
            by(lambda logits, answers: F.nll_loss(logits.softmax(1), answers)),
            "it lacks the logarithm",
        ),
        (
            by(lambda logits, answers: F.cross_entropy(logits[:1], answers[:1])),
            "it is that of the first example alone",
        ),
        (
            by(lambda logits, answers: F.cross_entropy(logits / 2, answers)),
            "after 2 steps one of its weights is ",
        ),
        (shaped(lambda logits: logits), "only batches of spatial targets supported (3D tensors)"),
        (shaped(torch.squeeze), "Expected target size [5, 3], got [5]"),
        (shaped(torch.flatten), "For 1D input, 1D target must have size 1"),
        (
            by(lambda logits, answers: F.cross_entropy(logits, answers, reduction="none")),
            "grad can be implicitly created only for scalar outputs",
        ),
        (doing("step", "backward"), "has been modified by an inplace operation"),
        (
            by(lambda *given: F.cross_entropy(*given).item()),
            "'float' object has no attribute 'backward'",
        ),
        (
            by(lambda *given: F.cross_entropy(*given).detach()),
            "element 0 of tensors does not require grad",
        ),
        (then(F.cross_entropy, late=True), "you return the loss after the step"),
        (
            then(lambda logits, answers: F.cross_entropy(logits, answers, reduction="sum")),
            "the loss that you return is another: it is a sum over the batch",
        ),
        (then(lambda logits, answers: logits.mean()), "it should be "),
        (silent, "silent returned None; is its `return` missing?"),
        (in_eval_mode, "the network moves as it should, but it stays in eval mode"),
        (by_hand_alone, "the network moves, but not by `optimizer`: call its `step()`"),
        (an_optimizer_of_its_own, "the network moves, but not by `optimizer`"),
        (moves_a_copy, "the network doesn't move: no `backward()` reaches it"),
        (draws, "asked again, you move the network elsewhere"),
        (changes_answers, "changes `answers`"),
    ]
}
