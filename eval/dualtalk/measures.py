"""What every score is: its unit, which way is better, its definition and its source. Tables and files are printed from here."""

from dataclasses import asdict, dataclass

from dyad.dualtalk_layout import GROUPS

BY_GROUP = tuple(GROUPS)
_SCRIPT = "evaluation script of DualTalk (Peng et al., CVPR 2025, arXiv 2505.18096)"
_PROPOSAL = "dyad"

PUBLISHED, ALIGNED, LISTENER, LIPS, SMOOTHNESS = "published", "aligned", "listener", "lips", "smoothness"
FAMILIES = {
    PUBLISHED: "Scores of the DualTalk benchmark, raw",
    ALIGNED: "In time with the own voice and with the truth: what the published scores hide",
    LISTENER: "Listening: frames in which the partner alone speaks",
    LIPS: "Lips",
    SMOOTHNESS: "Smoothness",
}


@dataclass(frozen=True, kw_only=True)
class Score:
    """One score of a clip, or one for each group of channels.

    Args:
        name: key without the group.
        family: a key of ``FAMILIES``.
        better: ``lower``, ``higher``, or ``truth``: nearest to the value that the truth itself has.
        definition: what exactly is computed.
        source: whose definition.
        units: one for each group, or a single one; "" for a number without unit.
        groups: of channels; empty for a score of the whole face.
    """

    name: str
    family: str
    better: str
    definition: str
    source: str = _PROPOSAL
    units: tuple[str, ...] = ("", "", "")
    groups: tuple[str, ...] = BY_GROUP

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys in the scores of a clip."""
        return tuple(f"{self.name}_{group}" for group in self.groups) or (self.name,)


_COEFFICIENTS = ("", "rad", "rad")
_SQUARED = ("", "rad²", "rad²")
_WHOLE: tuple[str, ...] = ()

SCORES: tuple[Score, ...] = (
    Score(
        name="fd", family=PUBLISHED, better="lower", source=_SCRIPT, units=_SQUARED,
        definition="Fréchet distance between Gaussians fitted to the frames of prediction and truth; blind to their order",
    ),
    Score(
        name="p_fd", family=PUBLISHED, better="lower", source=_SCRIPT, units=_SQUARED,
        definition="Fréchet distance of frames joined to the partner's true frames: [partner, prediction] and [partner, truth]",
    ),
    Score(
        name="mse", family=PUBLISHED, better="lower", source=_SCRIPT, units=_SQUARED,
        definition="mean over frames and channels of the squared difference; rewards standing still",
    ),
    Score(
        name="sid", family=PUBLISHED, better="higher", source=_SCRIPT, units=("bit",) * 3,
        definition="entropy of the predicted frames over k-means clusters (40, 10, 10) of the true frames; blind to their order",
    ),
    Score(
        name="sid_published", family=PUBLISHED, better="higher", source=f"{_SCRIPT}, as it calls its own function", units=("bit",) * 3,
        definition="the same with arguments swapped: entropy of the true frames over clusters of the predicted ones; noise raises it",
    ),
    Score(
        name="rpcc", family=PUBLISHED, better="lower", source=_SCRIPT,
        definition="|r(truth, partner's truth) - r(prediction, partner's truth)|, Pearson over flattened arrays; r of a constant is 0",
    ),
    Score(
        name="sts", family=PUBLISHED, better="lower", source=_SCRIPT, units=_COEFFICIENTS,
        definition="root of the summed squared differences of frame-to-frame steps over 0.1; grows with length; rewards standing still",
    ),
    Score(
        name="diversity", family=PUBLISHED, better="truth", source=_SCRIPT, units=_COEFFICIENTS,
        definition="mean distance of 100 random pairs of predicted frames, seed 0",
    ),
    Score(
        name="variance", family=PUBLISHED, better="truth", source=_SCRIPT, units=_SQUARED,
        definition="mean over channels of the prediction's variance over time",
    ),
    Score(
        name="lip_voice_r", family=ALIGNED, better="truth", groups=_WHOLE, units=("",),
        definition="Pearson's r, over the clip, of jaw opening and own log energy, at the best lag within 0.2 s; 0 for a still jaw",
    ),
    Score(
        name="lip_voice_lag_ms", family=ALIGNED, better="truth", groups=_WHOLE, units=("ms",),
        definition="that lag; > 0 where lips follow the sound",
    ),
    Score(
        name="window_r", family=ALIGNED, better="higher",
        definition="r of prediction and truth in windows of 2 s each second, channels about their means there, no lag; mean of windows",
    ),
    Score(
        name="window_peak_r", family=ALIGNED, better="higher", source="after Boker et al., 2002",
        definition="largest value of that mean over lags of up to 0.48 s",
    ),
    Score(
        name="window_lag_ms", family=ALIGNED, better="truth", units=("ms",) * 3, source="after Boker et al., 2002",
        definition="its lag; > 0 where the prediction follows the truth",
    ),
    Score(
        name="velocity_fd", family=ALIGNED, better="lower", units=("1/s²", "rad²/s²", "rad²/s²"),
        definition="Fréchet distance of the changes a second from frame to frame",
    ),
    Score(
        name="jaw_stroke_skill", family=ALIGNED, better="higher", groups=_WHOLE, units=("",),
        definition="turning points of jaw opening within 80 ms of the truth's: F1 above that of shifted predictions; 1 at best, chance 0",
    ),
    Score(
        name="head_stroke_skill", family=ALIGNED, better="higher", groups=_WHOLE, units=("",),
        definition="the same of nods and turns of the head, within 160 ms",
    ),
    Score(
        name="listener_pcc", family=LISTENER, better="truth", source="after Learning to Listen (Ng et al., CVPR 2022)",
        definition="Pearson's r of own and partner's motion while listening, channels about their means",
    ),
    Score(
        name="listener_tlcc", family=LISTENER, better="truth", source="after Learning to Listen (Ng et al., CVPR 2022)",
        definition="largest r of own and partner's speed of change while listening, own 0 to 2 s after the partner's",
    ),
    Score(
        name="listener_tlcc_lag_ms", family=LISTENER, better="truth", units=("ms",) * 3, source="as listener_tlcc",
        definition="its lag",
    ),
    Score(
        name="listener_variation", family=LISTENER, better="truth", units=_SQUARED, source="Learning to Listen (Ng et al., CVPR 2022)",
        definition="mean over channels of the variance over time while listening",
    ),
    Score(
        name="mtm_jaw_ms", family=LIPS, better="lower", groups=_WHOLE, units=("ms",), source="Chae-Yeon et al., CVPR 2025, on jaw opening",
        definition="mean distance in time of the mouth's turning points, paired by derivative dynamic time warping; blind where none pair",
    ),
    Score(
        name="lve_mm", family=LIPS, better="lower", groups=_WHOLE, units=("mm",), source="as papers word it",
        definition="largest distance of any mouth vertex of FLAME's average person, mean of frames",
    ),
    Score(
        name="lve_squared_mm2", family=LIPS, better="lower", groups=_WHOLE, units=("mm²",), source="as released code computes it",
        definition="the same of squared distances",
    ),
    Score(
        name="mod_mm", family=LIPS, better="lower", groups=_WHOLE, units=("mm",), source="DiffPoseTalk (Sun et al., 2024)",
        definition="mean absolute difference of the mouth's opening, FLAME vertices 3531 and 3504",
    ),
    Score(
        name="fdd_mm", family=LIPS, better="truth", groups=_WHOLE, units=("mm",), source="CodeTalker (Xing et al., CVPR 2023), as worded",
        definition="upper-face vertices: spread over time of their way from rest, truth less prediction; > 0 where it moves too little",
    ),
    Score(
        name="fdd_squared_mm2", family=LIPS, better="truth", groups=_WHOLE, units=("mm²",), source="as released code computes it",
        definition="the same of squared ways",
    ),
    Score(
        name="mtm_lips_ms", family=LIPS, better="lower", groups=_WHOLE, units=("ms",), source="Chae-Yeon et al., CVPR 2025",
        definition="mtm_jaw_ms on the distance of FLAME vertices 3531 and 3504",
    ),
    Score(
        name="jerk", family=SMOOTHNESS, better="truth", units=("1/s³", "rad/s³", "rad/s³"),
        definition="mean length of the third difference, a second cubed",
    ),
    Score(
        name="jitter", family=SMOOTHNESS, better="truth",
        definition="share of the motion's power above 8 Hz, channels about their means, Hann window",
    ),
)  # fmt: skip
"""Scores of single clips; averages are over the clips that have a value."""

CORPUS_SCORES: tuple[Score, ...] = (
    Score(
        name="slcc_jaw", family=LIPS, better="truth", groups=_WHOLE, units=("",), source="Chae-Yeon et al., CVPR 2025, on jaw opening",
        definition="Pearson's r, over clips, of how loud the voice and how lively the jaw is, each as a z-score within its person",
    ),
    Score(
        name="slcc_lips", family=LIPS, better="truth", groups=_WHOLE, units=("",), source="Chae-Yeon et al., CVPR 2025 (truth: 0.34 there)",
        definition="the same of mouth vertices",
    ),
)  # fmt: skip
"""One number for all clips together."""


def definitions() -> dict[str, dict[str, object]]:
    """All of it as plain values, by name, for files."""
    return {score.name: {key: value for key, value in asdict(score).items() if key != "name"} for score in (*SCORES, *CORPUS_SCORES)}
