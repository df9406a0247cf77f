"""What is right in notebook 03's workshop, found in another way than the checkers': a layer's map a
pixel at a time, and a linear network's steps by the slopes of a softmax, worked out on paper.

`HOLDS` tells whether an answer does what was asked.
"""

from __future__ import annotations

import math
import random

import numpy as np
import torch
from torch import nn

pick = random.Random(3)


def _numbers(*shape):
    return torch.tensor([pick.gauss(0, 1) for _ in range(math.prod(shape))]).view(shape)


def _place(number, size):
    return 2 * number / (size - 1) - 1 if size > 1 else 0.0


def _is_convolved(found, joined, weight, bias):
    size = weight.shape[2]
    for example, out, row, column in np.ndindex(*found.shape):
        seen = joined[example, :, row : row + size, column : column + size]
        if abs((seen * weight[out]).sum() + bias[out] - found[example, out, row, column]) > 1e-4:
            return False
    return True


def _convolves(made):
    for n, c_in, c_out, k, height, width in ((2, 3, 2, 2, 4, 5), (1, 1, 3, 1, 1, 3)):
        layer, images = made(c_in, c_out, k), _numbers(n, c_in, height, width)
        weight, bias = (each.detach().double().numpy() for each in layer.parameters())
        if weight.shape != (c_out, c_in + 2, k, k) or bias.shape != (c_out,):
            return False
        places = np.empty((n, 2, height, width))
        for row, column in np.ndindex(height, width):
            places[:, :, row, column] = _place(column, width), _place(row, height)
        found = layer(images).detach()
        if found.shape != (n, c_out, height - k + 1, width - k + 1):
            return False
        # Images first or coordinates: a convolution doesn't mind.
        orders = ((images.numpy(), places), (places, images.numpy()))
        if not any(_is_convolved(found, np.concatenate(each, 1), weight, bias) for each in orders):
            return False
    return True


class _Softmax(nn.Module):
    """A linear layer whose steps are worked out beside it; notes which rows it is given."""

    rate = 0.2

    def __init__(self, inputs, answers):
        super().__init__()
        self.layer = nn.Linear(2, 3)
        self.inputs, self.answers = inputs, answers.tolist()
        for each in self.parameters():
            each.data = _numbers(*each.shape)
        self.weight, self.bias = (each.detach().double().clone() for each in self.parameters())
        self.optimizer = torch.optim.SGD(self.parameters(), lr=self.rate)
        self.rows = []

    def forward(self, inputs):
        self.rows.append([(self.inputs == each).all(1).nonzero().item() for each in inputs])
        return self.layer(inputs)[:, None]

    def stepped(self, rows):
        """The loss before a step by these rows; weight and bias are then as it leaves them."""
        weight, bias = torch.zeros(3, 2).double(), torch.zeros(3).double()
        loss = 0.0
        for row in rows:
            given, right = self.inputs[row].double(), self.answers[row]
            logits = (self.weight @ given + self.bias).tolist()
            total = sum(map(math.exp, logits))
            loss -= (logits[right] - math.log(total)) / len(rows)
            for number, logit in enumerate(logits):
                push = (math.exp(logit) / total - (number == right)) / len(rows)
                weight[number] += push * given
                bias[number] += push
        self.weight -= self.rate * weight
        self.bias -= self.rate * bias
        return loss

    def agrees(self):
        pairs = zip(self.parameters(), (self.weight, self.bias), strict=True)
        return all(torch.allclose(one.double(), other, rtol=0, atol=1e-4) for one, other in pairs)


def _lesson(n):
    return _Softmax(_numbers(n, 2), torch.tensor([pick.randrange(3) for _ in range(n)]))


def _steps(answer):
    for old in (None, 1.0):
        network = _lesson(4)
        for each in network.parameters():
            each.grad = None if old is None else torch.full_like(each, old)
        told = answer(network, network.optimizer, network.inputs, torch.tensor(network.answers))
        if abs(float(told) - network.stepped(range(4))) > 1e-4 or not network.agrees():
            return False
    return True


def _loops(answer):
    for n, epochs, size, until in ((7, 3, 3, None), (4, 2, 2, None), (7, 3, 3, 4), (5, 2, 1, 1)):
        network, reported = _lesson(n), []

        def report(loss, reported=reported, until=until):
            reported.append(float(loss))
            return len(reported) != until

        given = network.inputs, torch.tensor(network.answers), epochs, size, report
        told = [float(one) for one in answer(network, network.optimizer, *given)]
        a_pass = -(-n // size)
        if len(network.rows) != (until or epochs * a_pass):
            return False
        orders = [
            sum(network.rows[k : k + a_pass], []) for k in range(0, len(network.rows), a_pass)
        ]
        if until is None and any(sorted(order) != list(range(n)) for order in orders):
            return False
        if until is None and n > 5 and (orders[0] == orders[1] or orders[0] == sorted(orders[0])):
            return False
        losses = [network.stepped(rows) for rows in network.rows]
        if not network.agrees() or len(told) != len(losses):
            return False
        if not np.allclose(told, losses, atol=1e-4) or not np.allclose(reported, losses, atol=1e-4):
            return False
    return True


def _controls(answer):
    for height, width in ((32, 32), (8, 12)):
        found, again = (np.asarray(answer(height, width), float) for _ in range(2))
        if found.shape != (2, height, width) or not np.array_equal(found, again):
            return False
        strengths = np.sqrt((found**2).mean((1, 2)))
        if not ((strengths >= 0.2) & (strengths <= 2)).all():
            return False
        given = np.column_stack([*found.reshape(2, -1), np.ones(height * width)])
        for wanted in np.mgrid[:height, :width].reshape(2, -1):
            fitted = given @ np.linalg.lstsq(given, wanted - wanted.mean(), rcond=None)[0]
            if (fitted**2).sum() > 0.3 * ((wanted - wanted.mean()) ** 2).sum():
                return False
        for channel in found:
            steps = (np.diff(channel, axis=0) ** 2).mean() + (np.diff(channel, axis=1) ** 2).mean()
            if channel.std() > 1e-4 and steps < 0.7 * 2 * channel.var():
                return False
    return True


HOLDS = {"3.2": _convolves, "3.5": _steps, "3.6": _loops, "3.7": _controls}
