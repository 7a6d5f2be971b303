"""Voice activity projection: who will speak when in the next two seconds, from both voice activities alone, as they come.

``Projector`` runs the weights that come with dyad, in NumPy; they are trained by ``dyad projection train``. See ``weights/MODEL_CARD.md``.
"""

from dyad.agents.projection.streaming import Projection, ProjectionState, Projector

__all__ = ["Projection", "ProjectionState", "Projector"]
