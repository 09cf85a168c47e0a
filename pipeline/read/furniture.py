"""Tell the furniture of a page (navigation, comments, banners, links to more) from its text."""

from __future__ import annotations

import re
from typing import Any

from pipeline import resources
from pipeline.read.page import BLOCKS, UNSEEN

_NAME = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_LINKED = frozenset({"div", "li", "ol", "p", "section", "ul"})
_LINKED_SHARE = 0.7
_MOST = 0.8
"""Share of the text beyond which something holds the text, whatever it is called."""
_MEDIA = ("img", "picture", "video", "iframe", "svg")
_RUN = "run"
"""Tag of text that stands between blocks, until it is known for a sentence."""
_SENTENCE = re.compile(r"(?:\S+\s+){2,}\S*[.!?…][\"'”’)\]]*")


def furniture(root: Any) -> list[Any]:
    """Return the elements under a root that are furniture, by tag, role, name, and by their links."""
    lengths = _lengths(root)
    return [
        element for element in root.iterdescendants()
        if isinstance(element.tag, str) and _is_furniture(element, lengths, whole=lengths[root][0])
    ]  # fmt: skip


def _is_furniture(element: Any, lengths: dict[Any, tuple[int, int]], whole: int) -> bool:
    """Tell whether an element is furniture; what holds a heading of the page or most of its text is not."""
    length, linked = lengths[element]
    signs = resources.rules("furniture")
    if element.tag in signs["tags"] or element.get("role") in signs["roles"]:
        return True
    if not length or length > _MOST * whole:
        return False
    if element.tag == "figure":
        return element.find(".//blockquote") is None and any(element.find(f".//{tag}") is not None for tag in _MEDIA)
    names = _NAME.findall(f"{element.get('class') or ''} {element.get('id') or ''}")
    like = element.tag == "form" or any(name.lower() in signs["names"] for name in names)
    like = like or (element.tag in _LINKED and linked > _LINKED_SHARE * length)
    return like and element.find(".//h1") is None


def _lengths(root: Any) -> dict[Any, tuple[int, int]]:
    """Return for every element how many characters of text it has, and how many of them are links."""
    from lxml import etree

    lengths: dict[Any, tuple[int, int]] = {}
    for _, element in etree.iterwalk(root, events=("end",)):
        length, linked = len((element.text or "").strip()), 0
        for child in element:
            inside, links = lengths[child]
            length += inside + len((child.tail or "").strip())
            linked += links
        seen = 0 if element.tag in UNSEEN else length
        lengths[element] = (seen, seen if element.tag == "a" else min(linked, seen))
    return lengths


def make_paragraphs(tree: Any) -> None:
    """Make a paragraph of every sentence that stands among paragraphs without being one, and of quotations in figures."""
    for figure in [figure for figure in tree.iter("figure") if figure.find(".//blockquote") is not None]:
        figure.tag = "div"
        for caption in figure.iter("figcaption"):
            caption.tag = "p"
    for container in list({p.getparent(): None for p in tree.iter("p")}):
        if container is None or len(container.findall("p")) < 2:
            continue
        for child in list(container):
            if child.tag == "div" and not any(inside.tag in BLOCKS or inside.tag == "button" for inside in child):
                _wrap(child)
        _wrap(container)


def _wrap(container: Any) -> None:
    """Wrap each run of text between the blocks of a container that reads as a sentence."""
    from lxml import etree

    children = list(container)
    run = container.makeelement(_RUN)
    run.text, container.text = container.text, None
    container.insert(0, run)
    runs = [run]
    for child in children:
        if child.tag in BLOCKS or child.tag == "br":
            run = container.makeelement(_RUN)
            run.text, child.tail = child.tail, None
            child.addnext(run)
            runs.append(run)
        else:
            run.append(child)
    for run in runs:
        if _SENTENCE.fullmatch(run.text_content().strip()):
            run.tag = "p"
    etree.strip_tags(container, _RUN)
