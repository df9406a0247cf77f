"""Answers for notebook 03's workshop: the loop around a training step."""

import numpy as np
import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from tests.exercises.answers_looping import stepped


def looped(network, optimizer, inputs, answers, epochs, batch_size, report):
    losses = []
    for _ in range(epochs):
        order = torch.randperm(len(inputs))
        for first in range(0, len(inputs), batch_size):
            batch = order[first : first + batch_size]
            loss = stepped(network, optimizer, inputs[batch], answers[batch])
            losses.append(loss.item())
            if not report(loss.item()):
                return losses
    return losses


def looped_by_a_loader(network, optimizer, inputs, answers, epochs, batch_size, report):
    """Another right form: torch's loader, and tensors for the losses."""
    loader = DataLoader(TensorDataset(inputs, answers), batch_size=batch_size, shuffle=True)
    losses = []
    for _ in range(epochs):
        for batch in loader:
            losses.append(stepped(network, optimizer, *batch).detach())
            if report(losses[-1]) is False:
                return torch.stack(losses)
    return torch.stack(losses)


def looped_while(network, optimizer, inputs, answers, epochs, batch_size, report):
    """Another right form: one loop, an order whenever the last one is used up."""
    losses, order, goes_on = [], [], True
    n = len(inputs)
    steps = epochs * -(-n // batch_size)
    while goes_on and len(losses) < steps:
        if not order:
            order = np.random.permutation(n).tolist()
        batch, order = order[:batch_size], order[batch_size:]
        losses.append(float(stepped(network, optimizer, inputs[batch], answers[batch])))
        goes_on = report(losses[-1])
    return np.array(losses)


def looped_in_two(network, optimizer, inputs, answers, epochs, batch_size, report):
    """Another right form: both shuffled at once, a look at all of them on the way."""

    def steps():
        for _ in range(epochs):
            order = torch.randperm(len(inputs))
            pairs = zip(*(one[order].split(batch_size) for one in (inputs, answers)), strict=True)
            yield from pairs
            with torch.no_grad():
                network(inputs)

    losses = []
    for batch in steps():
        losses.append(stepped(network, optimizer, *batch).detach().numpy())
        if not report(float(losses[-1])):
            break
    return losses


def loops(
    order=lambda epoch, n: torch.randperm(n),
    split=lambda order, size: order.split(size),
    epochs=lambda epochs: epochs,
    size=lambda size: size,
    step=stepped,
    hears=True,
    told=lambda loss, answer: answer(loss),
    result=lambda losses, epochs: losses,
    answers_of=lambda answers, batch, place: answers[batch],
):
    """A loop that is right, but for what is changed."""

    def loop(network, optimizer, inputs, answers, given_epochs, batch_size, report):
        losses = []
        for epoch in range(epochs(given_epochs)):
            place = 0
            for batch in split(order(epoch, len(inputs)), size(batch_size)):
                wanted = answers_of(answers, batch, place)
                place += len(batch)
                losses.append(float(step(network, optimizer, inputs[batch], wanted)))
                goes_on = told(losses[-1], report)
                if hears and not goes_on:
                    return result(losses, given_epochs)
        return result(losses, given_epochs)

    return loop


def once_shuffled():
    kept = {}

    def order(epoch, n):
        if epoch == 0:
            kept["order"] = torch.randperm(n)
        return kept["order"]

    return loops(order=order)


def ends_inner_alone(network, optimizer, inputs, answers, epochs, batch_size, report):
    losses = []
    for _ in range(epochs):
        for batch in torch.randperm(len(inputs)).split(batch_size):
            losses.append(float(stepped(network, optimizer, inputs[batch], answers[batch])))
            if not report(losses[-1]):
                break
    return losses


def ends_at_yes(network, optimizer, inputs, answers, epochs, batch_size, report):
    losses = []
    for _ in range(epochs):
        for batch in torch.randperm(len(inputs)).split(batch_size):
            losses.append(float(stepped(network, optimizer, inputs[batch], answers[batch])))
            if report(losses[-1]):
                return losses
    return losses


def reports_each_epoch(network, optimizer, inputs, answers, epochs, batch_size, report):
    losses = []
    for _ in range(epochs):
        for batch in torch.randperm(len(inputs)).split(batch_size):
            losses.append(float(stepped(network, optimizer, inputs[batch], answers[batch])))
        report(losses[-1])
    return losses


def without_zero_grad(network, optimizer, inputs, answers):
    result = F.cross_entropy(network(inputs).flatten(1), answers)
    result.backward()
    optimizer.step()
    return result


def without_backward(network, optimizer, inputs, answers):
    result = F.cross_entropy(network(inputs).flatten(1), answers)
    optimizer.zero_grad()
    optimizer.step()
    return result


def without_step(network, optimizer, inputs, answers):
    result = F.cross_entropy(network(inputs).flatten(1), answers)
    optimizer.zero_grad()
    result.backward()
    return result


def backwards_only(*given):
    return -stepped(*given)


def reports_before(network, optimizer, inputs, answers, epochs, batch_size, report):
    losses = []
    for _ in range(epochs):
        for batch in torch.randperm(len(inputs)).split(batch_size):
            loss = F.cross_entropy(network(inputs[batch]), answers[batch])
            losses.append(loss.item())
            if not report(losses[-1]):
                return losses
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return losses


def asks_before(network, optimizer, inputs, answers):
    network(inputs)
    return stepped(network, optimizer, inputs, answers)


def asks_after(network, optimizer, inputs, answers):
    loss = stepped(network, optimizer, inputs, answers)
    network(inputs)
    return loss


def silent(*given):
    looped(*given)


def shuffles_in_place(network, optimizer, inputs, answers, *rest):
    order = torch.randperm(len(inputs))
    inputs.copy_(inputs[order])
    return looped(network, optimizer, inputs, answers, *rest)


RIGHT = {"3.6": [looped, looped_by_a_loader, looped_while, looped_in_two]}

FEW = "with 11 examples in batches of 4, 3 epochs: "
WRONG = {
    "3.6": [
        (
            loops(answers_of=lambda answers, batch, place: answers[place : place + len(batch)]),
            f"{FEW}the inputs are shuffled, but their answers are not",
        ),
        (loops(step=without_zero_grad), f"{FEW}gradients that an earlier step has left count"),
        (loops(step=without_backward), f"{FEW}the weights don't change"),
        (loops(step=without_step), f"{FEW}no step is taken"),
        (loops(order=lambda epoch, n: torch.arange(n)), f"{FEW}they come in the order in which"),
        (
            loops(order=lambda epoch, n: torch.arange(n).roll(epoch + 1)),
            f"{FEW}they come in the order in which they are given, only turned round or begun",
        ),
        (loops(order=lambda epoch, n: torch.arange(n).flip(0)), "only turned round or begun"),
        (loops(step=asks_before), f"{FEW}you ask the network twice in a step"),
        (loops(step=asks_after), f"{FEW}you ask the network twice in a step"),
        (reports_before, "`report` is called before the step of which it tells"),
        (once_shuffled(), f"{FEW}the order is the same in each epoch"),
        (
            loops(split=lambda order, size: [order[k : k + size] for k in range(0, 8, size)]),
            f"{FEW}the last 3 examples of each epoch are left out",
        ),
        (
            loops(split=lambda order, size: torch.randint(len(order), (3, size))),
            f"{FEW}your batches hold 4, 4, 4; wanted are 4, 4, 3",
        ),
        (
            loops(order=lambda epoch, n: torch.randint(n - 1, (n,))),
            "never came, and others twice; in an epoch each comes once",
        ),
        (loops(size=lambda size: 11), f"{FEW}a step takes 11 examples"),
        (loops(size=lambda size: 1), f"{FEW}you take 33 steps; wanted are 9"),
        (loops(epochs=lambda epochs: 1), f"{FEW}you take 3 steps: that is one epoch; wanted are 9"),
        (loops(epochs=lambda epochs: epochs + 1), f"{FEW}you take 12 steps; wanted are 9"),
        (loops(epochs=lambda epochs: 3), "with 6 examples in batches of 3, 2 epochs: you take 6"),
        (loops(size=lambda size: 4), "with 6 examples in batches of 3, 2 epochs: a step takes 4"),
        (loops(told=lambda loss, report: True), f"{FEW}`report` is never called in 9 steps"),
        (reports_each_epoch, f"{FEW}`report` is called 3 times in 9 steps; call it after each"),
        (loops(hears=False), "`report` says False after step 5, but 9 are taken"),
        (ends_inner_alone, "`report` says False after step 5, but 8 are taken; does that end all"),
        (ends_at_yes, f"{FEW}you end after the first step, though `report` said True: go on"),
        (
            loops(told=lambda loss, report: report(-loss)),
            f"{FEW}`report` is told other numbers than each step's loss",
        ),
        (
            loops(result=lambda losses, epochs: [sum(losses) / len(losses)] * epochs),
            f"{FEW}you return shape (3,); wanted is a list of 9 losses, one for each step",
        ),
        (loops(result=lambda losses, epochs: losses[-1]), "you return shape (); wanted is a list"),
        (
            loops(result=lambda losses, epochs: losses[::-1]),
            f"{FEW}you return other numbers than each step's loss",
        ),
        (loops(step=backwards_only), f"{FEW}`report` is told other numbers than each step's loss"),
        (silent, "silent returned None; is its `return` missing?"),
        (shuffles_in_place, "changes `inputs`"),
        (lambda *given: "losses", f"{FEW}no step is taken; call `training_step` for each batch"),
    ]
}
