"""Answers for notebook 02's workshop: a step of gradient descent."""

import copy

import torch

from tests.exercises.answers_guessing import loss


def move(network, rate):
    with torch.no_grad():
        for weight in network.parameters():
            weight -= rate * weight.grad


def stepped(network, positions, rate, loss=loss):
    network.zero_grad()
    result = loss(network(positions), positions)
    result.backward()
    move(network, rate)
    return result


def stepped_by_data(network, positions, rate):
    """Another right form: gradients are cleared one by one, and weights changed behind torch."""
    result = loss(network(positions), positions)
    for weight in network.parameters():
        weight.grad = None
    result.backward()
    for weight in network.parameters():
        weight.data -= rate * weight.grad
    return result.item()


def stepped_by_grad(network, positions, rate):
    """Another right form: the slopes are asked for, `.grad` is left alone."""
    weights = list(network.parameters())
    result = loss(network(positions), positions)
    for weight, slope in zip(weights, torch.autograd.grad(result, weights), strict=True):
        weight.data.add_(slope, alpha=-rate)
    return float(result)


def stepped_and_cleared(network, positions, rate):
    """Another right form: cleared on both sides."""
    result = stepped(network, positions, rate).detach().numpy()
    network.zero_grad(set_to_none=False)
    return result


def steps(*order):
    """A step that does what is named, in that order; the loss is reckoned first."""

    def step(network, positions, rate):
        result = loss(network(positions), positions)
        doing = {
            "clear": network.zero_grad,
            "backward": result.backward,
            "move": lambda: move(network, rate),
        }
        for each in order:
            doing[each]()
        return result

    return step


def makes_new_weights(network, positions, rate):
    network.zero_grad()
    result = loss(network(positions), positions)
    result.backward()
    for weight in network.parameters():
        weight = weight - rate * weight.grad
    return result


def moving(change):
    """A step that moves each weight otherwise: change(weight, slope, rate), in place."""

    def step(network, positions, rate):
        network.zero_grad()
        result = loss(network(positions), positions)
        result.backward()
        with torch.no_grad():
            for weight in network.parameters():
                change(weight, weight.grad, rate)
        return result

    return step


def without_no_grad(network, positions, rate):
    network.zero_grad()
    result = loss(network(positions), positions)
    result.backward()
    for weight in network.parameters():
        weight -= rate * weight.grad
    return result


def by_an_optimizer(network, positions, rate):
    optimizer = torch.optim.SGD(network.parameters(), rate)
    optimizer.zero_grad()
    result = loss(network(positions), positions)
    result.backward()
    optimizer.step()
    return result


def by_adam(network, positions, rate):
    optimizer = torch.optim.Adam(network.parameters(), rate)
    optimizer.zero_grad()
    result = loss(network(positions), positions)
    result.backward()
    optimizer.step()
    return result


def late(network, positions, rate):
    stepped(network, positions, rate)
    return loss(network(positions), positions)


def twice(network, positions, rate):
    stepped(network, positions, rate)
    return stepped(network, positions, rate)


def moves_a_copy(network, positions, rate):
    return stepped(copy.deepcopy(network), positions, rate)


def one_by_one(network, positions, rate):
    network.zero_grad()
    losses = [loss(network(one[None]), one[None]) for one in positions]
    result = torch.stack(losses).mean()
    result.backward()
    move(network, rate)
    return result


def in_eval_mode(network, positions, rate):
    network.eval()
    result = stepped(network, positions, rate)
    network.train()
    return result


def stays_in_eval(network, positions, rate):
    """What sets it at the end, and back at the start: right until someone else trains it."""
    network.train()
    result = stepped(network, positions, rate)
    network.eval()
    return result


def clipped(network, positions, rate):
    network.zero_grad()
    result = loss(network(positions), positions)
    result.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1)
    move(network, rate)
    return result


def stays_frozen(network, positions, rate):
    result = stepped(network, positions, rate)
    network.requires_grad_(False)
    return result


def thaws(network, positions, rate):
    """What freezes it at the end, and thaws it at the start: right until someone else trains it."""
    network.requires_grad_(True)
    return stays_frozen(network, positions, rate)


def without_loss(network, positions, rate):
    stepped(network, positions, rate)


def of_biases_alone(weight, slope, rate):
    if weight.ndim > 1:
        weight -= rate * slope


RIGHT = {
    "2.7": [stepped, stepped_by_data, stepped_by_grad, stepped_and_cleared],
}

WRONG = {
    "2.7": [
        (steps("backward", "move"), "gradients that an earlier `backward()` has left count"),
        (steps("backward", "move", "clear"), "an earlier `backward()` has left count as well"),
        (steps("move"), "the weights move by old gradients alone"),
        (steps("move", "clear", "backward"), "modified by an inplace operation"),
        (steps("backward", "clear", "move"), "NoneType"),
        (steps("clear", "move"), "NoneType"),
        (steps("clear", "backward"), "the weights don't move, though they have slopes"),
        (makes_new_weights, "`weight = weight - …` makes a new tensor"),
        (twice, "the weights move twice"),
        (
            lambda *given: stepped(*given, loss=lambda one, p: loss(one, p) / len(p)),
            "the loss is divided by n already",
        ),
        (torch.no_grad()(stepped), "does not require grad and does not have a grad_fn"),
        (moves_a_copy, "their `.grad` is what it was: call `loss.backward()`"),
        (without_no_grad, "a leaf Variable that requires grad is being used in an in-place"),
        (moving(lambda weight, slope, rate: weight.add_(rate * slope)), "the sign is turned"),
        (moving(of_biases_alone), "the biases stay where they are"),
        (moving(lambda weight, slope, rate: weight.sub_(rate * slope.sign())), "sign alone"),
        (by_adam, "one of the weights is"),
        (clipped, "one of the weights is"),
        (one_by_one, "sees the positions one by one"),
        (in_eval_mode, "the network is in eval mode as it moves"),
        (moving(lambda weight, slope, rate: weight.sub_(slope)), "at a rate of 1"),
        (moving(lambda weight, slope, rate: weight.sub_(0.01 * slope)), "at a rate of 0.01"),
        (moving(lambda weight, slope, rate: weight.copy_(-rate * slope)), "one of the weights is"),
        (
            lambda *given: stepped(*given, loss=lambda one, p: loss(one, p) * len(p)),
            "the weights move by a sum over the batch",
        ),
        (
            lambda *given: stepped(*given, loss=lambda one, p: loss(one, p.flip(1))),
            "x and y are swapped",
        ),
        (
            lambda *given: stepped(*given, loss=lambda one, p: loss(one[:1], p[:1])),
            "the weights move by the first position alone",
        ),
        (late, "you return the loss after the step"),
        (lambda *given: 2 * stepped(*given), "but you return"),
        (lambda *given: [stepped(*given)], "the result is a list; wanted is one number"),
        (without_loss, "returned None; is its `return` missing?"),
        (by_an_optimizer, "but SGD helped; move the weights yourself"),
        (stays_in_eval, "the network stays in eval mode"),
        (thaws, "weights stay without `requires_grad`"),
        (stays_frozen, "does not require grad"),
    ],
}
