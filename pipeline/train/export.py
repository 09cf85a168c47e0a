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

from pipeline.encoder import WIDTH
from pipeline.resources import sha256
from pipeline.train.card import Remarks, card, describe
from pipeline.train.network import ExportedHeads, ExportedTrunk, Network
from pipeline.windows import HEADING, LIMIT

_TRUNK_AXES = {
    "ids": {1: "pieces"}, "types": {1: "pieces"}, "marks": {1: "pieces"}, "states": {1: "pieces"}, "tags": {0: "pieces"},
    "speech": {0: "pieces"},
}  # fmt: skip
_HEADS_AXES = {
    "spans": {0: "spans", 1: "pieces"}, "targets": {0: "spans", 1: "pieces"}, "names": {0: "names", 1: "pieces"}, "distances": {0: "spans", 1: "names"},
    "lefts": {0: "joints", 1: "pieces"}, "rights": {0: "joints", 1: "pieces"}, "places": {0: "joints", 1: "pieces"},
    "opinion": {0: "spans"}, "polarity": {0: "spans"}, "aspects": {0: "spans"}, "links": {0: "spans", 1: "holders"},
    "joints": {0: "joints"}, "feeling": {0: "spans"}, "intensity": {0: "spans"}, "read": {0: "spans"}, "subjectivity": {0: "spans"},
    "states": {1: "pieces"},
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
    ("corpus/polarity", "MIT"), ("corpus/attribution/taught", "MIT"),
)  # fmt: skip
_USE = (
    "A six-layer encoder (MiniLM-L6-H384, MIT packaging of Apache-2.0 weights) that reads a window of text once. It tags what is "
    "said, by whom and with which cue, and links each content to its source; of each clause it tells whether it evaluates, its "
    "polarity, its aspects and its holder, and where one judgement ends and the next begins; of any text how it feels, and whether "
    "it is criticism or plot. "
    "8-bit ONNX; windows go through one at a time, so a reading depends on nothing but its own window."
)
_LIMITS = (
    "English only. Irony that nothing marks, allusions, judgements that only the plot explains, and whatever lies more than a "
    "window (about 130 words) away. Figures of the whole pipeline stand in the README of the repository."
)


def export(network: Network, tokenizer: Path, folder: Path) -> None:
    """Write ``reader.onnx`` (the trunk, 8 bits), ``heads.onnx`` (32 bits) and ``tokenizer.json``.

    Args:
        network: The trained network; it loses the rows that nothing reads.
        tokenizer: The published ``tokenizer.json``.
        folder: The model folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _prune(network, json.loads(tokenizer.read_text(encoding="utf-8")), folder / "tokenizer.json")
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.onnx"
        _save(
            ExportedTrunk(network),
            _window(),
            whole,
            ("ids", "types", "marks"),
            ("states", "tags", "speech"),
            _TRUNK_AXES,
        )
        outside = [node.name for node in onnx.load(whole).graph.node if _TRUNK not in node.name]
        outside += [f"{name}_MatMul" for name in outside]
        target = folder / "reader.onnx"
        quantize_dynamic(whole, target, weight_type=QuantType.QInt8, per_channel=True, nodes_to_exclude=outside)
    # Heads keep 32 bits: their scale would depend on the other spans of a window.
    read = ("states", "spans", "targets", "names", "distances", "lefts", "rights", "places")
    told = ("opinion", "polarity", "aspects", "links", "joints", "feeling", "intensity", "subjectivity", "read")
    _save(ExportedHeads(network), _spans(), folder / "heads.onnx", read, told, _HEADS_AXES)


def _save(
    graph: torch.nn.Module, example: tuple[torch.Tensor, ...], path: Path, inputs: Sequence[str], outputs: Sequence[str],
    axes: Mapping[str, Mapping[int, str]],
) -> None:  # fmt: skip
    """Write one graph as ONNX."""
    torch.onnx.export(
        graph.eval(), example, str(path), input_names=list(inputs), output_names=list(outputs), dynamic_axes=dict(axes),
        opset_version=17, dynamo=False,
    )  # fmt: skip


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
    task = "attributions; opinions, polarity, aspects and holders of spans in context; where to cut between judgements"
    meta = describe(task, data=data, metrics=metrics, labels=labels)
    meta["versions"] = {name: version(name) for name in ("torch", "onnx", "onnxruntime", "tokenizers")}
    meta["training"] = dict(training)
    meta["files"] = {name: sha256(folder / name) for name in ("reader.onnx", "heads.onnx", "tokenizer.json")}
    (folder / "meta.json").write_text(json.dumps(meta, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    rebuild = "python -m pipeline.train.reader DATA MINILM"
    (folder / "README.md").write_text(card("Reader", meta, _USE, Remarks(_LIMITS, rebuild)), encoding="utf-8")


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


def _window() -> tuple[torch.Tensor, ...]:
    """Return inputs of the trunk: a window of 12 pieces."""
    whole = {"dtype": torch.int64}
    return torch.full((1, 12), 2000), torch.zeros((1, 12), **whole), torch.ones((1, 12, 3), **whole)


def _spans() -> tuple[torch.Tensor, ...]:
    """Return inputs of the heads: a window of 12 pieces, three spans, two names and four joints."""
    tables = [torch.full((rows, 12), 1 / 12) for rows in (3, 3, 2, 4, 4, 4)]
    return torch.rand((1, 12, WIDTH)), *tables[:3], torch.full((3, 2), 16), *tables[3:]
