"""Fit the network's head for any text anew over the finished trunk: a logistic regression finds the best one there is."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pipeline.train.batches import moved
from pipeline.train.card import SEED
from pipeline.train.network import Network
from pipeline.train.tasks import CLASSES, Snippet, SnippetTask, read_snippets, snippet_batch

SHARES = {"grades": (1.0, 1.0), "targets": (0.3,), "sentences": (4.0,)}
"""How much a snippet of each pool of a task counts."""
MOST = 14_000
"""Snippets of a pool, at most."""
C = 0.0003
BATCH = 48


def fit_feeling(network: Network, taught: dict[str, SnippetTask]) -> None:
    """Replace the head ``feel`` by the best linear one.

    Args:
        network: The network; its trunk stays as it is.
        taught: The tasks of `tasks.snippet_tasks`; those left out are not read.
    """
    network.eval()
    draw = random.Random(SEED)
    read: list[Any] = []
    labels: list[int] = []
    counts: list[float] = []
    for name, shares in ((name, shares) for name, shares in SHARES.items() if name in taught):
        for (pool, _), share in zip(taught[name].pools, shares, strict=True):
            chosen = draw.sample(list(pool), min(MOST, len(pool)))
            read.append(_read(network, taught[name].tokenizer, chosen))
            labels += [CLASSES[s.label] if name == "grades" else int(s.label) for s in chosen]
            counts += [share] * len(chosen)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=200))
    model.fit(np.concatenate(read), labels, logisticregression__sample_weight=counts)
    scale, line = model[0], model[1]
    weights = line.coef_ / scale.scale_
    bias = line.intercept_ - weights @ scale.mean_
    feel = network.feel
    feel.weight.data, feel.bias.data = (
        torch.tensor(found, dtype=torch.float32).to(feel.bias) for found in (weights, bias)
    )


def _read(network: Network, tokenizer: Any, snippets: Sequence[Snippet]) -> Any:
    """Return what the span heads read of snippets, shape (n, width)."""
    device = network.feel.bias.device
    batches = (snippet_batch(snippets[i : i + BATCH], tokenizer) for i in range(0, len(snippets), BATCH))
    with torch.no_grad():
        return torch.cat([read_snippets(network, moved(batch, device)) for batch in batches]).float().cpu().numpy()
