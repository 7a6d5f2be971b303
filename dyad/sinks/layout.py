"""How a recording looks when it is opened: both heads, lanes, curves, waveforms and the log."""

from collections.abc import Sequence

import rerun as rr
import rerun.blueprint as rrb

from dyad import staging
from dyad.seat import Seat
from dyad.sinks import entities

Point = tuple[float, float, float]

EYE_M = (0.0, 0.05, 0.56)
TARGET_M = (0.0, 0.01, 0.0)
"""Main camera and what it looks at, table frame."""
FACE_EYE_M = (0.13, 0.05, 0.44)
FACE_TARGET_M = (0.0, 0.02, 0.02)
"""Camera of one face, rest frame of its seat."""
MOUTH_X_MM, MOUTH_Y_MM = (-60.0, 60.0), (-24.0, 56.0)
"""What the view of a mouth shows, from the middle of the resting lips: nose to chin with the jaw dropped as in speech."""
WHOLE_S = 45.0
BEFORE_S, AFTER_S = 20.0, 10.0
"""Conversations longer than ``WHOLE_S`` show this much before and after the time cursor."""


def blueprint(participants: Sequence[str], *, duration_s: float, following: bool = False) -> rrb.Blueprint:
    """The prepared layout.

    Args:
        participants: the two names.
        duration_s: length of the conversation.
        following: show the newest frame as it comes, instead of pausing at the start.
    """
    axis = _time_axis(duration_s)
    lanes = rrb.StateTimelineView(origin=entities.TURNS, name="Who speaks", time_view=axis)
    gestures = rrb.StateTimelineView(origin=entities.GESTURES, name="What the heads do", time_view=axis)
    voices = [rrb.AudioView(origin=entities.sound(seat), name=f"Voice of {participants[seat]}") for seat in Seat]
    speech = rrb.Vertical(lanes, *voices, row_shares=[4.6, 2.5, 2.5])
    faces = [rrb.Vertical(_face(seat, participants), _mouth(seat, participants), row_shares=[5, 4]) for seat in Seat]
    return rrb.Blueprint(
        rrb.Vertical(
            rrb.Horizontal(faces[0], _scene(), faces[1], column_shares=[2, 5, 2]),
            rrb.Horizontal(speech, gestures, rrb.Grid(*_curves(axis), grid_columns=2), _log(), column_shares=[2.9, 2.1, 3.7, 2.1]),
            row_shares=[21, 19],
        ),
        rrb.TimePanel(state="collapsed", timeline=entities.TIME, play_state="following" if following else "paused"),
        rrb.BlueprintPanel(state="hidden"),
        rrb.SelectionPanel(state="hidden"),
        auto_layout=False,
        auto_views=False,
    )


def _time_axis(duration_s: float) -> rrb.TimeAxis | None:
    """All of a short conversation; of a long one a window that follows the time cursor."""
    if duration_s <= WHOLE_S:
        return None
    window = rr.TimeRange(
        start=rr.TimeRangeBoundary.cursor_relative(seconds=-BEFORE_S), end=rr.TimeRangeBoundary.cursor_relative(seconds=AFTER_S)
    )
    return rrb.TimeAxis(view_range=window)


def _scene() -> rrb.Spatial3DView:
    return _view_3d("Both heads", contents=[f"{entities.TABLE}/**"], eye=EYE_M, target=TARGET_M)


def _face(seat: Seat, participants: Sequence[str]) -> rrb.Spatial3DView:
    """One face, from a little beside the partner's."""
    joint, turn = staging.rest_position(seat), staging.rest_rotation(seat)
    mirror = 1.0 if seat is Seat.A else -1.0  # both cameras stand on the side of the main one
    eye, target = (joint + turn.apply((mirror * point[0], *point[1:])) for point in (FACE_EYE_M, FACE_TARGET_M))
    place = entities.place(seat)
    contents = [f"{place}/**", f"- {place}/name", f"- {place}/note", f"- {entities.gaze(seat)}"]
    return _view_3d(
        f"{participants[seat]}, from beside {participants[seat.partner]}", contents=contents, eye=tuple(eye), target=tuple(target)
    )


def _mouth(seat: Seat, participants: Sequence[str]) -> rrb.Spatial2DView:
    """One mouth from the front; what it shows is fixed, so that nothing but the mouth moves."""
    return rrb.Spatial2DView(
        origin=entities.mouth(seat),
        name=f"Mouth of {participants[seat]}",
        visual_bounds=rrb.VisualBounds2D(x_range=MOUTH_X_MM, y_range=MOUTH_Y_MM),
        background=rrb.Background(color=entities.BACKGROUND),
    )


def _view_3d(name: str, *, contents: Sequence[str], eye: Point, target: Point) -> rrb.Spatial3DView:
    controls = rrb.EyeControls3D(position=staging.to_world(eye), look_target=staging.to_world(target), eye_up=(0.0, 1.0, 0.0))
    return rrb.Spatial3DView(
        origin="/",
        contents=contents,
        name=name,
        eye_controls=controls,
        background=rrb.Background(color=entities.BACKGROUND),
        line_grid=rrb.LineGrid3D(visible=False),
    )


def _log() -> rrb.TextLogView:
    hidden = rrb.encodings.TimelineColumn(entities.TIME, visible=False)  # too narrow to read; the text says it
    columns = rrb.archetypes.TextLogColumns(timeline_columns=[hidden], text_log_columns=["Body"])
    return rrb.TextLogView(origin=entities.LOG, name="Events", columns=columns)


def _curves(axis: rrb.TimeAxis | None) -> list[rrb.TimeSeriesView]:
    titles = {
        entities.JAW_OPEN: ("Jaw open", (0.0, 1.0)),
        entities.HEAD_PITCH: ("Head pitch, ° down", (-20.0, 20.0)),
        entities.HEAD_YAW: ("Head yaw, ° to own left", (-20.0, 20.0)),
        entities.GAZE_YAW: ("Gaze yaw, ° to own left", (-30.0, 30.0)),
    }
    return [
        rrb.TimeSeriesView(
            origin=f"{entities.CURVES}/{name}",
            name=title,
            axis_x=axis,
            axis_y=rrb.ScalarAxis(range=extent),
            plot_legend=rrb.PlotLegend("LeftTop", visible=name == entities.JAW_OPEN),
        )
        for name, (title, extent) in titles.items()
    ]
