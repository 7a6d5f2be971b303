"""Corpora that dyad made itself, never to be taken for recordings."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from dyad.contracts import DatasetCard
from dyad.conversation import Conversation
from dyad.datasets.dualtalk import DualTalk
from dyad.dualtalk_layout import FRAME_RATE_HZ, SAMPLE_RATE_HZ
from dyad.errors import InputError

MANIFEST: Final = "dyad-simulated.json"


class Simulated(DualTalk):
    """Conversations of ``dyad data simulate``: DualTalk's layout with true turns, in the basis ``arkit50``.

    Args:
        root: folder with ``dyad-simulated.json`` in it.

    Raises:
        InputError: no such folder, or one that dyad did not simulate.
    """

    card = DatasetCard(
        name="simulated",
        summary="SIMULATED conversations: sampled turns, recorded voices put together anew, motion of the reactive agent; truth known.",
        licence="that of the speech; see dyad-simulated.json",
        how_to_get="Make one: dyad data simulate --out DIR, then name DIR.",
        sample_rate_hz=SAMPLE_RATE_HZ,
        frame_rate_hz=FRAME_RATE_HZ,
        hours=0.0,
    )

    def __init__(self, root: str | Path) -> None:
        self.manifest: Mapping[str, Any] = read_corpus_manifest(Path(root))
        super().__init__(root)

    def load(self, conversation_id: str) -> Conversation:
        """One conversation with its true turns, marked as simulated.

        Raises:
            InputError: no such conversation, or files that cannot be read.
        """
        loaded = super().load(conversation_id)
        licences = sorted({voice["licence"] for voice in self.manifest["speech"].values()})
        provenance = replace(
            loaded.provenance,
            source=f"SIMULATED by dyad {self.manifest['dyad']}, seed {self.manifest['seed']}: {conversation_id} of {self.root.name}",
            licence=", ".join(licences),
            notes=("Simulated: nobody had this conversation.", *loaded.provenance.notes),
        )
        return replace(loaded, provenance=provenance)


def read_corpus_manifest(root: Path) -> dict[str, Any]:
    """What a simulated corpus says of itself.

    Raises:
        InputError: the folder is no simulated corpus, or its manifest is damaged.
    """
    expected = f"a corpus of dyad data simulate, with {MANIFEST}"
    path = root / MANIFEST
    if not path.is_file():
        got = "a folder without it" if root.is_dir() else "a file" if root.exists() else "no such folder"
        raise InputError(str(root), expected=expected, got=got, cure="Recordings are read by dualtalk or folder; make a new one elsewhere.")
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if manifest["simulated"] is not True:
            raise ValueError("one that does not say it is simulated")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(str(path), expected=expected, got=str(error) or type(error).__name__, cure="Make the corpus again.") from error
    return manifest
