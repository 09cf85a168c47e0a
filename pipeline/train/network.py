"""The network in PyTorch: a small encoder with heads for word pieces, spans, holders and joints. Needs the extra `train`.

The trunk is that of MiniLM-L6-H384 (Wang et al. 2020) with three small embeddings added for the marks of each piece.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from pipeline.encoder import BINS, POLARITIES, WIDTH
from pipeline.train.batches import Pieces
from pipeline.windows import KINDS, SHAPES

LAYERS, ATTENTION_HEADS, INNER, VOCABULARY, POSITIONS = 6, 12, 1536, 30_522, 512
LINK = 128
JOINT = 96
GRADES = 5
QUOTED = 4
"""Marks of quotation: of special pieces, outside, inside, and one to spare."""
DROPOUT = 0.1
_NAMES = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value", "o": "attention.output.dense",
    "n1": "attention.output.LayerNorm", "f1": "intermediate.dense", "f2": "output.dense", "n2": "output.LayerNorm",
}  # fmt: skip


class Layer(nn.Module):
    """One transformer layer, normalised after each half.

    Args:
        width: Numbers in a state.
        inner: Numbers between the two linear maps of its second half.
        eps: What the norms add to a variance.
    """

    def __init__(self, width: int = WIDTH, inner: int = INNER, eps: float = 1e-12) -> None:
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
        self.n1, self.n2 = (nn.LayerNorm(width, eps=eps) for _ in range(2))
        self.f1, self.f2 = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return new states, shape (B, T, width); `mask` is added to attention scores."""
        batch, length, width = states.shape

        def heads(linear: nn.Linear) -> torch.Tensor:
            return linear(states).view(batch, length, ATTENTION_HEADS, -1).transpose(1, 2)

        drop = DROPOUT if self.training else 0.0
        seen = functional.scaled_dot_product_attention(
            heads(self.q), heads(self.k), heads(self.v), attn_mask=mask, dropout_p=drop
        )
        mixed = self.o(seen.transpose(1, 2).reshape(batch, length, width))
        states = self.n1(states + functional.dropout(mixed, drop, self.training))
        inner = self.f2(functional.gelu(self.f1(states)))
        return self.n2(states + functional.dropout(inner, drop, self.training))


class Trunk(nn.Module):
    """Word pieces with their marks to states, shape (B, T, width). Embeddings of word pieces are not taught further.

    Args:
        layers: Transformer layers.
        words: Word pieces in the vocabulary.
    """

    width, inner, eps = WIDTH, INNER, 1e-12

    def __init__(self, layers: int = LAYERS, words: int = VOCABULARY) -> None:
        super().__init__()
        self.word, self.pos, self.typ = (nn.Embedding(n, self.width) for n in (words, POSITIONS, 2))
        self.word.weight.requires_grad_(False)
        self.norm = nn.LayerNorm(self.width, eps=self.eps)
        sizes = (len(SHAPES) + 1, QUOTED, len(KINDS))
        self.marks = nn.ModuleList(nn.Embedding(n, self.width) for n in sizes)
        for embedding in self.marks:
            nn.init.zeros_(embedding.weight)
        self.layers = nn.ModuleList(Layer(self.width, self.inner, self.eps) for _ in range(layers))

    def forward(self, ids: torch.Tensor, types: torch.Tensor, marks: torch.Tensor) -> torch.Tensor:
        """Encode a batch; id 0 is padding."""
        states = self.word(ids) + self.pos.weight[: ids.shape[1]] + self.typ(types)
        for index, embedding in enumerate(self.marks):
            states = states + embedding(marks[..., index])
        states = functional.dropout(self.norm(states), DROPOUT, self.training)
        mask = self.mask(ids).to(states.dtype)
        for layer in self.layers:
            states = layer(states, mask)
        return states

    def mask(self, ids: torch.Tensor) -> torch.Tensor:
        """Return what is added to attention scores, shape (B, 1 or heads, 1 or T, T): no piece attends to padding."""
        return ((ids == 0).float() * -1e4)[:, None, None, :]

    def load_minilm(self, weights: Path) -> None:
        """Take over the published weights of MiniLM-L6-H384 from a safetensors file."""
        found = load_file(str(weights))
        prefix = "" if "embeddings.word_embeddings.weight" in found else "bert."
        names = {
            "word.weight": "embeddings.word_embeddings.weight",
            "pos.weight": "embeddings.position_embeddings.weight",
        }
        names["typ.weight"] = "embeddings.token_type_embeddings.weight"
        for kind in ("weight", "bias"):
            names[f"norm.{kind}"] = f"embeddings.LayerNorm.{kind}"
            for layer in range(len(self.layers)):
                for ours, theirs in _NAMES.items():
                    names[f"layers.{layer}.{ours}.{kind}"] = f"encoder.layer.{layer}.{theirs}.{kind}"
        state = self.state_dict()
        state.update({ours: found[prefix + theirs] for ours, theirs in names.items()})
        self.load_state_dict(state)


class Network(nn.Module):
    """The trunk and its heads.

    Args:
        labels: Number of aspects.
        trunk: What encodes word pieces; a new `Trunk` when left out.
    """

    def __init__(self, labels: int, trunk: Any = None) -> None:
        super().__init__()
        self.trunk = trunk if trunk is not None else Trunk()
        width = self.trunk.width
        self.tag, self.op = nn.Linear(width, 9), nn.Linear(width, 3)
        drop = nn.Dropout(DROPOUT)
        self.mlp = nn.Sequential(drop, nn.Linear(3 * width, width), nn.GELU(), drop)
        self.isop, self.subj = nn.Linear(width, 1), nn.Linear(width, 1)
        self.pol, self.feel = nn.Linear(width, len(POLARITIES)), nn.Linear(width, len(POLARITIES))
        self.five = nn.Linear(width, GRADES)
        self.asp = nn.Linear(width, labels)
        self.lc, self.ls = nn.Linear(width, LINK), nn.Linear(width, LINK)
        self.join = nn.Sequential(drop, nn.Linear(4 * width, JOINT), nn.GELU(), nn.Linear(JOINT, 1))
        self.none = nn.Parameter(torch.zeros(LINK))
        self.far = nn.Embedding(BINS, 1)

    def encode(self, pieces: Pieces) -> torch.Tensor:
        """Return the states of the pieces of windows side by side, shape (N, width)."""
        states = self.trunk(pieces.ids, pieces.types, pieces.marks)
        return states.flatten(0, 1)[pieces.real].float()

    def read(self, mean: torch.Tensor, target: torch.Tensor, first: torch.Tensor) -> torch.Tensor:
        """Return what the span heads read of S spans: shape (S, width).

        Args:
            mean: Mean state of each span, shape (S, width).
            target: Mean state of what is judged, where that is known; else of the span.
            first: The state with which the span's window begins.
        """
        return self.mlp(torch.cat([mean, target, first], -1))

    def joints(self, left: torch.Tensor, right: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
        """Score whether neighbouring pieces of text belong to two judgements: logits, shape (J,).

        Args:
            left: Mean state of each left piece, shape (J, width).
            right: The same for the right pieces.
            place: The state of the word piece with which each right piece begins.
        """
        return self.join(torch.cat([left, right, left * right, place], -1))[:, 0]

    def links(
        self, spans: torch.Tensor, names: torch.Tensor, distances: torch.Tensor, allowed: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Score the holders of spans: shape (S, 1 + M), nobody named first.

        Args:
            spans: Mean states of S spans.
            names: Mean states of M mentions.
            distances: Classes of signed distance, shape (S, M).
            allowed: Which answers count, shape (S, 1 + M); all when left out.
        """
        keys = torch.cat([self.none.unsqueeze(0), self.ls(names)])
        near = self.far(distances).squeeze(-1)
        zero = near.new_zeros((spans.shape[0], 1))
        scores = self.lc(spans) @ keys.T / LINK**0.5 + torch.cat([zero, near], 1)
        return scores if allowed is None else scores.masked_fill(~allowed, -1e9)


def thinned(state: dict[str, torch.Tensor], layers: int) -> dict[str, torch.Tensor]:
    """Keep evenly spaced layers of a trunk's state, the last among them: where a smaller trunk begins to learn.

    Args:
        state: The state of a network of at least so many layers.
        layers: How many are kept.
    """
    held = len({name.split(".")[2] for name in state if name.startswith("trunk.layers.")})
    if held < layers:
        raise ValueError(f"the state has {held} layers, {layers} are asked for")
    kept = [round((number + 1) * held / layers) - 1 for number in range(layers)]
    names = {f"trunk.layers.{old}.": f"trunk.layers.{new}." for new, old in enumerate(kept)}
    found = {}
    for name, weights in state.items():
        prefix = ".".join(name.split(".")[:3]) + "."
        if not name.startswith("trunk.layers."):
            found[name] = weights
        elif prefix in names:
            found[names[prefix] + name.removeprefix(prefix)] = weights
    return found


class ExportedTrunk(nn.Module):
    """The trunk as it is saved: one window in, states and probabilities of its pieces out."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: Any, types: Any, marks: Any) -> tuple[torch.Tensor, ...]:
        """Return states (1, T, width), what each piece is inside an opinion, (T,), and its tags of speech, (T, 3, 3)."""
        states = self.network.trunk(ids, types, marks)
        inside = 1 - self.network.op(states)[0].softmax(-1)[:, 0]
        return states, inside, self.network.tag(states)[0].view(-1, 3, 3).log_softmax(-1)


class ExportedHeads(nn.Module):
    """The heads as they are saved: a window's states, its spans, names and joints in, probabilities out."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, states: Any, spans: Any, targets: Any, names: Any, distances: Any, lefts: Any, rights: Any, places: Any
    ) -> tuple[torch.Tensor, ...]:
        """Return opinion (S,), polarity (S, 4), aspects (S, labels), links (S, 1 + M), joints (J,), feeling (S, 4), intensity (S,), subjectivity (S,) and what was read (S, width)."""
        network, states = self.network, states[0]
        mean = spans @ states
        read = network.read(mean, targets @ states, states[:1].expand(mean.shape[0], -1))
        linked = network.links(mean, names @ states, distances)
        return (
            network.isop(read)[:, 0].sigmoid(), network.pol(read).softmax(-1), network.asp(read).sigmoid(),
            linked.softmax(-1), network.joints(lefts @ states, rights @ states, places @ states).sigmoid(), network.feel(read).softmax(-1),
            network.five(read).softmax(-1) @ torch.linspace(-1, 1, GRADES), network.subj(read)[:, 0].sigmoid(),
            read,
        )  # fmt: skip
