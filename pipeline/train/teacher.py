"""A larger network that is taught first and then teaches: MPNet (Song et al. 2020) under the heads of the small one.

It reads the same word pieces: both vocabularies are that of BERT, so what it says of a piece is said of the small one's piece.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn

from pipeline.train.network import ATTENTION_HEADS, VOCABULARY, Trunk

LAYERS = 12
BUCKETS, FAR = 32, 128
_SKIPPED = 2
"""Positions at the head of MPNet's table that stand for padding."""
_SPECIAL = {"[PAD]": "<pad>", "[CLS]": "<s>", "[SEP]": "</s>", "[MASK]": "<mask>"}
_NAMES = {
    "q": "attention.attn.q", "k": "attention.attn.k", "v": "attention.attn.v", "o": "attention.attn.o",
    "n1": "attention.LayerNorm", "f1": "intermediate.dense", "f2": "output.dense", "n2": "output.LayerNorm",
}  # fmt: skip


class Mpnet(Trunk):
    """MPNet-base with the marks of pieces: the same in- and outputs as `network.Trunk`, states of width 768."""

    width, inner, eps = 768, 3072, 1e-5

    def __init__(self, layers: int = LAYERS, words: int = VOCABULARY) -> None:
        super().__init__(layers, words)
        nn.init.zeros_(self.typ.weight)
        self.near = nn.Embedding(BUCKETS, ATTENTION_HEADS)

    def mask(self, ids: torch.Tensor) -> torch.Tensor:
        """Return what is added to attention scores: how near pieces are, and no piece attends to padding."""
        return self.near(buckets(ids.shape[1], ids.device)).permute(2, 0, 1)[None] + super().mask(ids)


def buckets(length: int, device: Any) -> torch.Tensor:
    """Return the class of distance of each piece from each, shape (length, length).

    It is exact when near, logarithmic to `FAR`, both sides apart (Raffel et al. 2020).

    Args:
        length: Word pieces of a window.
        device: Where the table goes.
    """
    places = torch.arange(length, device=device)
    apart = places[None, :] - places[:, None]
    half, exact = BUCKETS // 2, BUCKETS // 4
    away = apart.abs()
    grown = (away.clamp(min=1).float() / exact).log() / math.log(FAR / exact) * (half - exact)
    far = (exact + grown.long()).clamp(max=half - 1)
    return (apart > 0).long() * half + torch.where(away < exact, away, far)


def read_mpnet(folder: Path, tokenizer: Path) -> Mpnet:
    """Take over published weights.

    Args:
        folder: The folder of MPNet-base: ``model.safetensors`` and ``tokenizer.json``.
        tokenizer: The ``tokenizer.json`` of the small network, which decides the order of word pieces.
    """
    found = load_file(str(folder / "model.safetensors"))
    theirs = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    ours = json.loads(tokenizer.read_text(encoding="utf-8"))["model"]["vocab"]
    unknown = theirs["[UNK]"]
    rows = [theirs.get(_SPECIAL.get(piece, piece), unknown) for piece in sorted(ours, key=ours.__getitem__)]
    trunk = Mpnet(words=len(rows))
    state = trunk.state_dict()
    state["word.weight"] = found["embeddings.word_embeddings.weight"][rows]
    state["pos.weight"] = found["embeddings.position_embeddings.weight"][_SKIPPED:]
    state["near.weight"] = found["encoder.relative_attention_bias.weight"]
    for kind in ("weight", "bias"):
        state[f"norm.{kind}"] = found[f"embeddings.LayerNorm.{kind}"]
        for layer in range(LAYERS):
            for name, old in _NAMES.items():
                state[f"layers.{layer}.{name}.{kind}"] = found[f"encoder.layer.{layer}.{old}.{kind}"]
    trunk.load_state_dict(state)
    return trunk
