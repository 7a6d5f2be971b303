"""One thread for sums: several round differently, so that scores would depend on the number of cores in their last digits."""

from contextlib import AbstractContextManager
from functools import cache
from typing import Any


def one_thread() -> AbstractContextManager[Any]:
    """Within it matrices are multiplied and clusters sought by one thread."""
    limited: AbstractContextManager[Any] = _pools().limit(limits=1)
    return limited


@cache
def _pools() -> Any:
    """The libraries' pools of threads; looked for once, as that takes longer than k-means, and after scikit-learn has brought its own."""
    import sklearn.cluster  # noqa: F401
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
