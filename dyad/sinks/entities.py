"""Names of everything in a viewer recording: entity paths, timelines and colours, in one place."""

from dyad.seat import Seat

APPLICATION = "dyad"
TIME = "time"
FRAME = "frame"

TABLE = "/table"
SOUND = "/sound"
TURNS = "/turns"
FLOOR = f"{TURNS}/floor"
CURVES = "/curves"
GESTURES = "/gestures"
MOUTHS = "/mouths"
LOG = "/log"

JAW_OPEN = "jaw_open"
HEAD_PITCH = "head_pitch"
HEAD_YAW = "head_yaw"
GAZE_YAW = "gaze_yaw"
CURVE_NAMES = (JAW_OPEN, HEAD_PITCH, HEAD_YAW, GAZE_YAW)

# Okabe & Ito's colours, told apart by all kinds of colour vision, as 0xRRGGBBAA.
SEAT_COLOURS = {Seat.A: 0x56B4E9FF, Seat.B: 0xE69F00FF}
BOTH_COLOUR = 0xCC79A7FF
SILENCE_COLOUR = 0x3A3F47FF
BACKGROUND = (30, 33, 38)


def place(seat: Seat) -> str:
    """Where a person sits: moves with nothing."""
    return f"{TABLE}/{seat.name.lower()}"


def head(seat: Seat) -> str:
    """What follows the head."""
    return f"{place(seat)}/head"


def patch(seat: Seat, *, name: str, kind: str) -> str:
    """One patch of surface."""
    return f"{place(seat)}/body/{name}" if kind == "body" else f"{head(seat)}/{name}"


def gaze(seat: Seat) -> str:
    """The line to where a person looks."""
    return f"{head(seat)}/gaze"


def mouth(seat: Seat, *, part: str = "") -> str:
    """A person's mouth from the front, in two dimensions; a part of it, or all."""
    return f"{MOUTHS}/{seat.name.lower()}/{part}".rstrip("/")


def sound(seat: Seat) -> str:
    """A seat's sound."""
    return f"{SOUND}/{seat.name.lower()}"


def turns(seat: Seat) -> str:
    """A seat's speech lane."""
    return f"{TURNS}/{seat.name.lower()}"


def curve(name: str, seat: Seat) -> str:
    """One curve of one seat."""
    return f"{CURVES}/{name}/{seat.name.lower()}"


def gestures(kind: str, seat: Seat) -> str:
    """A lane for one kind of event of one seat."""
    return f"{GESTURES}/{kind}/{seat.name.lower()}"
