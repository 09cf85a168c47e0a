"""How the network is taught; what needs PyTorch is left out where the extra `train` is not installed."""

from __future__ import annotations

import random

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tokenizers import Tokenizer  # noqa: E402

from pipeline.resources import locate  # noqa: E402
from pipeline.train.batches import choice_losses, choices, moved, shares, side_by_side  # noqa: E402
from pipeline.train.distil import Pair, _apart, _between, _stretches  # noqa: E402
from pipeline.train.network import Network, Trunk  # noqa: E402
from pipeline.train.tasks import Snippet, SnippetTask, _polarity_loss  # noqa: E402
from pipeline.train.teach import Rates, Trainer  # noqa: E402
from pipeline.train.teacher import BUCKETS, Mpnet, buckets  # noqa: E402
from pipeline.windows import Window  # noqa: E402

CPU = torch.device("cpu")


def window(size: int, seed: int) -> Window:
    """Make a window of word pieces that stand one a letter in a text."""
    draw = np.random.default_rng(seed)
    ids = draw.integers(1000, 2000, size)
    ids[0], ids[-1] = 101, 102
    offsets = np.stack([np.arange(size) - 1, np.arange(size)], 1)
    offsets[[0, -1]] = -1
    marks = np.ones((size, 3), np.int64)
    return Window(ids, np.zeros(size, np.int64), marks, offsets)


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(1)
    return Network(3, Trunk(2)).eval()


def test_what_a_window_gives_does_not_depend_on_its_neighbours(network: Network) -> None:
    short, long = window(9, 1), window(31, 2)
    with torch.no_grad():
        together = network.encode(moved(side_by_side([short, long]), CPU))
        alone = network.encode(moved(side_by_side([short]), CPU))
    assert together.shape == (40, 384)
    assert torch.allclose(together[:9], alone, atol=1e-5)


def test_spans_choose_among_the_names_of_their_own_window(network: Network) -> None:
    first, second = window(20, 3), window(25, 4)
    asked = [[((2, 6), (1,))], [((3, 8), (0,)), ((9, 12), (2,))]]
    names = [[(10, 12)], [(0, 2), (14, 16)]]
    with torch.no_grad():
        both = choices([first, second], asked, names)
        assert both.allowed.tolist() == [
            [True, True, False, False],
            [True, False, True, True],
            [True, False, True, True],
        ]
        assert both.right.tolist() == [
            [False, True, False, False],
            [True, False, False, False],
            [False, False, False, True],
        ]
        losses = choice_losses(network, network.encode(moved(side_by_side([first, second]), CPU)), moved(both, CPU))
        alone = choices([second], asked[1:], names[1:])
        lone = choice_losses(network, network.encode(moved(side_by_side([second]), CPU)), moved(alone, CPU))
    assert torch.allclose(losses[1:], lone, atol=1e-5)


def test_windows_without_names_ask_nothing() -> None:
    empty = choices([window(9, 1)], [[((1, 3), (0,))]], [[]])
    assert empty.spans.shape == (0, 9)
    assert empty.names.shape == (0, 9)


def test_stretches_to_compare_lie_in_one_window() -> None:
    windows = [window(12, 5), window(30, 6), window(7, 7)]
    pieces = moved(side_by_side(windows), CPU)
    numbers = torch.repeat_interleave(torch.arange(3.0), torch.tensor([12, 30, 7]))[:, None]
    means, firsts = _stretches(numbers, pieces)
    assert torch.equal(means, firsts)
    assert set(firsts[:, 0].tolist()) == {0.0, 1.0, 2.0}


def test_who_says_the_same_is_not_apart() -> None:
    scores = torch.randn(5, 4)
    assert _between(scores, scores).abs() < 1e-6
    assert _apart(scores, scores).abs() < 1e-6
    assert _between(scores, -scores) > 0
    assert _apart(scores, -scores) > 0


def test_distances_are_told_apart_near_by_and_by_side() -> None:
    table = buckets(200, "cpu")
    assert table.diagonal().unique().tolist() == [0]
    assert table.min() >= 0
    assert table.max() < BUCKETS
    assert len(set(table[100, 93:108].tolist())) == 15
    assert (table[100, :50].unique() < BUCKETS // 2).all()
    assert (table[0, 1:] >= BUCKETS // 2).all()


def test_a_pupil_comes_closer_to_its_teacher_and_the_teacher_stays(network: Network) -> None:
    torch.manual_seed(2)
    teacher = Network(3, Mpnet(layers=1))
    pair = Pair(Network(3, Trunk(1)), teacher)
    before = {name: state.clone() for name, state in teacher.state_dict().items()}
    snippets = [Snippet("good" * n, n % 3) for n in range(1, 7)]
    task = SnippetTask(
        [(snippets, 6)], Tokenizer.from_file(str(locate("models/reader") / "tokenizer.json")), _polarity_loss
    )
    apart = []
    trainer = Trainer(pair, {"grades": task}, seed=1)
    for _ in range(2):
        pair.eval()
        with torch.no_grad():
            task.loss(pair, moved(task.draw(random.Random(1)), CPU))
        apart.append(float(pair.drain()))
        trainer.outside(30, Rates(1e-3, 1e-3))
    assert apart[1] < apart[0]
    assert all(torch.equal(state, before[name]) for name, state in teacher.state_dict().items())


def test_spans_of_snippets_are_shared_out_over_their_pieces() -> None:
    table = shares([window(9, 1), window(5, 2)], [[(0, 3)], [(0, 2), (1, 2)]])
    assert table.shape == (3, 14)
    assert np.allclose(table.sum(1), 1)
    assert not table[0, 9:].any()
    assert not table[1:, :9].any()
