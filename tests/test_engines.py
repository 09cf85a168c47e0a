"""Running over many articles: order, failures that stay alone, the same from one process and from two."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import psutil
import pytest
from distributed.client import FutureCancelledError
from distributed.comm.core import CommClosedError
from samples import analysis, read_or_die

from pipeline import __version__
from pipeline.engines import cluster, local
from pipeline.engines.local import died
from pipeline.errors import DataError, InputError, ModelError, PullquoteError, SettingsError
from pipeline.schema import Analysis, Article, Failure
from pipeline.settings import Settings

SETTINGS = Settings()
EARLIER = Failure("x.txt", "read", "the file is empty", "give a file with text in it")


class Reader:
    """Reads by hand: an article whose text names an exception raises it."""

    def __init__(self, raised: dict[str, BaseException]) -> None:
        self._raised = raised

    def read(self, article: Article) -> Analysis:
        if article.text in self._raised:
            raise self._raised[article.text]
        return analysis(article)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def use(**raised: BaseException) -> None:
        monkeypatch.setattr(local, "_analyzer", lambda _: Reader(raised))

    return use


def test_results_come_in_order_and_failures_pass_through(reads: Callable[..., None]) -> None:
    reads()
    items = [Article("b", "x"), EARLIER, Article("a", "x")]
    found = list(local.run(items, SETTINGS))
    assert [item.article.id if isinstance(item, Analysis) else item for item in found] == ["b", EARLIER, "a"]


@pytest.mark.parametrize(
    ("raised", "error", "hint"),
    [
        (InputError("too long", hint="split it"), "too long", "split it"),
        (ValueError("a bug"), "ValueError: a bug", "report this article"),
        (RecursionError("deep"), "RecursionError: deep", "report this article"),
        (KeyError("k"), "KeyError: 'k'", "report this article"),
    ],
)
def test_what_goes_wrong_with_an_article_stays_with_it(
    reads: Callable[..., None], raised: BaseException, error: str, hint: str
) -> None:
    reads(bad=raised)
    items = [Article("a", "x"), Article("b", "bad", path="b.txt"), Article("c", "bad"), Article("d", "x")]
    first, second, third, last = local.run(items, SETTINGS)
    assert isinstance(first, Analysis)
    assert isinstance(last, Analysis)
    assert second == Failure("b.txt", "analyze", error, hint)
    assert third == Failure("c", "analyze", error, hint)


@pytest.mark.parametrize(
    "raised", [SettingsError("s"), DataError("d"), ModelError("m"), MemoryError(), KeyboardInterrupt()], ids=lambda e: type(e).__name__
)  # fmt: skip
def test_what_no_article_could_survive_ends_the_run(reads: Callable[..., None], raised: BaseException) -> None:
    reads(bad=raised)
    with pytest.raises(type(raised)):
        list(local.run([Article("a", "bad")], SETTINGS))


def test_articles_are_read_one_by_one(reads: Callable[..., None]) -> None:
    reads()
    taken = []

    def items() -> object:
        for n in range(3):
            taken.append(n)
            yield Article(str(n), "x")

    results = local.run(items(), SETTINGS)  # type: ignore[arg-type]
    next(results)
    assert taken == [0]


ARTICLES = [
    Article(str(n), text)
    for n, text in enumerate(
        [
            "Variety praised the score. IndieWire found the plot thin.",
            "",
            "“It is a triumph,” writes Ann Lee in The Guardian. Fans hated the ending.",
            "The film runs 90 minutes.",
        ]
        * 5
    )
]


def test_the_number_of_workers_does_not_matter() -> None:
    items: list[Article | Failure] = [*ARTICLES[:7], EARLIER, *ARTICLES[7:]]
    alone = list(local.run(items, SETTINGS))
    assert [item for item in alone if isinstance(item, Failure)] == [EARLIER]
    assert any(item.opinions for item in alone if isinstance(item, Analysis))
    assert list(local.run(items, SETTINGS, workers=2)) == alone


def test_errors_cross_processes_whole(tmp_path: Path) -> None:
    bad = [Article("a", b"no text"), Article("b", "It is good.")]  # type: ignore[arg-type]
    first, second = local.run(bad, SETTINGS, workers=2)
    assert isinstance(first, Failure)
    assert first.hint
    assert isinstance(second, Analysis)
    (tmp_path / "sculpture").mkdir()
    (tmp_path / "sculpture" / "meta.json").write_text("{}", encoding="utf-8")
    (tmp_path / "sculpture.toml").write_text("labels = 1\n", encoding="utf-8")
    with pytest.raises(DataError, match="sculpture") as caught:
        list(local.run(ARTICLES, Settings(taxonomy=str(tmp_path / "sculpture.toml")), workers=2))
    assert caught.value.hint


def _texts(many: int, **others: str) -> list[Article | Failure]:
    """Make articles that are read at once, some of them with a text of their own."""
    return [EARLIER, *(Article(name := f"a{n}", others.get(name, "x")) for n in range(many))]


@pytest.mark.parametrize("engine", [local, cluster])
def test_an_article_that_kills_its_process_is_named_and_the_rest_is_read(engine: ModuleType) -> None:
    found = list(engine.run(_texts(20, a7="die"), SETTINGS, workers=2, read=read_or_die))
    assert [item.article.id if isinstance(item, Analysis) else item.input for item in found] == [
        "x.txt",
        *(f"a{n}" for n in range(20)),
    ]
    assert found[8] == died(Article("a7", "die"))
    assert sum(isinstance(item, Failure) for item in found) == 2


@pytest.mark.parametrize("engine", [local, cluster])
def test_a_process_killed_once_loses_nothing(engine: ModuleType, tmp_path: Path) -> None:
    once = f"die once {tmp_path / 'killed'}"
    found = list(engine.run(_texts(20, a3=once), SETTINGS, workers=2, read=read_or_die))
    assert [item.article.id for item in found if isinstance(item, Analysis)] == [f"a{n}" for n in range(20)]


class Dying(local._Processes):
    """Processes that are dead from the start, as often as `deaths` says."""

    deaths: ClassVar[list[int]] = []

    def submit(self, *given: Any, **named: Any) -> Any:
        """Count a death down."""
        if self.deaths:
            self.deaths.pop()
            raise BrokenProcessPool
        return super().submit(*given, **named)


@pytest.mark.parametrize(("deaths", "read"), [(local._STARTS - 1, True), (local._STARTS, False)])
def test_a_process_that_dies_before_it_has_the_article_is_not_the_articles_fault(
    monkeypatch: pytest.MonkeyPatch, deaths: int, read: bool
) -> None:
    article = Article("a", "x")
    with local._Workers(2, SETTINGS, read_or_die) as workers:
        monkeypatch.setattr(local, "_Processes", Dying)
        monkeypatch.setattr(Dying, "deaths", [0] * deaths)
        if read:
            assert workers._alone(article) == analysis(article)
            return
        with pytest.raises(SettingsError, match="before they have an article"):
            workers._alone(article)


def test_what_dies_with_the_article_counts() -> None:
    with local._Workers(2, SETTINGS, read_or_die) as workers:
        assert workers._alone(Article("a", "die")) == died(Article("a", "die"))


def _dawdle(article: Article, settings: Settings) -> Analysis:
    """Read by hand; where the text is a file, make it after a while."""
    if article.text != "x":
        time.sleep(20)
        Path(article.text).touch()
    return analysis(article)


def test_articles_in_hand_are_not_waited_for_when_the_run_ends_early(tmp_path: Path) -> None:
    before = set(multiprocessing.active_children())
    late = Article("b", str(tmp_path / "late"))
    outcomes = local.run([Article("a", "x"), *[late] * 20], SETTINGS, workers=2, read=_dawdle)
    next(outcomes)
    processes = [psutil.Process(p.pid) for p in multiprocessing.active_children() if p not in before]
    assert processes
    outcomes.close()  # type: ignore[attr-defined]
    _, alive = psutil.wait_procs(processes, timeout=30)
    assert not alive
    assert not (tmp_path / "late").exists()


def test_no_scheduler() -> None:
    with pytest.raises(SettingsError, match="no scheduler answers"):
        list(cluster.run([], SETTINGS, scheduler="nowhere"))


def test_workers_end_when_their_parent_is_killed() -> None:
    code = "from pipeline.engines import local; p = local._Processes(1); print(p.submit(__import__('os').getpid).result(), flush=True); input()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], text=True, **pipes) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    _, alive = psutil.wait_procs([child], timeout=10)
    assert not alive


class Asked:
    """A client of a cluster whose workers answer so."""

    def __init__(self, answers: dict[str, object], status: str = "running") -> None:
        self._answers, self.status = answers, status

    def wait_for_workers(self, many: int, **_: object) -> None:
        """Return when there are so many."""
        if len(self._answers) < many:
            raise TimeoutError

    def run(self, *_: object, **__: object) -> dict[str, object]:
        """Ask each worker."""
        return self._answers


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"tcp://a": __version__, "tcp://b": __version__}, ""),
        ({"tcp://a": __version__, "tcp://b": "0.0.1"}, "tcp://b has pullquote 0.0.1"),
        ({"tcp://a": ModuleNotFoundError("no pipeline")}, "tcp://a has no pullquote: no pipeline"),
        ({"tcp://a": AttributeError("another pipeline")}, "tcp://a has no pullquote"),
        ({}, "no workers"),
    ],
)
def test_workers_are_asked_whether_they_have_this_pullquote(answers: dict[str, object], said: str) -> None:
    if not said:
        cluster._greet(Asked(answers))  # type: ignore[arg-type]
        return
    with pytest.raises(SettingsError, match=said):
        cluster._greet(Asked(answers))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "raised", "expected"),
    [
        ("connecting", FutureCancelledError("a", "scheduler-connection-lost"), "scheduler was lost"),
        ("closed", OSError("no route"), "scheduler was lost"),
        ("closed", CommClosedError("closed"), "scheduler was lost"),
        ("running", CommClosedError("not noticed yet"), "scheduler was lost"),
        ("closed", RuntimeError("Tried sending message after closing"), "scheduler was lost"),
        ("connecting", DataError("a gazetteer"), "a gazetteer"),
        ("running", SettingsError("the cluster has no workers"), "no workers"),
    ],
)
def test_a_lost_scheduler_is_named(status: str, raised: Exception, expected: str) -> None:
    with pytest.raises(PullquoteError, match=expected), cluster._in_touch(Asked({}, status)):  # type: ignore[arg-type]
        raise raised


def test_what_has_nothing_to_do_with_the_scheduler_stays_what_it_is() -> None:
    with pytest.raises(OSError, match="disk"), cluster._in_touch(Asked({})):  # type: ignore[arg-type]
        raise OSError("disk")


def test_a_scheduler_that_dies_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Variety praised the score.")
    code = "import sys; from distributed.cli.dask_scheduler import main; main(['--port', '0', '--no-dashboard', '--scheduler-file', sys.argv[1]])"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "where")], stderr=subprocess.DEVNULL
    ) as scheduler:
        while not (tmp_path / "where").exists():
            assert scheduler.poll() is None
            time.sleep(0.1)
        address = json.loads((tmp_path / "where").read_text())["address"]
        options = ["--engine", "dask", "--scheduler", address, "-o", str(tmp_path / "out"), "--parts"]
        code = f"import os; from pipeline.cli import main; from pipeline.engines import cluster; cluster._greet = lambda _: os.kill({scheduler.pid}, 9); main()"
        command = [sys.executable, "-c", code, "analyze", str(tmp_path / "a.txt")]
        with subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True) as run:
            assert run.stderr
            said = run.stderr.read()
    assert (run.returncode, said.count("\n"), "scheduler was lost" in said, "--resume" in said) == (2, 1, True, True), (
        said
    )


class Waiting:
    """A future of a cluster: each look gives what stands next, None while it is not done."""

    def __init__(self, looks: list[object]) -> None:
        self._looks = looks

    def result(self, timeout: float) -> object:  # noqa: ARG002 - the signature of dask
        found = self._looks.pop(0) if self._looks else None
        if found is None or isinstance(found, TimeoutError):
            raise TimeoutError
        return found

    def done(self) -> bool:
        return not self._looks


class Cluster:
    """A client of a cluster that tells how many threads it has, look by look."""

    def __init__(self, threads: list[int]) -> None:
        self._threads = threads

    def nthreads(self) -> dict[str, int]:
        return {"tcp://a": n} if (n := self._threads.pop(0)) else {}


@pytest.mark.parametrize(
    ("looks", "threads", "expected"),
    [
        (["a"], [], "a"),
        ([None, None, "a"], [1, 1], "a"),
        ([None, None, None, "a"], [0, 1, 0], "a"),  # a process that starts again in time
        ([None] * 9, [0, 0, 0, 0], SettingsError),
        ([TimeoutError()], [], TimeoutError),  # an article's own error
    ],
)
def test_one_waits_for_a_cluster_only_while_it_has_workers(
    monkeypatch: pytest.MonkeyPatch, looks: list[object], threads: list[int], expected: object
) -> None:
    monkeypatch.setattr(cluster, "_DESERTED", 2 * cluster._LOOK)
    future, client = Waiting(looks), Cluster(threads)
    if isinstance(expected, str):
        assert cluster._outcome(client, future) == expected  # type: ignore[arg-type]
    else:
        with pytest.raises(expected):  # type: ignore[call-overload]
            cluster._outcome(client, future)  # type: ignore[arg-type]
