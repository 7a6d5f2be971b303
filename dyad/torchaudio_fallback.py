"""Lets torchaudio import where its native library was built for another torch.

The torchaudio wheel of the package registry is linked against CUDA torch. Beside a CPU torch its native library cannot be loaded, the
``OSError`` is raised while the package imports, and with it fall ``pyannote.audio`` and every audio model of ``transformers``, although
neither needs the native code: torchaudio itself is written to run without it. This import hook turns that one error into "extension
absent". Where the library loads, it changes nothing.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

_EXTENSION = "torchaudio._extension"


class _TorchaudioExtensionFinder:
    """Meta-path finder that wraps the loading of ``torchaudio._extension`` only."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return the ordinary spec with a loader that survives a library built for another torch; None for any other module."""
        if name != _EXTENSION:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def load_or_mark_absent(module: Any) -> None:
            try:
                load(module)
            except OSError:
                module._IS_TORCHAUDIO_EXT_AVAILABLE = module._IS_ALIGN_AVAILABLE = False
                module._load_lib = lambda library: False
                module.fail_if_no_align = module.fail_with_message("torchaudio's native library does not match this torch build.")

        spec.loader.exec_module = load_or_mark_absent  # type: ignore[method-assign]
        return spec


def install() -> None:
    """Put the finder first on ``sys.meta_path``; a second call does nothing."""
    if not any(isinstance(finder, _TorchaudioExtensionFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _TorchaudioExtensionFinder())
