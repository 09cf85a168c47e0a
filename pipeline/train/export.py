"""Save the trained network as 8-bit ONNX with its metadata and card. Needs the extra `train`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from pipeline.resources import sha256
from pipeline.train.card import card, describe
from pipeline.train.network import Exported, Network
from pipeline.windows import HEADING, LIMIT

INPUTS = ("ids", "types", "marks", "spans", "names", "distances")
OUTPUTS = ("tags", "opinion", "polarity", "aspects", "links")
_AXES = {
    "ids": {1: "pieces"}, "types": {1: "pieces"}, "marks": {1: "pieces"}, "spans": {0: "spans", 1: "pieces"},
    "names": {0: "names", 1: "pieces"}, "distances": {0: "spans", 1: "names"}, "tags": {0: "pieces"},
    "opinion": {0: "spans"}, "polarity": {0: "spans"}, "aspects": {0: "spans"}, "links": {0: "spans", 1: "holders"},
}  # fmt: skip
_TRUNK = "/trunk/"
_SPECIAL = 104
"""Rows at the head of the vocabulary that keep their numbers: padding, unknown, start, separator, mask."""
_POSITIONS = LIMIT + HEADING + 8
DATA = (
    ("Stanford Sentiment Treebank, train phrases and sentences", "none stated (research)"),
    ("Review snippets with critics' verdicts", "course data, research only"),
    ("NewsMTSC, train", "permissive (repository licence)"), ("MAMS-ACSA, train", "Apache-2.0"),
    ("Subjectivity data set, train", "none stated (research)"), ("PolNeAR, train", "none stated; news text"),
    ("corpus/aspects/film", "MIT"), ("corpus/judgements", "MIT"),
)  # fmt: skip
_USE = (
    "A six-layer encoder (MiniLM-L6-H384, MIT packaging of Apache-2.0 weights) that reads a window of text once and tells of "
    "each clause in it: whether it evaluates, its polarity, its aspects, and which of the sources named there holds it. "
    "8-bit ONNX; windows go through one at a time, so a reading depends on nothing but its own window."
)
_LIMITS = (
    "English only. Irony that nothing marks, allusions, judgements that only the plot explains, and whatever lies more than a "
    "window (about 130 words) away. Figures of the whole pipeline stand in the README of the repository."
)


def export(network: Network, tokenizer: Path, folder: Path) -> None:
    """Write ``reader.onnx`` and ``tokenizer.json``.

    Args:
        network: The trained network; it loses the rows that nothing reads.
        tokenizer: The published ``tokenizer.json``.
        folder: The model folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "reader.onnx"
    _prune(network, json.loads(tokenizer.read_text(encoding="utf-8")), folder / "tokenizer.json")
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.onnx"
        torch.onnx.export(
            Exported(network).eval(), _example(), str(whole), input_names=list(INPUTS), output_names=list(OUTPUTS),
            dynamic_axes=_AXES, opset_version=17, dynamo=False,
        )  # fmt: skip
        # Heads keep 32 bits: their scale would depend on the other spans of a window.
        heads = [node.name for node in onnx.load(whole).graph.node if _TRUNK not in node.name]
        heads += [f"{name}_MatMul" for name in heads]
        quantize_dynamic(whole, target, weight_type=QuantType.QInt8, per_channel=True, nodes_to_exclude=heads)


def describe_network(
    folder: Path, *, labels: Sequence[str], articles: int, training: Mapping[str, Any], metrics: Mapping[str, float]
) -> None:
    """Write ``meta.json`` and the card beside the weights.

    Args:
        folder: The model folder, with what `export` wrote.
        labels: The aspects, in the order of the network's outputs.
        articles: Annotated articles that it learned from.
        training: How much it was taught, by name.
        metrics: Its figures.
    """
    data: list[dict[str, str | int]] = [{"name": name, "licence": licence, "examples": "all"} for name, licence in DATA]
    data.append({"name": "corpus/annotated, train split, articles", "licence": "MIT", "examples": articles})
    task = "opinions, polarity, aspects and holders of spans in context"
    meta = describe(task, data=data, metrics=metrics, labels=labels)
    meta["versions"] = {name: version(name) for name in ("torch", "onnx", "onnxruntime", "tokenizers")}
    meta["training"] = dict(training)
    meta["files"] = {name: sha256(folder / name) for name in ("reader.onnx", "tokenizer.json")}
    (folder / "meta.json").write_text(json.dumps(meta, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    rebuild = "python -m pipeline.train.reader DATA MINILM"
    (folder / "README.md").write_text(card("Reader", meta, use=_USE, limits=_LIMITS, rebuild=rebuild), encoding="utf-8")


def _prune(network: Network, tokenizer: dict[str, Any], target: Path) -> None:
    """Drop word pieces of other scripts, and positions beyond a window; write the tokenizer that fits."""
    vocabulary: dict[str, int] = tokenizer["model"]["vocab"]
    ordered = sorted(vocabulary, key=vocabulary.__getitem__)
    kept = [piece for number, piece in enumerate(ordered) if number < _SPECIAL or _readable(piece)]
    rows = torch.tensor([vocabulary[piece] for piece in kept])
    tokenizer["model"]["vocab"] = {piece: number for number, piece in enumerate(kept)}
    target.write_text(json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    trunk = network.trunk
    trunk.word = torch.nn.Embedding.from_pretrained(trunk.word.weight[rows].detach())
    trunk.pos = torch.nn.Embedding.from_pretrained(trunk.pos.weight[:_POSITIONS].detach())


def _readable(piece: str) -> bool:
    """Tell whether English text in Latin letters can hold a piece."""
    return not piece.startswith("[unused") and all(c < "\u0250" or "\u2000" <= c < "\u2200" for c in piece)


def _example() -> tuple[torch.Tensor, ...]:
    """Return inputs of the right kinds: a window of 12 pieces, three spans and two names."""
    pieces, spans, names = 12, 3, 2
    return (
        torch.full((1, pieces), 2000), torch.zeros((1, pieces), dtype=torch.int64), torch.ones((1, pieces, 3), dtype=torch.int64),
        torch.full((spans, pieces), 1 / pieces), torch.full((names, pieces), 1 / pieces),
        torch.full((spans, names), 16),
    )  # fmt: skip
