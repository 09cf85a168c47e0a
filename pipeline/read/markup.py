"""Extract readable text from HTML (trafilatura) and Markdown (markdown-it)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.errors import InputError
from pipeline.read.furniture import furniture, make_paragraphs
from pipeline.read.page import parse, read_blocks

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_AGREES = 0.8
"""Share of what trafilatura finds that an element holds whose text it is."""
_COVERS = 0.7
"""Share of an article below which trafilatura leaves out much of it."""
_WORD = re.compile(r"\w+")
_KEY = re.compile(r"""(?:[\w.-]+|"[^"]*"|'[^']*')[ \t]*:(?:\s|$)""")
_OF_A_KEY = re.compile(r"\s|#|-\s|[\]}]|$")
"""How a line begins that goes on with what a key of YAML holds, or says nothing."""
_NO_STRING = tuple("[{|>&*!%@`\"'")
_OPENS = re.compile(r"<(script|style)\b|^[ \t]*(?=<!--)", re.IGNORECASE | re.MULTILINE)
_CLOSES = {kind: re.compile(end, re.IGNORECASE) for kind, end in
           {"script": r"</script\s*>", "style": r"</style\s*>", "": "-->"}.items()}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Extracted:
    """Text taken out of markup, with the title and site name that the page states."""

    text: str
    title: str = ""
    publisher: str = ""


def from_html(markup: str) -> Extracted:
    """Extract the main text of a page, or all of a fragment.

    Raises:
        InputError: The page has no readable text.
    """
    from trafilatura.metadata import extract_metadata

    tree = parse(markup)
    try:
        text = "" if tree is None else _main_text(tree)
        meta = None if tree is None else extract_metadata(deepcopy(tree))
    except Exception as error:
        raise InputError(
            f"the page cannot be read: {str(error) or type(error).__name__}", hint="save it again, or give its text"
        ) from error
    if not text.strip():
        raise InputError("the page has no readable text", hint="save the article itself, not a page that loads it")
    site = tree.xpath("//meta[@property='og:site_name']/@content")
    return Extracted(text, title=(meta.title if meta else "") or "", publisher=str(site[0]).strip() if site else "")


def _main_text(tree: Any) -> str:
    """Return the main text of a page.

    A page without furniture is read as it stands, and so is its one article; trafilatura finds the text of any other. Where it
    leaves out much of the one article, or adds much, that is read without its furniture; so is a page of which it takes all.
    """
    body = tree.find("body")
    if body is None:
        return ""
    roots = [found[0] for found in (_outermost(tree, "main"), _outermost(tree, "article")) if len(found) == 1]
    beside = furniture(body)
    if not (roots or beside or _has_table(body)):
        return _read(body)
    extracted = _extracted(tree)
    around = "\n".join(_read(element) for element in beside)
    for root in roots:
        dropped = furniture(root)
        text = _read(root, dropped)
        plain = not (dropped or _has_table(root))
        if text and (plain or _fails(extracted, text)) and _share(extracted, f"{text}\n{around}") >= _AGREES:
            return text
    text = _read(body, beside)
    dumped = not roots and _share(text, extracted) >= _AGREES and _fails(extracted, text)
    return text if text and (dumped or not extracted) else extracted or _read(body)


def _fails(extracted: str, text: str) -> bool:
    """Tell whether trafilatura left out much of a text, added much to it, or put its blocks on one line."""
    glued = 2 * extracted.count("\n") < text.count("\n\n")
    return glued or _share(text, extracted) < _COVERS or _share(extracted, text) < _AGREES


def _outermost(tree: Any, tag: str) -> list[Any]:
    """Return the elements of a tag that stand in no other."""
    return [element for element in tree.iter(tag) if next(element.iterancestors(tag), None) is None]


def _has_table(root: Any) -> bool:
    """Tell whether there is a table, which trafilatura reads row by row."""
    return root.find(".//table") is not None


def _extracted(tree: Any) -> str:
    """Return the main text by trafilatura."""
    import trafilatura

    prepared = deepcopy(tree)
    make_paragraphs(prepared)
    text = trafilatura.extract(
        prepared, output_format="txt", include_comments=False, favor_recall=True, include_tables=True
    )
    return str(text or "")


def _read(root: Any, without: Collection[Any] = ()) -> str:
    """Return the text under an element but for what stands in some others."""
    return "\n\n".join(read_blocks(root, without))


def _share(text: str, other: str) -> float:
    """Return the share of the words of a text that another one has as often; 1 where there are none."""
    words, others = Counter(_WORD.findall(text)), Counter(_WORD.findall(other))
    return (words & others).total() / words.total() if words else 1.0


def from_markdown(source: str) -> Extracted:
    """Extract the text of a Markdown document: headings and paragraphs on lines of their own, items with a dash.

    Raises:
        InputError: The document has no text.
    """
    from markdown_it import MarkdownIt

    stated, body = _front_matter(source)
    parser = MarkdownIt("commonmark").enable("table")
    blocks: list[str] = []
    headings: list[tuple[str, str]] = []
    heading = ""
    depth = 0
    for token in parser.parse(_without_scripts(body)):
        depth += {"list_item_open": 1, "list_item_close": -1}.get(token.type, 0)
        if token.type in ("heading_open", "heading_close"):
            heading = token.tag if token.type == "heading_open" else ""
        elif token.type == "inline":
            text = _inline(parser, token)
            headings += [(heading, text)] if heading else []
            blocks.append(f"- {text}" if depth and text else text)
        elif token.type == "html_block":
            blocks += [f"- {text}" if depth else text for text in _shown(token.content)]
        elif token.type in ("fence", "code_block"):
            blocks.append(token.content.rstrip("\n"))
    text = "\n\n".join(block for block in blocks if block.strip())
    if not text:
        raise InputError("the document has no text", hint="give a file with text in it")
    level, first = headings[0] if headings else ("", "")
    return Extracted(text + "\n", title=first if level == "h1" else stated or first)


def _without_scripts(source: str) -> str:
    """Drop scripts, styles and comments, which may hold blank lines, where they are closed."""
    kept: list[str] = []
    open_ended: set[str] = set()
    at = 0
    for opened in _OPENS.finditer(source):
        kind = (opened[1] or "").lower()
        if opened.start() < at or kind in open_ended:
            continue
        if closed := _CLOSES[kind].search(source, opened.end()):
            kept.append(source[at : opened.start()])
            at = closed.end()
        else:
            open_ended.add(kind)
    return "".join(kept) + source[at:]


def _inline(parser: MarkdownIt, token: Token) -> str:
    """Return the visible text of a paragraph, a heading or a cell; HTML in it is read as a browser does."""
    from markdown_it.renderer import RendererHTML

    children = token.children or []
    if any(child.type == "html_inline" for child in children):
        return "\n".join(_shown(RendererHTML().renderInline(children, parser.options, {})))
    breaks = {"softbreak": " ", "hardbreak": "\n", "image": ""}
    return "".join(breaks.get(child.type, child.content) for child in children)


def _shown(markup: str) -> list[str]:
    """Return the blocks of text in a piece of HTML."""
    tree = parse(markup)
    return [] if tree is None else read_blocks(tree)


def _front_matter(source: str) -> tuple[str, str]:
    """Divide a document into the title that its YAML front matter states and the text below it.

    As in Pandoc, no blank line follows the ``---`` that opens front matter; such a line is a rule across the page.
    """
    lines = re.sub(r"\r\n?", "\n", source).split("\n")
    ends = (n for n, line in enumerate(lines) if n and line.rstrip() in ("---", "..."))
    end = next(ends, 0) if lines[0].rstrip() == "---" else 0
    said = [line for line in lines[1:end] if not line.startswith("#")]
    yaml = all(_KEY.match(line) or _OF_A_KEY.match(line) for line in said) and all(map(_KEY.match, said[:1]))
    if not end or not yaml or (end > 1 and not said):
        return "", source
    titles = (line.partition(":")[2] for line in said if line.lower().startswith("title:"))
    return _string(next(titles, "").strip()), "\n".join(lines[end + 1 :])


def _string(value: str) -> str:
    """Return a plain or quoted string of YAML, empty for anything else."""
    if quoted := re.fullmatch(r"""(["'])(.*)\1(?:\s+#.*)?""", value):
        return re.sub(r"\\([\"\\])", r"\1", quoted[2]) if quoted[1] == '"' else quoted[2].replace("''", "'")
    return "" if value.startswith(_NO_STRING) else re.split(r"(?:^|\s)#", value)[0].strip()
