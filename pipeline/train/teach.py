"""Teach a network: which tasks come when, at which rate, and for how long."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

from pipeline.train.articles import ArticleTask, ArticleWindow
from pipeline.train.batches import moved
from pipeline.train.card import SEED
from pipeline.train.distil import Pair
from pipeline.train.tasks import Task

PRETRAIN = (
    "attributions", "grades", "composed", "grades", "aspects", "grades", "verdicts", "targets", "grades", "composed",
    "meals", "sentences", "grades", "plots", "verdicts", "composed", "aspects", "sentences",
)  # fmt: skip
"""The turns of outside data."""
BESIDE_GOLD = (
    ("attributions", "attributions", "composed"),
    ("grades", "sentences", "grades", "verdicts", "grades", "targets", "sentences", "grades", "plots", "aspects", "meals"),
)  # fmt: skip
"""What stands beside each batch of annotated articles: one of news or composed roundups, one of short texts."""
BESIDE = 0.6
"""Weight of the outside data beside annotated articles."""
TOLD = 0.7
"""Weight of what a teacher says beside the labels."""
DECAY = 0.01
WARM_UP = 60


@dataclass(frozen=True, slots=True)
class Rates:
    """Peak learning rates of the trunk and of the heads."""

    trunk: float
    heads: float


OUTSIDE, ARTICLES = Rates(1.5e-4, 1e-3), Rates(8e-5, 5e-4)
TEACHER = Rates(4e-5, 4e-4)


@dataclass(frozen=True, slots=True)
class Part:
    """What one step teaches by one task: its weight, and the windows it is about (None: drawn at random)."""

    task: str
    weight: float
    windows: Sequence[ArticleWindow] | None = None


class _Steps(Dataset[Any]):
    """The batches of a plan, made when they are asked for; each has its own chance, whoever makes it."""

    def __init__(self, plan: Sequence[Sequence[Part]], tasks: dict[str, Any], seed: str) -> None:
        self._plan, self._tasks, self._seed = plan, tasks, seed

    def __len__(self) -> int:
        return len(self._plan)

    def __getitem__(self, index: int) -> list[tuple[str, float, Any]]:
        chance = random.Random(f"{self._seed} {index}")
        return [(part.task, part.weight, self._made(part, chance)) for part in self._plan[index]]

    def _made(self, part: Part, chance: random.Random) -> Any:
        task = self._tasks[part.task]
        return task.draw(chance) if part.windows is None else task.put(part.windows)


class Trainer:
    """Teaches a network by tasks.

    Args:
        network: The network, or a `Pair` of one and its teacher.
        tasks: Tasks by name; ``"articles"`` is that of annotated articles.
        seed: Decides what is drawn.
        workers: Processes that make batches; 0 makes them in this one.
        minutes: After this time the rate is down to nothing and `outside` or `articles` ends; what was taught then depends on
            the machine.
    """

    def __init__(
        self, network: Any, tasks: dict[str, Task | ArticleTask], *, seed: int = SEED, workers: int = 0,
        minutes: float = 1e9,
    ) -> None:  # fmt: skip
        self.network, self.tasks, self.seed, self.workers, self.minutes = network, tasks, seed, workers, minutes
        self.device = next(network.parameters()).device

    def outside(self, steps: int, rates: Rates = OUTSIDE) -> int:
        """Teach outside data, one task a step.

        Args:
            steps: How many.
            rates: How fast.

        Returns:
            The steps taken.
        """
        turns = [name for name in PRETRAIN if name in self.tasks]
        return self._teach("outside", [[Part(turns[step % len(turns)], 1.0)] for step in range(steps)], rates)

    def articles(self, rounds: int, rates: Rates = ARTICLES) -> int:
        """Teach annotated articles with outside data beside.

        Args:
            rounds: How often each article is read.
            rates: How fast.

        Returns:
            The steps taken.
        """
        task = self.tasks["articles"]
        chance = random.Random(self.seed)
        turns = [[name for name in cycle if name in self.tasks] for cycle in BESIDE_GOLD]
        plan: list[list[Part]] = []
        for number in range(rounds):
            for windows in task.round(number, chance):  # type: ignore[union-attr]
                beside = [Part(cycle[len(plan) % len(cycle)], BESIDE) for cycle in turns if cycle]
                plan.append([Part("articles", 1.0, windows), *beside])
        return self._teach("articles", plan, rates)

    def _teach(self, name: str, plan: Sequence[Sequence[Part]], rates: Rates) -> int:
        """Take the steps of a plan at a rate that rises and falls to nothing; chance depends on the plan's name."""
        optimizer = self._optimizer(rates)
        self.network.train()
        begun, total = time.monotonic(), 0.0
        for step, parts in enumerate(self._batches(name, plan)):
            share = max(step / len(plan), (time.monotonic() - begun) / (60 * self.minutes))
            if share >= 1:
                return step
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * min(1.0, (step + 1) / WARM_UP) * (1 - share)
            total += self._step(optimizer, parts)
            if (step + 1) % 200 == 0:
                sys.stderr.write(f"step {step + 1} of {len(plan)}: loss {total / 200:.3f}\n")
                sys.stderr.flush()
                total = 0.0
        return len(plan)

    def _batches(self, name: str, plan: Sequence[Sequence[Part]]) -> Iterator[list[tuple[str, float, Any]]]:
        """Make the batches of a plan, ahead of their use where there are workers."""
        return iter(
            DataLoader(
                _Steps(plan, self.tasks, f"{self.seed} {name}"),
                batch_size=None,
                collate_fn=_as_is,
                num_workers=self.workers,
            )
        )

    def _optimizer(self, rates: Rates) -> torch.optim.Optimizer:
        """Make an optimizer that moves the trunk slower than the heads."""
        named = [(n, p) for n, p in self.network.named_parameters() if p.requires_grad]
        groups = [
            {"params": [p for n, p in named if ("trunk." in n) == inside], "lr": rate, "peak": rate}
            for inside, rate in ((True, rates.trunk), (False, rates.heads))
        ]
        return torch.optim.AdamW(groups, weight_decay=DECAY)

    def _step(self, optimizer: torch.optim.Optimizer, parts: Sequence[tuple[str, float, Any]]) -> float:
        """Take one step."""
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            value = sum(weight * self._loss(name, moved(batch, self.device)) for name, weight, batch in parts)
        optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], 1.0)
        optimizer.step()
        return value.item()

    def _loss(self, name: str, batch: Any) -> torch.Tensor:
        """Return the loss of a task, with what the teacher says where there is one."""
        loss = self.tasks[name].loss(self.network, batch)
        return loss + TOLD * self.network.drain() if isinstance(self.network, Pair) else loss


def _as_is(batch: Any) -> Any:
    """Hand a batch on."""
    return batch
