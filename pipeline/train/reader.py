"""Train the network and write `models/reader`: ``python -m pipeline.train.reader DATA MINILM``. Needs the extra `train`.

DATA holds the folders `sentiment` and `attribution` (see the model card), MINILM is the folder of the published
MiniLM-L6 weights (``model.safetensors``, ``tokenizer.json``). First the outside data; then the
annotated articles, a fixed number of rounds, with outside data between so that nothing is forgotten.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from pipeline.aspects import read_taxonomy
from pipeline.clauses import runs, split_clauses
from pipeline.encoder import POLARITIES, Encoder, joint_tables, shared_out, weights
from pipeline.evaluate import source_matches
from pipeline.gold import GoldArticle, GoldOpinion, read_gold, read_judgements
from pipeline.resources import locate
from pipeline.schema import Candidate, Mention, Span
from pipeline.train.card import SEED
from pipeline.train.clauses import Lined, alias_names, line_up
from pipeline.train.composed import read_material
from pipeline.train.datasets import aspect_examples
from pipeline.train.export import describe_network, export
from pipeline.train.feeling import fit_feeling
from pipeline.train.figures import attribution_figures, gold_figures, treebank_figures
from pipeline.train.joints import Joint, gold_joints
from pipeline.train.network import LAYERS, Network, thinned
from pipeline.train.tasks import IGNORED, AttributionTask, ComposedTask, link_losses, pad, said_loss, tag, tasks
from pipeline.windows import Window, cut_windows

RATES, GOLD_RATES = (1.5e-4, 1e-3), (8e-5, 5e-4)
"""Peak learning rates of trunk and heads, for outside data and for annotated articles."""
DECAY = 0.01
WARM_UP = 60
STEPS = 6000
"""Batches of outside data: about a hundred minutes on two cores."""
BATCH = 8
SHORT = 64
"""Word pieces below which a window is short."""
LOOSE, SEVERAL = 0.5, 0.3
"""What a run loses as one judgement when nearly all of it says something else; what is left when it holds several."""
PRETRAIN = (
    "attributions", "grades", "composed", "grades", "aspects", "grades", "verdicts", "targets", "grades", "composed",
    "meals", "grades", "plots", "verdicts", "composed", "aspects", "sentences",
)  # fmt: skip
BESIDE_GOLD = (
    ("attributions", "attributions", "composed"),
    ("grades", "sentences", "grades", "verdicts", "grades", "targets", "sentences", "grades", "plots", "aspects", "meals"),
)  # fmt: skip
"""What stands beside each batch of annotated articles: one batch of news, one of short texts."""
BESIDE = 0.6
"""Weight of the outside data beside annotated articles."""
Task = Callable[[Network, Any, random.Random], torch.Tensor]


@dataclass(frozen=True, slots=True)
class Judged:
    """A span of a gold window: whether it is an opinion (None: an anchor, cut by a reader and not by rules), and which."""

    span: Span
    evaluates: float | None
    opinion: GoldOpinion | None
    holders: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GoldWindow:
    """A window of an annotated article with the tags of its pieces, its judged spans, the mentions and joints in it.

    Attributes:
        tags: Whether each piece is outside, begins or goes on with an opinion.
        said: 1 for each piece that somebody named says, 0 for those of the author, `IGNORED` where nothing is known.
    """

    window: Window
    tags: Any
    said: Any
    judged: tuple[Judged, ...]
    names: tuple[Span, ...]
    joints: tuple[Joint, ...]


def gold_windows(lined: Sequence[Lined], tokenizer: Any, *, shift: int = 0) -> list[GoldWindow]:
    """Cut annotated articles into windows."""
    return [window for article in lined for window in _of_article(article, tokenizer, shift)]


def _of_article(article: Lined, tokenizer: Any, shift: int) -> Iterator[GoldWindow]:
    """Yield the windows of one article that judge something."""
    gold, proposals = article.gold, article.proposals
    mentions = proposals.accounts.mentions
    windows = cut_windows(gold.text, proposals.sentences, mentions, tokenizer, shift=shift)
    everything: list[tuple[Span, float | None, GoldOpinion | None]] = [
        *_units(article), *(((o.start, o.end), None, o) for o in gold.opinions if not o.optional),
        *((fact, 0.0, None) for fact in gold.facts),
    ]  # fmt: skip
    bounds = [(window.start, window.end) for window in windows]
    joints = list(gold_joints(article))
    inside = dict(shared_out(bounds, [(joint.left[0], joint.right[1]) for joint in joints]))
    for number, indices in shared_out(bounds, [item[0] for item in everything]):
        window = windows[number]
        near = [m for m in mentions if len(window.pieces(m.start, m.end))]
        judged = tuple(
            Judged(span, evaluates, opinion, _holders(opinion, near, article))
            for span, evaluates, opinion in (everything[i] for i in indices)
            if len(window.pieces(*span))
        )
        names = tuple((m.start, m.end) for m in near)
        held = [joints[i] for i in inside.get(number, ())]
        joined = tuple(j for j in held if len(window.pieces(*j.left)) and len(window.pieces(*j.right)))
        yield GoldWindow(window, _opinion_tags(window, gold), _said(window, gold), judged, names, joined)


def _units(article: Lined) -> Iterator[tuple[Span, float, GoldOpinion | None]]:
    """Yield every run with how nearly it is one judgement in [0, 1], and which one; those of optional ones are left out.

    It is one as far as it holds the whole of one anchor and little else; less where it holds several.
    """
    candidates, covered = article.proposals.candidates, article.covered
    least: dict[GoldOpinion, tuple[float, int]] = {}
    for run, held in zip(candidates, covered, strict=True):
        for opinion in held:
            best = (-_share(run, opinion), run.end - run.start)
            least[opinion] = min(least.get(opinion, best), best)
    for run, held in zip(candidates, covered, strict=True):
        if any(opinion.optional for opinion in held):
            continue
        if len(held) == 1:
            tight = min(1.0, least[held[0]][1] / (run.end - run.start))
            whole = _share(run, held[0]) ** 2
            yield (run.start, run.end), whole * (1 - LOOSE + LOOSE * tight), held[0] if tight > 0.5 else None
        else:
            yield (run.start, run.end), SEVERAL if held else 0.0, None


def _share(run: Candidate, opinion: GoldOpinion) -> float:
    """Return how much of an anchor a run holds, to one digit: a comma makes no difference."""
    return round((min(run.end, opinion.end) - max(run.start, opinion.start)) / (opinion.end - opinion.start), 1)


def _holders(opinion: GoldOpinion | None, near: Sequence[Mention], article: Lined) -> tuple[int, ...]:
    """Return which of a window's mentions name the holder, counted from 1; 0 for the author and for critics at large; nothing where none can."""
    if opinion is None:
        return ()
    sources = article.proposals.accounts.resolver.sources
    found = [i for i, m in enumerate(near, start=1) if source_matches(opinion, sources[m][0], alias_names())]
    return tuple(found) if found else ((0,) if opinion.source_type in ("author", "other") else ())


def _opinion_tags(window: Window, gold: GoldArticle) -> Any:
    """Tag the pieces inside anchors; those of optional ones teach nothing."""
    tags = tag(window, [(o.start, o.end) for o in gold.opinions if not o.optional])
    for opinion in gold.opinions:
        if opinion.optional:
            tags[window.pieces(opinion.start, opinion.end)] = IGNORED
    return tags


def _said(window: Window, gold: GoldArticle) -> Any:
    """Tell of the pieces inside anchors whether somebody named says them; of critics at large, and where nobody annotated sources, nothing is known."""
    said = np.full(len(window.ids), IGNORED, np.int64)
    for opinion in gold.opinions:
        if opinion.source and opinion.source_type != "other" and not opinion.optional:
            said[window.pieces(opinion.start, opinion.end)] = opinion.source_type != "author"
    return said


def gold_loss(network: Network, batch: Sequence[GoldWindow], labels: Sequence[str]) -> torch.Tensor:
    """Return the loss of annotated windows: opinion tags, opinion or not, polarity, aspects, holders and joints."""
    ids, types, marks = pad([item.window for item in batch])
    states = network.trunk(ids, types, marks)
    wanted = np.full(ids.shape, IGNORED, np.int64)
    for row, item in enumerate(batch):
        wanted[row, : len(item.window.ids)] = item.tags
    loss = functional.cross_entropy(
        network.op(states).float().view(-1, 3), torch.from_numpy(wanted).view(-1), ignore_index=IGNORED
    )
    read: list[torch.Tensor] = []
    links: list[torch.Tensor] = []
    joined: list[torch.Tensor] = []
    for row, item in enumerate(batch):
        loss = loss + 0.5 * said_loss(network, states[row, : len(item.window.ids)].float(), item.said) / len(batch)
        table = torch.from_numpy(weights(item.window, [j.span for j in item.judged]))
        here = states[row : row + 1, : len(item.window.ids)].float()
        read.append(network.pooled(here, table))
        asked = [(j.span, j.holders) for j in item.judged if j.holders]
        if asked and item.names:
            links.append(link_losses(network, here[0], item.window, asked, item.names))
        if item.joints:
            tables = joint_tables(item.window, [(joint.left, joint.right) for joint in item.joints])
            joined.append(network.joints(here[0], **{name: torch.from_numpy(t) for name, t in tables.items()}))
    judged = [j for item in batch for j in item.judged]
    loss = loss + _judgement_loss(network, torch.cat(read), judged, labels)
    if joined:
        parts = torch.tensor([joint.parts for item in batch for joint in item.joints])
        loss = loss + 0.5 * functional.binary_cross_entropy_with_logits(torch.cat(joined).float(), parts)
    return loss + 0.5 * torch.cat(links).mean() if links else loss


def _judgement_loss(
    network: Network, read: torch.Tensor, judged: Sequence[Judged], labels: Sequence[str]
) -> torch.Tensor:
    """Return the loss of the span heads; an answer that the annotation also accepts costs half."""
    asked = [i for i, j in enumerate(judged) if j.evaluates is not None]
    said = [network.isop(read[asked])[:, 0].float(), torch.tensor([float(judged[i].evaluates or 0) for i in asked])]
    loss = functional.binary_cross_entropy_with_logits(*said) if asked else read.sum() * 0
    held = [(i, j.opinion) for i, j in enumerate(judged) if j.opinion is not None]
    if not held:
        return loss
    rows = [i for i, _ in held]
    scores = network.pol(read[rows]).float().log_softmax(-1)
    for score, (_, opinion) in zip(scores, held, strict=True):
        accepted = [POLARITIES.index(p) for p in sorted(opinion.polarity_ok)]
        right = score[POLARITIES.index(opinion.polarity)]
        loss = loss - 0.5 * (torch.logsumexp(score[accepted], 0) + right) / len(held)
    many = torch.tensor([[float(label in o.aspects) for label in labels] for _, o in held])
    sure = torch.tensor([[float(label in o.aspects or label not in o.also_ok) for label in labels] for _, o in held])
    named = functional.binary_cross_entropy_with_logits(network.asp(read[rows]).float(), many, weight=sure)
    return loss + 4 * named


class Trainer:
    """Teaches a network by tasks drawn in turn.

    Args:
        network: The network.
        tokenizer: A `tokenizers.Tokenizer`.
        tasks: Tasks by name.
        draw: Where chance comes from.
    """

    def __init__(self, network: Network, tokenizer: Any, tasks: dict[str, Task], draw: random.Random) -> None:
        self.network, self.tokenizer, self.tasks, self.draw = network, tokenizer, tasks, draw
        network.trunk.word.weight.requires_grad_(False)

    def _optimizer(self, rates: tuple[float, float]) -> torch.optim.Optimizer:
        """Make an optimizer that moves the trunk slower than the heads."""
        named = [(name, p) for name, p in self.network.named_parameters() if p.requires_grad]
        groups = [
            {"params": [p for name, p in named if name.startswith("trunk") == inside], "lr": rate, "peak": rate}
            for inside, rate in ((True, rates[0]), (False, rates[1]))
        ]
        return torch.optim.AdamW(groups, weight_decay=DECAY)

    def _step(
        self, optimizer: torch.optim.Optimizer, step: int, share: float, loss: Callable[[], torch.Tensor]
    ) -> float:
        """Take one step at the rate of its place in the run; `share` in [0, 1] is how much of the run is over."""
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * min(1.0, (step + 1) / WARM_UP) * (1 - share)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            value = loss()
        optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        optimizer.step()
        return value.item()

    def pretrain(self, steps: int) -> None:
        """Teach outside data."""
        optimizer = self._optimizer(RATES)
        turns = [name for name in PRETRAIN if name in self.tasks]
        self.network.train()
        for step in range(steps):
            task = self.tasks[turns[step % len(turns)]]
            self._step(optimizer, step, step / steps, partial(task, self.network, self.tokenizer, self.draw))
            if step % 500 == 0:
                sys.stderr.write(f"step {step} of {steps}\n")
                sys.stderr.flush()

    def _batches(self, windows: Sequence[GoldWindow]) -> list[list[GoldWindow]]:
        """Shuffle windows into batches; of short ones a batch holds more."""
        batches = []
        for short, size in ((False, BATCH), (True, 3 * BATCH)):
            order = [window for window in windows if (len(window.window.ids) < SHORT) == short]
            self.draw.shuffle(order)
            batches += [order[first : first + size] for first in range(0, len(order), size)]
        self.draw.shuffle(batches)
        return batches

    def teach_gold(self, windows: Sequence[Sequence[GoldWindow]], labels: Sequence[str], rounds: int) -> None:
        """Teach annotated windows; each round takes one of the ways in which the articles were cut."""
        optimizer = self._optimizer(GOLD_RATES)
        self.network.train()
        turns = [[name for name in cycle if name in self.tasks] for cycle in BESIDE_GOLD]
        plan = [self._batches(windows[number % len(windows)]) for number in range(rounds)]
        steps = sum(map(len, plan))
        step = 0
        for number, batches in enumerate(plan):
            total = 0.0
            for batch in batches:
                beside = [self.tasks[cycle[step % len(cycle)]] for cycle in turns]

                def loss(batch: Sequence[GoldWindow] = batch, beside: Sequence[Task] = beside) -> torch.Tensor:
                    outside = sum(task(self.network, self.tokenizer, self.draw) for task in beside)
                    return gold_loss(self.network, batch, labels) + BESIDE * outside

                total += self._step(optimizer, step, step / steps, loss)
                step += 1
            sys.stderr.write(f"round {number + 1} of {rounds}: loss {total / max(1, len(batches)):.3f}\n")


def _options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("minilm", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=locate("models") / "reader")
    parser.add_argument("--steps", type=int, default=STEPS, help="on outside data; 0 goes on from --start alone")
    parser.add_argument("--rounds", type=int, default=10, help="over the annotated articles")
    parser.add_argument("--runs", type=int, default=2, help="trainings on the articles whose weights are averaged")
    parser.add_argument("--start", type=Path, help="a checkpoint to go on from")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        help="where the state after the outside data goes; .0.pt and so on hold each training",
    )
    parser.add_argument("--fold", default="", help="K/N leaves out every N-th article from the K-th on")
    parser.add_argument("--layers", type=int, default=LAYERS, help="of the trunk; fewer are taken evenly from --start")
    parser.add_argument("--without", default="", help="outside data to leave out, such as attributions")
    return parser.parse_args()


def main() -> None:
    """Train, and write a model folder."""
    options = _options()
    torch.manual_seed(SEED)
    draw = random.Random(SEED)
    tokenizer = Tokenizer.from_file(str(options.minilm / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    labels = [label.name for label in read_taxonomy("film").labels]
    network = Network(len(labels), options.layers)
    network.trunk.load_minilm(options.minilm / "model.safetensors")
    if options.start:
        network.load_state_dict(thinned(torch.load(options.start, weights_only=True), options.layers), strict=False)
    taught_clauses = [e for e in aspect_examples(locate("corpus/aspects/film")) if e.split == "train"]
    snippets = tasks(options.data / "sentiment", taught_clauses, labels)
    taught: dict[str, Task] = {
        **snippets,
        "attributions": AttributionTask(options.data / "attribution" / "polnear_train.jsonl.gz", tokenizer),
        "composed": ComposedTask(read_material(options.data / "sentiment"), tokenizer, draw),
    }
    taught.pop(options.without, None)
    trainer = Trainer(network, tokenizer, taught, draw)
    trainer.pretrain(options.steps)
    if options.checkpoint:
        torch.save(network.state_dict(), options.checkpoint)
    articles = kept(read_gold([locate("corpus/annotated")], split="train"), options.fold)
    lined = line_up([*articles, *read_judgements(locate("corpus/judgements"))], cut=runs, network=False)
    cuts = [gold_windows(lined, tokenizer, shift=shift) for shift in (0, 2, 1)]
    taught_once = []
    start = deepcopy(network.state_dict())
    for number in range(options.runs):
        network.load_state_dict(start)
        draw.seed(SEED + number)
        torch.manual_seed(SEED + number)
        trainer.teach_gold(cuts, labels, options.rounds)
        taught_once.append(deepcopy(network.state_dict()))
        if options.checkpoint:
            torch.save(taught_once[-1], options.checkpoint.with_suffix(f".{number}.pt"))
    network.load_state_dict(averaged(taught_once))
    fit_feeling(network, tokenizer, snippets)
    export(network, options.minilm / "tokenizer.json", options.output)
    taught_much = {
        "steps on outside data": options.steps, "rounds over annotated articles": options.rounds,
        "trainings averaged": options.runs,
    }  # fmt: skip
    told: dict[str, Any] = {"labels": labels, "articles": len(articles), "training": taught_much}
    describe_network(options.output, **told, metrics={})
    saved = Encoder(options.output)
    dev = line_up(read_gold([locate("corpus/annotated")], split="dev"), cut=split_clauses, network=False)
    metrics = {
        **gold_figures(saved, dev), **treebank_figures(saved, options.data / "sentiment"),
        **attribution_figures(saved, options.data / "attribution" / "polnear_dev.jsonl.gz"),
    }  # fmt: skip
    describe_network(options.output, **told, metrics=metrics)


def averaged(states: Sequence[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Average the weights of networks taught from one start (Wortsman et al. 2022, Model soups)."""
    return {name: torch.stack([state[name].float() for state in states]).mean(0) for name in states[0]}


def kept(articles: Sequence[GoldArticle], fold: str) -> list[GoldArticle]:
    """Leave out a fold of articles, such as ``"0/3"``; an empty text leaves out none."""
    if not fold:
        return list(articles)
    index, number = map(int, fold.split("/"))
    return [article for i, article in enumerate(articles) if i % number != index]


if __name__ == "__main__":
    main()
