"""The two places at the table."""

from enum import IntEnum


class Seat(IntEnum):
    """A place in the conversation, never "the speaker": both people speak and listen.

    The value is the row of the participant's channel in ``Conversation.audio``.
    """

    A = 0
    B = 1

    @property
    def partner(self) -> "Seat":
        """The other seat."""
        return Seat(1 - self)
