"""Train the network and write `models/reader`: ``python -m pipeline.train.reader DATA MINILM``. Needs the extra `train`.

DATA holds the folders `sentiment` and `attribution` (see the model card), MINILM is the folder of the published
MiniLM-L6 weights (``model.safetensors``, ``tokenizer.json``). First the outside data; then the annotated articles, a fixed
number of rounds, with outside data beside so that nothing is forgotten. With ``--teacher`` and the folder of MPNet-base a
larger network learns the same first, and the small one learns what that says beside what is annotated.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from pipeline.aspects import read_taxonomy
from pipeline.clauses import runs, split_clauses
from pipeline.encoder import Encoder
from pipeline.gold import GoldArticle, read_gold, read_judgements
from pipeline.resources import locate
from pipeline.train.articles import ArticleTask, ArticleWindow, article_windows
from pipeline.train.attributions import Attributed, AttributionTask, attributed_windows
from pipeline.train.card import SEED
from pipeline.train.clauses import line_up
from pipeline.train.composed import read_material
from pipeline.train.datasets import aspect_examples, news_attributions, taught_attributions
from pipeline.train.distil import Pair
from pipeline.train.export import describe_network, export
from pipeline.train.feeling import fit_feeling
from pipeline.train.figures import attribution_figures, gold_figures, treebank_figures
from pipeline.train.network import LAYERS, Network, Trunk, thinned
from pipeline.train.roundups import Composed, ComposedTask, composed_windows
from pipeline.train.tasks import snippet_tasks
from pipeline.train.teach import TEACHER, Trainer
from pipeline.train.teacher import read_mpnet

STEPS = 6000
"""Batches of outside data."""
SHIFTS = (0, 2, 1)
"""Ways in which articles are cut into windows."""


@dataclass(frozen=True, slots=True)
class Lessons:
    """All that is taught, ready to be drawn from.

    Attributes:
        labels: The aspects, in the order of the network's outputs.
        articles: How many annotated articles there are.
        cuts: Their windows, cut in each of several ways.
        news: Windows of news with attributions.
        taught: Windows of short texts with attributions.
        composed: Windows of composed roundups.
    """

    labels: Sequence[str]
    articles: int
    cuts: Sequence[Sequence[ArticleWindow]]
    news: Sequence[Attributed]
    taught: Sequence[Attributed]
    composed: Sequence[Composed]

    def tasks(self, data: Path, tokenizer: Any, *, without: str = "") -> dict[str, Any]:
        """Return every task by name.

        Args:
            data: The folder of outside data.
            tokenizer: A `tokenizers.Tokenizer`.
            without: A task to leave out; ``"news"`` leaves out news with attributions.
        """
        examples = [e for e in aspect_examples(locate("corpus/aspects/film")) if e.split == "train"]
        pools = [(self.news, 0 if without == "news" else 12), (self.taught, 8)]
        found: dict[str, Any] = {
            **snippet_tasks(data / "sentiment", examples, self.labels, tokenizer),
            "attributions": AttributionTask([(pool, size) for pool, size in pools if size]),
            "composed": ComposedTask(self.composed),
            "articles": ArticleTask(self.cuts, self.labels),
        }
        found.pop(without, None)
        return found


LEFT_OUT = (
    "news",
    "attributions",
    "composed",
    "grades",
    "verdicts",
    "targets",
    "meals",
    "plots",
    "aspects",
    "sentences",
)
"""What `--without` leaves out: PolNeAR, or a task."""


def prepare(data: Path, tokenizer: Any, fold: str = "") -> Lessons:
    """Read and cut all that is taught.

    Args:
        data: The folder of outside data.
        tokenizer: A `tokenizers.Tokenizer`.
        fold: Articles to leave out, see `kept`.
    """
    articles = kept(read_gold([locate("corpus/annotated")], split="train"), fold)
    lined = line_up([*articles, *read_judgements(locate("corpus/judgements"))], cut=runs, network=False)
    return Lessons(
        labels=[label.name for label in read_taxonomy("film").labels],
        articles=len(articles),
        cuts=[article_windows(lined, tokenizer, shift=shift) for shift in SHIFTS],
        news=attributed_windows(news_attributions(data / "attribution" / "polnear_train.jsonl.gz"), tokenizer),
        taught=attributed_windows(taught_attributions(locate("corpus/attribution") / "taught"), tokenizer),
        composed=list(composed_windows(read_material(data / "sentiment"), tokenizer, random.Random(SEED))),
    )


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
    parser.add_argument("--teacher", type=Path, help="the folder of MPNet-base, which learns first and then teaches")
    parser.add_argument("--lectures", type=int, default=STEPS, help="batches of outside data for the teacher")
    parser.add_argument("--minutes", type=float, default=1e9, help="after which each part of a training ends")
    parser.add_argument(
        "--checkpoint", type=Path, help="where states go: .pt after the outside data, .0.pt and so on of each training"
    )
    parser.add_argument("--fold", default="", help="K/N leaves out every N-th article; K counts from 0")
    parser.add_argument("--layers", type=int, default=LAYERS, help="of the trunk; fewer are taken evenly from --start")
    parser.add_argument("--without", default="", choices=("", *LEFT_OUT), help="a task to leave out, or news: PolNeAR")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--workers", type=int, default=0, help="processes that make batches")
    return parser.parse_args()


def main() -> None:
    """Train, and write a model folder."""
    options = _options()
    torch.manual_seed(SEED)
    tokenizer = Tokenizer.from_file(str(options.minilm / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    lessons = prepare(options.data, tokenizer, options.fold)
    tasks = lessons.tasks(options.data, tokenizer, without=options.without)
    shared = {"workers": options.workers, "minutes": options.minutes}
    network = small_network(len(lessons.labels), options.minilm, options.start, options.layers)
    learner: Any = network
    if options.teacher:
        teacher = Network(len(lessons.labels), read_mpnet(options.teacher, options.minilm / "tokenizer.json"))
        trainer = Trainer(teacher.to(options.device), tasks, **shared)
        trainer.outside(options.lectures, TEACHER)
        trainer.articles(options.rounds, TEACHER)
        learner = Pair(network, teacher)
    learner.to(options.device)
    Trainer(learner, tasks, **shared).outside(options.steps)
    if options.checkpoint:
        torch.save(_state(network), options.checkpoint)
    start, taught_once = deepcopy(learner.state_dict()), []
    for number in range(options.runs):
        learner.load_state_dict(start)
        torch.manual_seed(SEED + number)
        Trainer(learner, tasks, seed=SEED + number, **shared).articles(options.rounds)
        taught_once.append(_state(network))
        if options.checkpoint:
            torch.save(taught_once[-1], options.checkpoint.with_suffix(f".{number}.pt"))
    network.load_state_dict(averaged(taught_once))
    fit_feeling(network, tasks)
    taught_much = {
        "steps on outside data": options.steps, "rounds over annotated articles": options.rounds,
        "trainings averaged": options.runs, "taught by": "MPNet-base" if options.teacher else "labels alone",
        "layers": options.layers, "without": options.without, "fold left out": options.fold,
        "went on from another state": bool(options.start),
    }  # fmt: skip
    write(network.cpu(), lessons, options.data, options.minilm / "tokenizer.json", options.output, taught_much)


def _state(network: Network) -> dict[str, torch.Tensor]:
    """Return a copy of a network's weights that any machine can load."""
    return {name: weights.detach().cpu().clone() for name, weights in network.state_dict().items()}


def small_network(labels: int, minilm: Path, start: Path | None, layers: int = LAYERS) -> Network:
    """Return the network before it is taught, or as a checkpoint has it.

    Args:
        labels: Number of aspects.
        minilm: The folder of the published weights.
        start: A checkpoint to go on from; heads that it lacks begin anew.
        layers: Layers of the trunk.
    """
    network = Network(labels, Trunk(layers))
    network.trunk.load_minilm(minilm / "model.safetensors")
    if start:
        network.load_state_dict(thinned(torch.load(start, weights_only=True), layers), strict=False)
    return network


def write(
    network: Network, lessons: Lessons, data: Path, tokenizer: Path, folder: Path, training: dict[str, Any]
) -> None:
    """Write a model folder with its figures on the dev splits.

    Args:
        network: The network, taught.
        lessons: What it was taught.
        data: The folder of outside data.
        tokenizer: The published ``tokenizer.json``.
        folder: The model folder.
        training: How much it was taught, by name.
    """
    export(network, tokenizer, folder)
    told: dict[str, Any] = {"labels": lessons.labels, "articles": lessons.articles, "training": training}
    describe_network(folder, **told, metrics={})
    saved = Encoder(folder)
    dev = line_up(read_gold([locate("corpus/annotated")], split="dev"), cut=split_clauses, network=False)
    metrics = {
        **gold_figures(saved, dev), **treebank_figures(saved, data / "sentiment"),
        **attribution_figures(saved, data / "attribution" / "polnear_dev.jsonl.gz"),
    }  # fmt: skip
    describe_network(folder, **told, metrics=metrics)


def averaged(states: Sequence[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Average the weights of networks taught from one start (Wortsman et al. 2022, Model soups).

    Args:
        states: Their states.
    """
    return {name: torch.stack([state[name].float() for state in states]).mean(0) for name in states[0]}


def kept(articles: Sequence[GoldArticle], fold: str) -> list[GoldArticle]:
    """Leave out a fold of articles.

    Args:
        articles: The articles.
        fold: ``"0/3"`` leaves out every third from the first on; an empty text leaves out none.
    """
    if not fold:
        return list(articles)
    index, number = map(int, fold.split("/"))
    return [article for i, article in enumerate(articles) if i % number != index]


if __name__ == "__main__":
    main()
