"""Teach a small network what a larger one says (Hinton et al. 2015): of every piece, span, holder and joint it reads, labelled or not."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from pipeline.train.batches import Pieces
from pipeline.train.network import Network

HEADS = ("tag", "op", "isop", "subj", "pol", "feel", "five", "asp")
"""What losses ask of a network by name, over states of pieces or what was read of spans."""
WARMTH = 2.0
"""Temperature at which the classes of spans are compared."""
HIDDEN = 1.0
"""Weight of the distance between the states of both (after a linear map), as a share of the teacher's variance."""
SPANS = 6
"""Stretches of each window that are compared whatever the task asks about."""
LONGEST = 24
"""Word pieces of such a stretch, at most."""
SPAN_WEIGHT, LINK_WEIGHT, TAG_WEIGHT = 1.0, 0.5, 2.0


class Pair(nn.Module):
    """A pupil and its teacher in place of one network: answers are the pupil's, and the difference adds up in `apart`.

    States and what is read of spans hold the pupil's numbers first, then the teacher's.

    Args:
        pupil: The network that learns.
        teacher: The network that knows.
    """

    def __init__(self, pupil: Network, teacher: Network) -> None:
        super().__init__()
        self.pupil, self.teacher = pupil, teacher.requires_grad_(False)
        self.width = pupil.trunk.width
        self.map = nn.Linear(self.width, teacher.trunk.width)
        self.apart: Any = 0.0
        for head in HEADS:
            setattr(self, head, partial(self._answer, head))

    def train(self, mode: bool = True) -> Pair:  # noqa: FBT001 - torch's signature
        """Set the pupil to training; the teacher always answers without dropout."""
        super().train(mode)
        self.teacher.eval()
        return self

    def drain(self) -> torch.Tensor:
        """Return how far apart both were since this was asked last."""
        apart, self.apart = self.apart, 0.0
        return apart

    def encode(self, pieces: Pieces) -> torch.Tensor:
        """Return the states of the pieces of windows side by side, both networks' together."""
        own = self.pupil.encode(pieces)
        with torch.no_grad():
            theirs = self.teacher.encode(pieces)
        away = functional.mse_loss(self.map(own), theirs) / theirs.var()
        tags = _between(self.pupil.tag(own).view(-1, 3, 3), self.teacher.tag(theirs).view(-1, 3, 3))
        inside = _between(self.pupil.op(own), self.teacher.op(theirs))
        self.apart = self.apart + HIDDEN * away + TAG_WEIGHT * (3 * tags + inside)
        states = torch.cat([own, theirs], -1)
        means, firsts = _stretches(states, pieces)
        self.read(means, means, firsts)
        return states

    def read(self, mean: torch.Tensor, target: torch.Tensor, first: torch.Tensor) -> torch.Tensor:
        """Return what both networks read of spans."""
        own = self.pupil.read(*(part[:, : self.width] for part in (mean, target, first)))
        with torch.no_grad():
            theirs = self.teacher.read(*(part[:, self.width :] for part in (mean, target, first)))
        if len(own):
            classes = sum(
                _between(getattr(self.pupil, name)(own), getattr(self.teacher, name)(theirs), WARMTH)
                for name in ("pol", "feel", "five")
            )
            chances = sum(
                weight * _apart(getattr(self.pupil, name)(own), getattr(self.teacher, name)(theirs))
                for name, weight in (("isop", 1), ("subj", 0.5), ("asp", 4))
            )
            self.apart = self.apart + SPAN_WEIGHT * (classes + chances)
        return torch.cat([own, theirs], -1)

    def links(
        self, spans: torch.Tensor, names: torch.Tensor, distances: torch.Tensor, allowed: torch.Tensor
    ) -> torch.Tensor:
        """Score the holders of spans as the pupil does."""
        own = self.pupil.links(spans[:, : self.width], names[:, : self.width], distances, allowed)
        if len(own):
            with torch.no_grad():
                theirs = self.teacher.links(spans[:, self.width :], names[:, self.width :], distances, allowed)
            self.apart = self.apart + LINK_WEIGHT * _between(own, theirs)
        return own

    def joints(self, left: torch.Tensor, right: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
        """Score joints as the pupil does."""
        own = self.pupil.joints(*(part[:, : self.width] for part in (left, right, place)))
        with torch.no_grad():
            theirs = self.teacher.joints(*(part[:, self.width :] for part in (left, right, place)))
        self.apart = self.apart + LINK_WEIGHT * _apart(own, theirs)
        return own

    def _answer(self, head: str, states: torch.Tensor) -> torch.Tensor:
        """Answer as a head of the pupil does."""
        return getattr(self.pupil, head)(states[:, : self.width])


def _between(own: torch.Tensor, theirs: torch.Tensor, warmth: float = 1.0) -> torch.Tensor:
    """Return the mean divergence of the pupil's classes from the teacher's, times the square of the temperature."""
    wanted, said = (theirs.float() / warmth).softmax(-1), (own.float() / warmth).log_softmax(-1)
    wide = wanted.shape[-1]
    return functional.kl_div(said.view(-1, wide), wanted.view(-1, wide), reduction="batchmean") * warmth**2


def _apart(own: torch.Tensor, theirs: torch.Tensor) -> torch.Tensor:
    """Return the mean divergence of the pupil's chances from the teacher's."""
    wanted = theirs.float().sigmoid()
    floor = functional.binary_cross_entropy_with_logits(theirs.float(), wanted)
    return functional.binary_cross_entropy_with_logits(own.float(), wanted) - floor


def _stretches(states: torch.Tensor, pieces: Pieces) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the means of stretches of each window drawn at random, and the states with which their windows begin."""
    number = len(states)
    ends = torch.cat([pieces.firsts[1:], pieces.firsts.new_tensor([number])]).repeat_interleave(SPANS)
    begins = pieces.firsts.repeat_interleave(SPANS)
    chance, size = torch.rand((2, len(begins)), device=states.device)
    starts = begins + (chance * (ends - begins)).long()
    stops = torch.minimum(ends, starts + 1 + (size * LONGEST).long())
    sums = functional.pad(states.cumsum(0), (0, 0, 1, 0))
    means = (sums[stops] - sums[starts]) / (stops - starts)[:, None]
    return means, states[begins]
