"""Exports to a disk that is full."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

LIMITED = """
import resource, sys
from pathlib import Path
from dyad.errors import InputError
from dyad.exports.export import export
from dyad.faces.head import Head
from tests import scenes

recording = scenes.recording(bases=("arkit52", "arkit52") if sys.argv[1] != "flame-npz" else ("flame50", "flame50"), frames=200)
head = Head.build(detail="light")
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
try:
    export(recording, to=sys.argv[1], out=Path(sys.argv[2]), head_of=lambda seat: head, overwrite=True)
except InputError as error:
    print(error)
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="needs limits on the size of files")
@pytest.mark.parametrize("to", ["arkit-csv", "flame-npz", "vertices-npy", "glb", "bvh", "a2f-json"])
def test_a_full_disk_is_told_and_leaves_nothing(to: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", LIMITED, to, str(tmp_path / "talk")], capture_output=True, text=True, check=False)
    assert "expected room for the output; got a full disk" in done.stdout, done.stdout + done.stderr
    assert not list(tmp_path.iterdir())
