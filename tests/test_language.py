"""What is not English is not read as if it were."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.analyze import Reader
from pipeline.frames import article_row
from pipeline.language import language_of
from pipeline.schema import Article
from pipeline.settings import Settings

CORPUS = Path(__file__).parent.parent / "corpus" / "annotated"
TEXTS = {
    "de": "Der Film ist lang, aber er ist nie langweilig. Die Musik hat mir gefallen, und das Ende ist so gut, dass man noch lange daran denkt. Nur die Dialoge sind nicht immer gelungen.",
    "fr": "Le film est long mais il n'est jamais ennuyeux. La musique m'a beaucoup plu, et la fin est si belle que l'on y pense encore pendant des jours. Seuls les dialogues ne sont pas toujours réussis.",
    "es": "La película es larga pero nunca aburre. Me gustó mucho la música, y el final es tan bueno que uno sigue pensando en él durante varios días. Solo los diálogos no están siempre a la altura.",
    "it": "Il film è lungo ma non annoia mai. La musica mi è piaciuta molto, e il finale è così bello che ci si pensa ancora per giorni. Solo i dialoghi non sono sempre all'altezza della storia.",
    "nl": "De film is lang maar hij verveelt nooit. De muziek vond ik erg mooi, en het einde is zo goed dat je er nog dagen aan denkt. Alleen de dialogen zijn niet altijd even geslaagd.",
    "ru": "Фильм длинный, но он никогда не бывает скучным. Музыка мне очень понравилась.",
    "ja": "この映画は長いが、決して退屈ではない。音楽がとても良かった。",
    "zh": "这部电影很长，但从不无聊。我很喜欢它的音乐。",
}  # fmt: skip


@pytest.mark.parametrize(("code", "text"), TEXTS.items())
def test_languages(code: str, text: str) -> None:
    assert language_of(text) == code


@pytest.mark.parametrize(
    "text", ["", "12 / 10", "★★★", "Amélie", "La La Land", "“Das Boot,” wrote Variety, is “a feat”.", "???"]
)
def test_what_is_too_short_to_tell_is_english(text: str) -> None:
    assert language_of(text) == "en"


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*/*.json")), ids=lambda path: path.stem)
def test_every_annotated_article_is_english(path: Path) -> None:
    assert language_of(json.loads(path.read_text(encoding="utf-8"))["text"]) == "en"


def test_an_article_in_another_language_is_passed_over_and_told() -> None:
    analysis = Reader(Settings()).read(Article("a", TEXTS["de"]))
    row = article_row(analysis)
    assert (row["status"], row["language"], row["n_sentences"]) == ("skipped_language", "de", 0)
    assert not analysis.opinions


def test_any_language_reads_it_all_the_same() -> None:
    row = article_row(Reader(Settings(any_language=True)).read(Article("a", TEXTS["de"])))
    assert row["status"] == "ok"
    assert row["n_sentences"] == 3
    assert "language" not in row
