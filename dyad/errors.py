"""Errors that a user can act on: each names the object, what was expected, what came, and the cure."""


class DyadError(Exception):
    """Root of all errors dyad raises on purpose; the command line prints its text and exits with 2."""


class InputError(DyadError):
    """Something handed to dyad (a file, a value, a setting) cannot be used.

    Args:
        what: the object at fault, e.g. a path or a setting's name.
        expected: what would have been right.
        got: what came.
        cure: what to do about it.
    """

    def __init__(self, what: str, *, expected: str, got: str, cure: str) -> None:
        super().__init__(f"{what}: expected {expected}; got {got.rstrip('.')}. {cure}")
        self.what = what
        self.expected = expected
        self.got = got
        self.cure = cure

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild from the four parts, since keyword-only arguments do not survive the default pickling between processes."""
        return (_rebuild, (type(self), self.what, self.expected, self.got, self.cure))


class AgentError(InputError):
    """An agent raised, took too long, or returned something that is not the motion asked for."""


def _rebuild(kind: type[InputError], what: str, expected: str, got: str, cure: str) -> InputError:
    return kind(what, expected=expected, got=got, cure=cure)
