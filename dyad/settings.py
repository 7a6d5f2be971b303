"""Settings from YAML files and ``key=value`` words, checked against a structured config; what is wrong is named, with a suggestion."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from dyad.errors import InputError
from dyad.registry import suggestion


def gather(
    file: str | Path | None = None, *, overrides: Sequence[str] = (), values: Mapping[str, Any] | None = None, defaults: Sequence[str] = ()
) -> DictConfig:
    """What was asked for, from all sources; later ones win.

    Args:
        file: YAML file.
        overrides: ``key=value``, dots for nesting, e.g. ``a.options.nods.per_minute=6``.
        values: settings from command-line options, by key; None values are left out. They win over file and overrides.
        defaults: overrides of a command's own, which the file and the user's overrides win over.

    Raises:
        InputError: an unreadable file, or words and keys that contradict each other.
    """
    given = {key: value for key, value in (values or {}).items() if value is not None}
    try:
        wanted = OmegaConf.merge(
            _dotted(defaults), _read(file) if file is not None else {}, _dotted(overrides), OmegaConf.create(_nested(given))
        )
    except (OmegaConfBaseException, TypeError) as error:  # a list where another source has keys is a TypeError
        raise _inconsistent(error) from None
    assert isinstance(wanted, DictConfig)
    return wanted


def chosen(wanted: DictConfig, key: str) -> Any:
    """What was asked for under a key, dots for nesting; None where nobody said anything.

    Raises:
        InputError: keys that contradict each other, or refer to nothing.
    """
    try:
        return OmegaConf.select(wanted, key)
    except OmegaConfBaseException as error:
        raise _inconsistent(error) from None


def fit(schema: DictConfig, wanted: DictConfig, *, free: Collection[str] = (), cure: str = "See dyad list.") -> Any:
    """The settings as the objects their schema describes.

    Args:
        schema: structured config with all defaults.
        wanted: as ``gather`` gives it.
        free: names of dictionaries whose keys are checked where they are used.
        cure: what to do about a value of the wrong type.

    Raises:
        InputError: an unknown key (with a suggestion), or a value of the wrong type.
    """
    unknown = next(_unknown_keys(schema, wanted, free=free), None)
    if unknown is not None:
        key, siblings = unknown
        raise InputError(f"setting {key}", expected="a known key", got="an unknown one", cure=suggestion(key.rpartition(".")[2], siblings))
    try:
        return OmegaConf.to_object(OmegaConf.merge(schema, wanted))
    except (OmegaConfBaseException, TypeError) as error:
        named = getattr(error, "full_key", None)
        key, got = (named, _first_line(error)) if named else _misfit(schema, wanted)
        raise InputError(f"setting {key}", expected="a value of its type", got=got, cure=cure) from None


def _inconsistent(error: Exception) -> InputError:
    return InputError("settings", expected="consistent keys", got=_first_line(error), cure="See dyad list for all settings.")


def _unknown_keys(schema: DictConfig, wanted: Any, *, free: Collection[str], prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """Keys that the schema does not have, with the keys it has there."""
    if not isinstance(wanted, DictConfig):
        return
    for name in wanted:
        key = f"{prefix}{name!s}"
        if name not in schema:
            yield key, [str(known) for known in schema]
        elif isinstance(schema[name], DictConfig) and name not in free:
            yield from _unknown_keys(schema[name], wanted[name], free=free, prefix=f"{key}.")


def _misfit(schema: DictConfig, wanted: Any, prefix: str = "") -> tuple[str, str]:
    """The key whose value its place cannot take, and that value; OmegaConf does not say where a merge failed."""
    for name, value in dict(OmegaConf.to_container(wanted, resolve=False)).items():  # type: ignore[arg-type]
        try:
            OmegaConf.merge(schema, {name: value})
        except (OmegaConfBaseException, TypeError):
            if isinstance(schema[name], DictConfig) and isinstance(value, dict):
                return _misfit(schema[name], wanted[name], f"{prefix}{name!s}.")
            return f"{prefix}{name!s}", repr(value)
    return prefix.rstrip(".") or "value", "one that does not fit"


def _read(file: str | Path) -> DictConfig:
    try:
        content = OmegaConf.load(Path(file))
    except FileNotFoundError:
        raise InputError(str(file), expected="a settings file (YAML)", got="no such file", cure="Check the path.") from None
    except Exception as error:  # the YAML reader raises its own family of errors
        raise InputError(str(file), expected="a settings file (YAML)", got=_first_line(error), cure="Correct the file.") from None
    if not isinstance(content, DictConfig):
        raise InputError(str(file), expected="keys and values", got="a list", cure="Correct the file.")
    return content


def _dotted(overrides: Sequence[str]) -> DictConfig:
    for override in overrides:
        if not re.match(r"[A-Za-z_][\w.]*=", override):
            raise InputError("override", expected="key=value", got=repr(override), cure="For example seed=3 or a.agent=still.")
    try:
        return OmegaConf.from_dotlist(list(overrides))
    except Exception as error:  # a broken value is a YAML error
        raise InputError("overrides", expected="key=value with YAML values", got=_first_line(error), cure="Quote the value.") from None


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """``{"viewer.live": True}`` as nested dictionaries."""
    nested: dict[str, Any] = {}
    for key, value in values.items():
        place = nested
        *parents, leaf = key.split(".")
        for parent in parents:
            place = place.setdefault(parent, {})
        place[leaf] = value
    return nested


def _first_line(error: Exception) -> str:
    problem, mark = getattr(error, "problem", None), getattr(error, "problem_mark", None)
    if problem and mark is not None:  # a YAML error, whose first line only says what was being read
        return f"{problem} in line {mark.line + 1}"
    return (str(error).splitlines() or [type(error).__name__])[0]
