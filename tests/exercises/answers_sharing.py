"""Answers for notebook 06's workshop: what all pictures of a painter have in common."""

import torch


def shares(painted, target):
    return (painted & target).sum(0) / target.sum(0)


def shares_by_mean(painted, target):
    """Another right form: what isn't wanted is left out of a mean."""
    return torch.where(target, painted.float(), torch.nan).nanmean(0)


def shares_by_loop(painted, target):
    """Another right form: a pixel at a time."""
    result = torch.full(target.shape[1:], torch.nan)
    for row in range(target.shape[1]):
        for column in range(target.shape[2]):
            wanted = target[:, row, column]
            if wanted.any():
                result[row, column] = painted[wanted, row, column].float().mean()
    return result


def shares_by_products(painted, target):
    found, wanted = (painted.float() * target).sum(0), target.float().sum(0)
    return torch.where(wanted > 0, found / wanted.clamp(min=1), torch.nan)


def shares_in_float64(painted, target):
    """Another right form: counted in numbers of 64 bits."""
    return (painted & target).double().sum(0) / target.double().sum(0)


def changes_painted(painted, target):
    painted &= target
    return painted.sum(0) / target.sum(0)


RIGHT = {
    "6.3": [shares, shares_by_mean, shares_by_loop, shares_by_products, shares_in_float64],
}

WRONG = {
    "6.3": [
        (lambda painted, target: (painted & target).float().mean(0), "you divide by all pictures"),
        (lambda painted, target: painted.float().mean(0), "how often each pixel is painted at all"),
        (lambda painted, target: painted.sum(0) / target.sum(0), "paint beside the square counts"),
        (
            lambda painted, target: (painted & target).sum(0) / painted.sum(0),
            "you divide by how often the pixel is painted",
        ),
        (
            lambda painted, target: (painted & target).sum(0) / (painted | target).sum(0),
            "you divide by the union",
        ),
        (
            lambda painted, target: (painted == target).float().mean(0),
            "a pixel that is rightly empty counts in yours",
        ),
        (lambda painted, target: 1 - shares(painted, target), "the share in which it is missed"),
        (
            lambda painted, target: (painted & target).sum(0) / target.sum(0).clamp(min=1),
            "where no square covers a pixel you say 0",
        ),
        (lambda painted, target: shares(painted, target).nan_to_num(0), "let it be NaN"),
        (lambda painted, target: shares(painted, target).T, "rows and columns are swapped"),
        (
            lambda painted, target: (painted & target).sum((1, 2)) / target.sum((1, 2)),
            "that is a share for each picture",
        ),
        (
            lambda painted, target: (painted & target).any(0),
            "stands 0; no square covers it: let it be NaN",
        ),
        (lambda painted, target: (painted & target).sum(0), "counts; divide each by the squares"),
        (lambda painted, target: shares(painted, target)[None], "the result has shape (1, 7, 9)"),
        (lambda painted, target: shares(painted, target) / 2, "of 12 pictures, and is in "),
        (lambda painted, target: shares(painted, target).tolist(), "the result is a list; wanted"),
        (
            lambda painted, target: shares(painted, target).half(),
            "the result holds torch.float16",
        ),
        (changes_painted, "changes `painted`"),
    ],
}
