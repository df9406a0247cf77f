"""Notebook 06's checkers: right answers pass, and each usual mistake hears its own reason."""

import pytest
import torch

from coordlib import exercises


def said(capsys, one, answer):
    exercises.check(one, answer)
    return capsys.readouterr().out.strip()


def both(painted, target):
    return (painted & target).sum((1, 2)).float()


def either(painted, target):
    return (painted | target).sum((1, 2)).float()


def area(pictures):
    return pictures.sum((1, 2)).float()


def iou(painted, target):
    shared, whole = both(painted, target), either(painted, target)
    return torch.where(whole > 0, shared / whole, 1.0)


def iou_by_loop(painted, target):
    """Another right form: one pair at a time, as sets of pixels."""
    overlaps = []
    for one, other in zip(painted, target, strict=True):
        ours, theirs = (set(map(tuple, mask.nonzero().tolist())) for mask in (one, other))
        overlaps.append(len(ours & theirs) / len(ours | theirs) if ours | theirs else 1.0)
    return overlaps


@pytest.mark.parametrize("answer", [iou, iou_by_loop])
def test_a_right_overlap_passes(capsys, answer):
    assert said(capsys, "6.1", answer).startswith("6.1 passed")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda p, t: both(p, t) / (area(p) + area(t)), "count twice in your union"),
        (lambda p, t: 2 * both(p, t) / (area(p) + area(t)), "another measure (Dice)"),
        (lambda p, t: (p == t).float().mean((1, 2)), "empty pixels that agree earn nothing"),
        (lambda p, t: both(p, t) / area(t), "painting everything would be 1"),
        (lambda p, t: both(p, t) / area(p), "one right pixel would be enough"),
        (lambda p, t: (both(p, t).sum() / either(p, t).sum()).expand(7), "each pair on its own"),
        (lambda p, t: both(p, t) / either(p, t), "two empty pictures give nan"),
        (lambda p, t: both(p, t) / either(p, t).clamp(min=1), "two empty pictures give 0"),
        (
            lambda p, t: torch.where(area(p) == 0, 1.0, iou(p, t)),
            "an empty picture and a square give 1",
        ),
        (
            lambda p, t: torch.where(area(t) == 0, 1.0, iou(p, t)),
            "paint and an empty target give 1",
        ),
        (lambda p, t: iou(p, t).mean(), "the result has shape ()"),
        (lambda p, t: 1 - iou(p, t), "1 minus what is asked for"),
        (lambda p, t: iou(p, t) / 2, "a pair with 9 pixels in both and 9 in at least one gives"),
        (lambda p, t: "much", "the result is a str"),
    ],
)
def test_a_wrong_overlap_hears_why(capsys, answer, why):
    heard = said(capsys, "6.1", answer)
    assert heard.startswith("6.1 not yet") and why in heard


def shifted(size, dx, dy):
    shared = max(0, size - abs(dx)) * max(0, size - abs(dy))
    return shared / (2 * size * size - shared)


def shifted_by_drawing(size, dx, dy):
    """Another right form: draw both on a large canvas and count."""
    canvas = torch.zeros(2, 100, 100, dtype=torch.bool)
    canvas[0, 50 : 50 + size, 50 : 50 + size] = True
    canvas[1] = canvas[0].roll((dy, dx), (0, 1))
    return (canvas[0] & canvas[1]).sum() / (canvas[0] | canvas[1]).sum()


def unclamped(size, dx, dy):
    shared = (size - abs(dx)) * (size - abs(dy))
    return shared / (2 * size * size - shared)


def right_and_down(size, dx, dy):
    shared = max(0, size - dx) * max(0, size - dy)
    return shared / (2 * size * size - shared)


@pytest.mark.parametrize("answer", [shifted, shifted_by_drawing])
def test_a_right_shifted_overlap_passes(capsys, answer):
    assert said(capsys, "6.2", answer).startswith("6.2 passed")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda s, x, y: (s - abs(x)) * (s - abs(y)) / (2 * s * s), "counted twice in your union"),
        (lambda s, x, y: (s - abs(x)) * (s - abs(y)) / (s * s), "the share of one square"),
        (right_and_down, "a shift to the left or up shares as much"),
        (unclamped, "a product of negative numbers is no area"),
        (
            lambda s, x, y: 0 if abs(x) >= s and abs(y) >= s else unclamped(s, x, y),
            "12 columns and 2 rows away",
        ),
        (lambda s, x, y: 1 - abs(x) / s, "size 9, 1 columns and 0 rows away: you give 0.889"),
        (lambda s, x, y: [], "the result has shape (0,)"),
    ],
)
def test_a_wrong_shifted_overlap_hears_why(capsys, answer, why):
    heard = said(capsys, "6.2", answer)
    assert heard.startswith("6.2 not yet") and why in heard


def drawable(map, square):
    inside, outside = map[square], map[~square]
    return not torch.isin(inside, outside).any()


def drawable_as_sets(map, square):
    return set(map[square].tolist()).isdisjoint(map[~square].tolist())


@pytest.mark.parametrize("answer", [drawable, drawable_as_sets])
def test_a_right_word_on_what_can_be_drawn_passes(capsys, answer):
    assert said(capsys, "6.3", answer).startswith("6.3 passed")


def above(map, square):
    return map[square].min() > map[~square].max()


def above_or_below(map, square):
    return above(map, square) or above(-map, square)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (above, "a hollow with square sides: you say False; it is True, for a function may turn"),
        (above_or_below, "stripes, odd numbers inside and even ones outside: you say False"),
        (lambda m, s: bool(s.flatten()[m.argmax()]), "a single dot in the middle: you say True"),
        (lambda m, s: m[s].float().mean() != m[~s].float().mean(), "a single dot"),
        (lambda m, s: True, "80 of the 81 pixels inside see the same 0"),
        (lambda m, s: False, "a hill with square sides: you say False"),
        (lambda m, s: m > 0, "the result has shape (16, 16)"),
        (lambda m, s: m[s].unique().numel() < 10, "a single dot"),
    ],
)
def test_a_wrong_word_on_what_can_be_drawn_hears_why(capsys, answer, why):
    heard = said(capsys, "6.3", answer)
    assert heard.startswith("6.3 not yet") and why in heard


STEP = 2 / 63
FIRST = torch.tensor([[-1.0, 0, 1, 0], [1, 0, -1, 0], [0, -1, 0, 1], [0, 1, 0, -1]])


def weights(first=FIRST, half=4.0, second=-1.0, last=STEP / 2):
    return first, torch.full((4,), -half * STEP), torch.full((4,), second), torch.tensor(last)


def otherwise():
    """Another right form: other sizes, another order, plain lists, a bias that is a float."""
    first, bias, second, last = weights()
    order = [2, 0, 3, 1]
    return (3 * first[order]).tolist(), (3 * bias[order]).tolist(), (2 * second).tolist(), 6 * last


@pytest.mark.parametrize("answer", [weights, otherwise])
def test_a_right_square_by_hand_passes(capsys, answer):
    assert said(capsys, "6.4", answer).startswith("6.4 passed")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda: weights(half=0.0), "the squares are 1 × 1 pixels; they should be 9 × 9"),
        (lambda: weights(half=9.0), "the squares are 19 × 19 pixels"),
        (lambda: weights(last=0.0), "in the square the value must lie *above* 0"),
        (lambda: weights(half=126.0), "paints every pixel; is 4 pixels written as 8/63"),
        (lambda: weights(second=1.0, last=-STEP / 2), "all but the square"),
        (lambda: weights(first=FIRST[:, [1, 0, 2, 3]]), "x and y are swapped"),
        (lambda: weights(last=STEP * 1.5), "the mean IOU is"),
        (lambda: weights()[:3], "return four things"),
        (lambda: (FIRST, *weights()[2:], torch.zeros(())), "second has shape ()"),
        (lambda: (*weights()[:3], "none"), "the result is a str"),
    ],
)
def test_a_wrong_square_by_hand_hears_why(capsys, answer, why):
    heard = said(capsys, "6.4", answer)
    assert heard.startswith("6.4 not yet") and why in heard


@pytest.mark.parametrize("one", ["6.1", "6.2", "6.3", "6.4"])
def test_a_stub_is_not_attempted(capsys, one):
    def stub(*arguments):
        """Says what it should do."""
        return ...

    assert said(capsys, one, stub) == f"{one} not attempted"
