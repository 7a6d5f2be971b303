"""Events for voice activity projection: the golden vectors of the original code, and the same rules frame by frame."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyad.errors import InputError
from dyad.eval.turn_taking import VAP_CONFIGS, TurnIntervals, VapConfig, balanced, vap_config, vap_events
from dyad.seat import Seat

Talk = Sequence[tuple[float, float]]
A, B = Seat.A, Seat.B

GOLDEN = TurnIntervals(
    a=np.array([[0, 4], [4.6, 6], [7.6, 8], [9.5, 14]]), b=np.array([[6.4, 9], [11, 11.5], [13.8, 17], [17.2, 19]]), duration_s=20.0
)


def talk(a: Talk, b: Talk, *, duration_s: float = 20.0) -> TurnIntervals:
    return TurnIntervals(a=np.array(a, np.float64).reshape(-1, 2), b=np.array(b, np.float64).reshape(-1, 2), duration_s=duration_s)


@pytest.mark.parametrize(
    ("config", "backchannels", "before"),
    [
        (VapConfig(), ((7.6, 8.0, A), (11.0, 11.5, B)), ((7.1, 7.6, A), (10.5, 11.0, B))),
        (VapConfig(bc_post_s=2.0), ((11.0, 11.5, B),), ((10.5, 11.0, B),)),
    ],
    ids=["defaults", "2 s after a backchannel"],
)
def test_golden_events(config: VapConfig, backchannels: object, before: object) -> None:
    events = vap_events(GOLDEN, config)
    assert events.shift == ((6.0, 6.4, B), (9.0, 9.5, A))
    assert events.hold == ((4.0, 4.6, A),)  # 17.0 to 17.2 s is shorter than 0.25
    assert events.long == ((6.4, 6.6, B), (9.5, 9.7, A))
    assert events.pred_shift == ((5.5, 6.0, B), (8.5, 9.0, A))
    assert events.pred_hold == ((3.5, 4.0, A),)
    assert events.backchannel == backchannels
    assert events.pred_backchannel == before
    assert events.no_backchannel == ((3.0, 4.0, B), (15.0, 17.0, A))


def test_configurations_by_name() -> None:
    assert vap_config("event_config") == VapConfig()
    assert (vap_config("yaml").metric_s, vap_config("yaml").bc_post_s) == (0.1, 2.0)
    assert vap_config("paper").bc_after_partner
    assert set(VAP_CONFIGS) == {"event_config", "yaml", "paper"}
    with pytest.raises(InputError, match=r"got 'papr'\. Choose one of: event_config, yaml, paper"):
        vap_config("papr")


@pytest.mark.parametrize(("silence", "shifts"), [(0.24, 1), (0.22, 0)])
def test_times_become_whole_frames(silence: float, shifts: int) -> None:
    """0.25 s at 50 Hz is 12 frames (0.24 s), not 12.5."""
    assert len(vap_events(talk([(2, 5)], [(5 + silence, 8)])).shift) == shifts


def test_the_first_twenty_seconds_or_all() -> None:
    late = talk([(20, 23)], [(23.5, 26)], duration_s=30.0)
    assert vap_events(late).shift == ()
    assert vap_events(late, VapConfig().whole()).shift == ((23.0, 23.5, B),)


def test_a_backchannel_at_the_edge_is_none() -> None:
    assert vap_events(talk([], [(19.5, 20)])).backchannel == ()
    assert vap_events(talk([], [(18.4, 18.9)])).backchannel == ((18.4, 18.9, B),)


def test_the_paper_asks_who_spoke_before() -> None:
    alone = talk([], [(5, 5.5)])
    assert vap_events(alone).backchannel == ((5.0, 5.5, B),)
    assert vap_events(alone, vap_config("paper")).backchannel == ()
    after = talk([(1, 4)], [(5, 5.5)])
    assert vap_events(after, vap_config("paper")).backchannel == ((5.0, 5.5, B),)
    own_before = talk([(1, 2)], [(2.5, 3.5), (5, 5.5)])  # B was the last
    assert vap_events(own_before, vap_config("paper")).backchannel == ()


def test_balanced_draws_as_many_of_each() -> None:
    many = replace(vap_events(GOLDEN), hold=tuple((float(index), index + 0.5, A) for index in range(9)))
    drawn = balanced(many, seed=3)
    assert len(drawn.hold) == len(many.shift) == 2
    assert set(drawn.hold) <= set(many.hold)
    assert len(drawn.no_backchannel) == len(many.pred_shift) == 2
    for start, end, seat in drawn.no_backchannel:
        assert end - start == pytest.approx(0.5)
        assert any(first <= start and end <= last + 1e-9 and seat == own for first, last, own in many.no_backchannel)
    assert drawn == balanced(many, seed=3)


speech = st.lists(st.tuples(st.integers(0, 1950), st.integers(1, 500)), max_size=8).map(
    lambda items: [(start / 100, min(start + length, 2000) / 100) for start, length in items]
)


@settings(max_examples=60, deadline=None)
@given(a=speech, b=speech)
def test_turn_events_agree_with_the_rules_frame_by_frame(a: Talk, b: Talk) -> None:
    """The published rules, written the slow way on frames of 20 ms."""
    vad = np.zeros((2, 1000), np.int64)
    for row, own in zip(vad, (a, b), strict=True):
        for start, end in own:
            row[round(start * 100) // 2 : round(end * 100) // 2] = 1
    states = (2 * vad[1] - vad[0] + 1).tolist()
    starts = [0] + [frame for frame in range(1, 1000) if states[frame] != states[frame - 1]]
    ends = [*starts[1:], 1000]
    codes = [states[start] for start in starts]
    triples = [(codes[i], codes[i + 2], starts[i + 1], ends[i + 1]) for i in range(len(codes) - 2) if codes[i + 1] == 1]
    filled = vad.copy()
    for before, after, start, end in triples:
        if before == after and before in (0, 3):
            filled[before // 3, start:end] = 1
    found: dict[str, list[tuple[float, float, Seat]]] = {"shift": [], "hold": []}
    for before, after, start, end in triples:
        if before not in (0, 3) or after not in (0, 3) or start < 150 or end - start < 12:
            continue
        then, now = before // 3, after // 3
        alone_before = filled[then, start - 50 : start].sum() == 50 and not filled[1 - then, start - 50 : start].any()
        alone_after = filled[now, end : end + 50].sum() == 50 and not filled[1 - now, end : end + 50].any()
        if alone_before and alone_after:
            found["hold" if before == after else "shift"].append((start / 50, end / 50, Seat(now)))
    short = []
    for seat in Seat:
        edges = np.flatnonzero(np.diff(filled[seat], prepend=0, append=0)).reshape(-1, 2).tolist()
        for index, (start, end) in enumerate(edges):
            left = start - (edges[index - 1][1] if index else 0)
            right = (edges[index + 1][0] if index + 1 < len(edges) else 1000) - end
            if start >= 150 and end - start <= 50 and left >= 50 and right >= 50:
                short.append((start / 50, end / 50, seat))
    events = vap_events(talk(a, b))
    assert list(events.shift) == found["shift"]
    assert list(events.hold) == found["hold"]
    assert list(events.backchannel) == sorted(short, key=lambda region: (region[0], region[2]))
