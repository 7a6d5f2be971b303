"""What follows the audio encoders in a DualTalk model, for the last frames of a window: the same results as ``DualTalk.decode``, sooner.

All frames of a window are seen, yet only the last ones are wanted. So the last layers are run for those alone; before them every frame
counts, since all of them see each other.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from dyad.agents.dualtalk.model import MODULATION, DualTalk
from dyad.agents.dualtalk.packing import PackedLinear


class Decoder:
    """Made ready to run.

    Args:
        model: whose weights are taken; it is left as it is.
    """

    def __init__(self, model: DualTalk) -> None:
        """Lay out the weights."""
        self._direct, self._residual = model.config.direct_partner, model.config.residual
        self._motion = [_packed(layer, relu=True) for layer in model.motion_projection if isinstance(layer, nn.Linear)]
        self._partner = Attention(model.partner_attention)
        self._memory = model.partner_memory
        self._interaction = [
            (Attention(layer.self_attn), FeedForward(layer), layer.norm1, layer.norm2) for layer in model.interaction.layers
        ]
        self._mix = Attention(model.interaction_attention)
        (last,) = model.synthesis.layers
        self._itself, self._again, self._last = Attention(last.self_attn), Attention(last.multihead_attn), FeedForward(last)
        self._norms = (last.norm1, last.norm2, last.norm3)
        self._modulation, self._readout = _packed(model.modulation), _packed(model.readout)

    def __call__(self, own_features: Tensor, partner_features: Tensor, partner_motion: Tensor, *, last: int) -> Tensor:
        """See ``Inference.decode``; the motion in the type of the weights."""
        motion = partner_motion
        for layer in self._motion:
            motion = layer(motion)
        seen = self._partner(partner_features, motion)
        if self._direct:
            seen = seen + partner_features + motion
        together = torch.cat([own_features, self._memory(seen)[0]], dim=-1)
        for attention, feed_forward, first, second in self._interaction:
            together = first(together + attention(together, together))
            together = second(together + feed_forward(together))
        mixed = self._mix(together, together)
        if self._residual:
            mixed = mixed + together
        rows = mixed[:, -last:]
        first, second, third = self._norms
        rows = first(rows + self._itself(rows, mixed))
        rows = second(rows + self._again(rows, mixed))
        rows = third(rows + self._last(rows))
        moved: Tensor = self._readout(rows + MODULATION * self._modulation(rows))
        return moved


class Attention:
    """As ``nn.MultiheadAttention``, keys and values from the same rows.

    Args:
        layer: whose weights are taken.
    """

    def __init__(self, layer: nn.MultiheadAttention) -> None:
        """Lay out the weights."""
        width = layer.embed_dim
        weight, bias = layer.in_proj_weight, layer.in_proj_bias
        self._heads = layer.num_heads
        self._queries = PackedLinear(weight[:width], bias[:width])
        self._keys_and_values = PackedLinear(weight[width:], bias[width:])
        self._out = _packed(layer.out_proj)

    def __call__(self, rows: Tensor, seen: Tensor) -> Tensor:
        """(B, n, width) and (B, m, width) to (B, n, width)."""
        keys, values = self._keys_and_values(seen).chunk(2, dim=-1)
        queries = self._split(self._queries(rows))
        found = F.scaled_dot_product_attention(queries, self._split(keys), self._split(values))
        result: Tensor = self._out(found.transpose(1, 2).flatten(2))
        return result

    def _split(self, rows: Tensor) -> Tensor:
        """By heads: (B, heads, n, width / heads)."""
        return rows.reshape(*rows.shape[:2], self._heads, -1).transpose(1, 2)


class FeedForward:
    """The two linear layers within a transformer layer, ReLU between them.

    Args:
        layer: whose weights are taken.
    """

    def __init__(self, layer: nn.TransformerEncoderLayer | nn.TransformerDecoderLayer) -> None:
        """Lay out the weights."""
        self._in, self._out = _packed(layer.linear1, relu=True), _packed(layer.linear2)

    def __call__(self, rows: Tensor) -> Tensor:
        """(B, n, width) to (B, n, width)."""
        result: Tensor = self._out(self._in(rows))
        return result


def _packed(layer: nn.Linear, *, relu: bool = False) -> PackedLinear:
    return PackedLinear(layer.weight, layer.bias, then="relu" if relu else "none")
