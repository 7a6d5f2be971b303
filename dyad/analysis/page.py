"""Pages that stand alone: one file, no scripts, nothing fetched; all that comes from outside is escaped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

_STYLE = """
:root { color-scheme: light dark; --line: #8885; --soft: #8881; --quiet: color-mix(in srgb, currentColor 68%, transparent); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.6rem; margin: 0 0 .2rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem; }
p, ul { margin: .4rem 0; } .quiet, figcaption, caption { color: var(--quiet); font-size: .9rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .3rem; }
th, td { padding: .22rem .6rem; text-align: right; border-bottom: 1px solid var(--line); vertical-align: top; }
th:first-child, td:first-child, td.words, th.words { text-align: left; } thead th { font-weight: 600; background: var(--soft); }
td[title], th[title] { cursor: help; } .wide { overflow-x: auto; }
figure { margin: 1rem 0; } figure svg { width: 100%; height: auto; } figure.small { max-width: 34rem; }
dt { font-weight: 600; margin-top: .6rem; } dd { margin: 0 0 0 1.2rem; } summary { cursor: pointer; margin: .8rem 0 .3rem; }
"""


@dataclass(frozen=True)
class Cell:
    """One field of a table.

    Args:
        text: what stands there.
        tip: shown when the pointer rests on it.
        words: text to read, set to the left.
    """

    text: str
    tip: str = ""
    words: bool = False


def page(title: str, parts: Iterable[str]) -> str:
    """A whole page.

    Args:
        title: plain text.
        parts: HTML, of the functions here.
    """
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def paragraph(text: str, *, quiet: bool = False) -> str:
    """Plain text."""
    return f'<p class="quiet">{escape(text)}</p>' if quiet else f"<p>{escape(text)}</p>"


def heading(text: str) -> str:
    """Of a section."""
    return f"<h2>{escape(text)}</h2>"


def bullets(items: Sequence[str]) -> str:
    """A list; nothing for none."""
    return f"<ul class='quiet'>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>" if items else ""


def figure(svg: str, *, caption: str, small: bool = False) -> str:
    """A drawing of ``dyad.analysis.drawing``, with what it shows."""
    return f"<figure{' class=small' if small else ''}>{svg}<figcaption>{escape(caption)}</figcaption></figure>"


def table(header: Sequence[Cell], rows: Iterable[Sequence[Cell]], *, caption: str = "") -> str:
    """A table; the first column is set to the left, the others to the right."""
    head = "".join(_field(cell, "th") for cell in header)
    lines = "\n".join(f"<tr>{''.join(_field(cell, 'td') for cell in row)}</tr>" for row in rows)
    said = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f'<div class="wide"><table>{said}<thead><tr>{head}</tr></thead><tbody>\n{lines}\n</tbody></table></div>'


def folded(title: str, content: str) -> str:
    """Content that opens on a click."""
    return f"<details><summary>{escape(title)}</summary>{content}</details>"


def glossary(entries: Iterable[tuple[str, str, str]]) -> str:
    """Terms with their explanation and its source."""
    lines = (
        f'<dt id="{escape(term)}">{escape(term)}</dt><dd>{escape(text)}<br><span class="quiet">{escape(source)}</span></dd>'
        for term, text, source in entries
    )
    return f"<dl>{''.join(lines)}</dl>"


def _field(cell: Cell, tag: str) -> str:
    tip = f' title="{escape(cell.tip)}"' if cell.tip else ""
    words = ' class="words"' if cell.words else ""
    return f"<{tag}{tip}{words}>{escape(cell.text)}</{tag}>"
