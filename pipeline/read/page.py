"""Parse HTML and read what a browser shows of it, block by block."""

from __future__ import annotations

import html
import re
from collections.abc import Collection
from typing import Any

BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr",
    "html", "legend", "li", "main", "menu", "nav", "ol", "option", "p", "pre", "search", "section", "summary", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
UNSEEN = frozenset({
    "area", "audio", "base", "canvas", "datalist", "embed", "head", "iframe", "img", "input", "link", "map", "math", "meta",
    "noembed", "noframes", "noscript", "object", "param", "picture", "progress", "script", "select", "source", "style",
    "svg", "template", "textarea", "title", "track", "video",
})  # fmt: skip
"""Elements without text that is read."""
_WHOLE = frozenset({"html", "body", "main", "article"})
"""Elements that scripts show when they have run: the page itself is never hidden."""
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.IGNORECASE)
_REFERENCE = re.compile(r"&#(?:x[0-9a-f]+|[0-9]+);?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_AROUND_BREAK = re.compile(r"(?<![ \t])[ \t]*\n[ \t]*")
_MARKS = (("“", "”"), ("‘", "’"))
_QUOTED = ("“", "”", '"', "'", "‘", "’", "«", "»", "„")


def parse(markup: str) -> Any:
    """Parse a page or a fragment of one; what is hidden is gone, and what ``<q>`` quotes has its quotation marks.

    Args:
        markup: HTML of any quality; characters that no page may hold become blanks.

    Returns:
        The document element, or None where there is nothing to parse.
    """
    from lxml import etree
    from lxml import html as lxml_html

    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        tree = lxml_html.document_fromstring(_allowed(markup).encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    for element in list(tree.iter()):
        if element.getparent() is not None and _is_hidden(element):
            element.drop_tree()
    for element in tree.iter("q"):
        _quote(element)
    etree.strip_tags(tree, "q")
    return tree


def _allowed(markup: str) -> str:
    """Return markup with a blank for every control character, written out or by its number."""
    return _CONTROL.sub(" ", _REFERENCE.sub(lambda found: _referred(found[0]), markup))


def _referred(reference: str) -> str:
    """Return a blank for a reference to a control character, any other as it is."""
    return reference if _CONTROL.sub("", html.unescape(reference)) else " "


def _is_hidden(element: Any) -> bool:
    """Tell whether an element says that it is not shown."""
    if element.tag in _WHOLE:
        return False
    closed = element.tag == "dialog" and element.get("open") is None
    return closed or element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style") or ""))


def _quote(element: Any) -> None:
    """Put quotation marks, as a browser does, in the place of a ``<q>``; those that stand there are enough."""
    text = element.text_content().strip()
    opening, closing = _MARKS[sum(1 for _ in element.iterancestors("q")) % 2]
    if text and not text.startswith(_QUOTED):
        element.text = opening + (element.text or "")
        if len(element):
            element[-1].tail = (element[-1].tail or "") + closing
        else:
            element.text += closing


def read_blocks(root: Any, without: Collection[Any] = ()) -> list[str]:
    """Read the text under an element: a string a block, items with a dash, lines where ``<br>`` breaks them.

    Args:
        root: The element.
        without: Elements under it that are passed over.

    Returns:
        The text, none of it empty.
    """
    from lxml import etree

    passed = set(without)
    found: list[str] = []
    run: list[str] = []
    items = verbatim = unseen = 0

    def close() -> None:
        text = "".join(run)
        run.clear()
        text = text.strip("\n").rstrip() if verbatim else _AROUND_BREAK.sub("\n", re.sub(" {2,}", " ", text)).strip()
        if text.strip():
            found.append(f"- {text}" if items and not verbatim else text)

    def say(text: str | None) -> None:
        if text and not unseen:
            run.append(text if verbatim else _BLANKS.sub(" ", text))

    for event, element in etree.iterwalk(root, events=("start", "end")):
        starts = event == "start"
        if element.tag in BLOCKS:
            close()
        step = 1 if starts else -1
        items += step * (element.tag == "li")
        verbatim += step * (element.tag == "pre")
        unseen += step * (element.tag in UNSEEN or element in passed)
        if starts and element.tag == "br" and not unseen:
            run.append("\n")
        if starts:
            say(element.text)
        elif element is not root:
            say(element.tail)
    close()
    return found
