"""Extract readable text from HTML (trafilatura) and Markdown (markdown-it)."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import InputError


@dataclass(frozen=True, slots=True)
class Extracted:
    """Text taken out of markup, with the title and site name that the page states."""

    text: str
    title: str = ""
    publisher: str = ""


def from_html(markup: str) -> Extracted:
    """Extract the main text of a page.

    Raises:
        InputError: The page has no readable text.
    """
    import trafilatura
    from trafilatura.metadata import extract_metadata

    text = trafilatura.extract(
        markup, output_format="txt", include_comments=False, favor_recall=True, include_tables=True
    )
    if not text or not text.strip():
        text = trafilatura.html2txt(markup)
    if not text or not text.strip():
        raise InputError("the page has no readable text", hint="save the article itself, not a page that loads it")
    meta = extract_metadata(markup)
    title = (meta.title if meta else "") or ""
    return Extracted(text, title=title, publisher=_stated_site(markup))


def _stated_site(markup: str) -> str:
    """Return the site name that a page states in its Open Graph data, empty when it states none."""
    from lxml import etree, html

    try:
        tree = html.fromstring(markup.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return ""
    found = tree.xpath("//meta[@property='og:site_name']/@content")
    return str(found[0]).strip() if found else ""


def from_markdown(source: str) -> Extracted:
    """Extract the text of a Markdown document: headings and paragraphs on lines of their own, items with a dash.

    Raises:
        InputError: The document has no text.
    """
    from markdown_it import MarkdownIt

    blocks: list[str] = []
    title = ""
    heading = False
    depth = 0
    for token in MarkdownIt("commonmark").enable("table").parse(_body(source)):
        depth += {"list_item_open": 1, "list_item_close": -1}.get(token.type, 0)
        heading = token.type == "heading_open" or (heading and token.type == "inline")
        if token.type == "inline":
            text = "".join(_inline(child.type, child.content) for child in token.children or [])
            title = title or (text if heading else "")
            blocks.append(f"- {text}" if depth and text else text)
        elif token.type in ("fence", "code_block"):
            blocks.append(token.content.rstrip("\n"))
    text = "\n\n".join(block for block in blocks if block.strip())
    if not text:
        raise InputError("the document has no text", hint="give a file with text in it")
    return Extracted(text + "\n", title=title)


def _inline(kind: str, content: str) -> str:
    """Return the visible text of an inline token."""
    if kind == "softbreak":
        return " "
    if kind == "hardbreak":
        return "\n"
    return "" if kind in ("html_inline", "image") else content


def _body(source: str) -> str:
    """Drop YAML front matter."""
    if not source.startswith("---\n"):
        return source
    end = source.find("\n---", 4)
    return source[end + 4 :] if end > 0 else source
