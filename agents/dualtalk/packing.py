"""Linear layers whose weights lie as oneDNN, a library for matrices that torch brings, likes them.

Left to itself torch multiplies matrices in single precision with MKL, which is slow on some processors, and where it does use oneDNN it
lays out the weights anew at every call. On one core of an AMD EPYC 9004, at the sizes of these models: 105 instead of 80 to 95 billion
operations a second in single precision, 210 instead of 200 in bfloat16.
"""

from typing import Final, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

_OPERATORS: Final = ("_reorder_linear_weight", "_linear_pointwise", "_is_mkldnn_bf16_supported")

Then = Literal["none", "relu", "gelu"]


class PackedLinear(nn.Module):
    """A linear layer and what follows it, in one go.

    Args:
        weight: (out, in).
        bias: (out,) or None.
        then: a function of its results.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, *, then: Then = "none") -> None:
        """Lay out the weights."""
        super().__init__()
        self.dtype = weight.dtype
        self._packed = _fits(weight.dtype)
        self._then = then
        # Not buffers: this layout can be neither saved nor converted.
        plain = weight.detach().contiguous()
        self._weight: Tensor = torch.ops.mkldnn._reorder_linear_weight(plain) if self._packed else plain
        self._bias = None if bias is None else bias.detach().contiguous()

    def forward(self, rows: Tensor) -> Tensor:
        """(..., in) to (..., out)."""
        if not self._packed:
            return _after(F.linear(rows, self._weight, self._bias), self._then)
        exactly = "none" if self._then == "gelu" else ""  # "none": not approximated
        result: Tensor = torch.ops.mkldnn._linear_pointwise(rows, self._weight, self._bias, self._then, [], exactly)
        return result


def pack_linear_layers(module: nn.Module) -> None:
    """Replace the linear layers within a module, but for those whose weights something else reaches for: WavLM's attention."""
    for name, child in module.named_children():
        if type(child) is nn.Linear:
            setattr(module, name, PackedLinear(child.weight, child.bias))
        elif type(child).__name__ != "WavLMAttention":
            pack_linear_layers(child)


def _fits(dtype: torch.dtype) -> bool:
    """Whether oneDNN is there and knows the numbers, and torch still has these operators, which it promises to nobody but its compiler."""
    if not torch.backends.mkldnn.is_available() or not all(hasattr(torch.ops.mkldnn, name) for name in _OPERATORS):  # type: ignore[no-untyped-call]
        return False
    return dtype == torch.float32 or (dtype == torch.bfloat16 and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()))


def _after(rows: Tensor, then: Then) -> Tensor:
    if then == "gelu":
        return F.gelu(rows)
    return F.relu(rows) if then == "relu" else rows
