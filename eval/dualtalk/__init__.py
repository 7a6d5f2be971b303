"""Scores of the DualTalk benchmark, and those that show what they hide.

Source: Peng et al., "DualTalk: Dual-Speaker Interaction for 3D Talking Head Conversations", CVPR 2025 (arXiv 2505.18096).
"""

from dyad.eval.dualtalk.scores import score_clip

__all__ = ["score_clip"]
