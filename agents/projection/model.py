"""The net that is trained: a recurrent net over events, and a head that answers in every frame.

Both run twice with the same weights, once as each speaker sees the conversation; the two answers are added after the classes of one have
been mirrored. So swapping the speakers swaps the prediction, and what is learnt of one speaker serves for both.
"""

from typing import Final

import torch
from torch import Tensor, nn

from dyad.agents.projection.features import EVENT_VALUES, FRAME_SPEAKER_VALUES, FRAME_VALUES, SPEAKER_VALUES, swapped_columns
from dyad.agents.projection.objective import CLASSES, swapped_classes

HIDDEN: Final = 96
HEAD: Final = 160


class ProjectionNet(nn.Module):
    """Two voice activities to the logits of the 256 classes, and of who speaks next.

    Args:
        hidden: width of the recurrent net.
        head: width of the head.
        dropout: share of the recurrent net's output that is dropped in training.
    """

    def __init__(self, *, hidden: int = HIDDEN, head: int = HEAD, dropout: float = 0.1) -> None:
        """Make the layers."""
        super().__init__()
        self.recurrent = nn.GRU(EVENT_VALUES, hidden, batch_first=True)
        self.drop = nn.Dropout(dropout)
        self.from_event = nn.Linear(hidden + EVENT_VALUES, head)
        self.from_frame = nn.Linear(FRAME_VALUES, head, bias=False)
        self.deeper = nn.Linear(head, head)
        self.answer = nn.Linear(head, CLASSES)
        self.next_speaker = nn.Linear(head, 1)
        self.register_buffer("mirror", torch.tensor(swapped_classes()), persistent=False)

    def forward(self, events: Tensor, frames: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        """Answers in chosen frames.

        Args:
            events: float32 (N, E, ``EVENT_VALUES``), of N conversations, padded at their ends.
            frames: float32 (N, K, ``FRAME_VALUES``), of K frames in each.
            places: int64 (N, K), index of the last event at or before each frame.

        Returns:
            float32 (N, K, 256), logits of the classes; and float32 (N, K), the logit that A, not B, speaks after the present silence.
        """
        event_swap = swapped_columns(SPEAKER_VALUES, EVENT_VALUES)
        frame_swap = swapped_columns(FRAME_SPEAKER_VALUES, FRAME_VALUES)
        views = torch.cat((events, events[..., event_swap]))  # both in one pass: the steps of the recurrent net are what takes time
        trunk = self._trunk(views, torch.cat((frames, frames[..., frame_swap])), torch.cat((places, places)))
        ours, theirs = self.answer(trunk).chunk(2)
        own, partner = self.next_speaker(trunk)[..., 0].chunk(2)
        return ours + theirs[..., self.mirror], own - partner

    def _trunk(self, events: Tensor, frames: Tensor, places: Tensor) -> Tensor:
        heard = torch.cat((self.drop(self.recurrent(events)[0]), events), dim=-1)
        chosen = heard.gather(1, places[..., None].expand(-1, -1, heard.shape[-1]))
        first = torch.relu(self.from_event(chosen) + self.from_frame(frames))
        return torch.relu(self.deeper(first))
