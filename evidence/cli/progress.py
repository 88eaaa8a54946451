"""Shows how a run advances: a live line on a terminal, plain lines elsewhere, nothing with --quiet."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from evidence.cli.output import Output, rich_console

if TYPE_CHECKING:
    from evidence.collect.progress import Progress, ProgressState


@contextmanager
def shown(output: Output) -> Iterator["Progress"]:
    """Yield the progress that suits where stderr goes."""
    from evidence.collect.progress import SilentProgress

    if output.quiet:
        yield SilentProgress()
    elif not sys.stderr.isatty():
        yield _PlainProgress(output)
    else:
        with _live() as live:
            yield live


def sentence(state: "ProgressState") -> str:
    """Return the state in words."""
    text = (
        f"{state.units_done} of {state.units_total} units, {state.calls} calls, "
        f"{state.throttles} throttled, {state.gaps} gaps"
    )
    if state.seconds_left is None or state.units_done == state.units_total:
        return text
    return f"{text}, about {_duration(state.seconds_left)} left"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"


class _PlainProgress:
    """Lines for logs: at each tenth of the units."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._tenths = -1

    def update(self, state: "ProgressState") -> None:
        tenths = 10 * state.units_done // max(state.units_total, 1)
        if tenths > self._tenths:
            self._tenths = tenths
            self._output.say(f"collect: {sentence(state)}")


@contextmanager
def _live() -> Iterator["Progress"]:
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("collect"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[words]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=rich_console(stderr=True), transient=True) as bar:
        yield _LiveProgress(bar)


class _LiveProgress:
    """One line that redraws itself."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._task = bar.add_task("collect", total=None, words="")

    def update(self, state: "ProgressState") -> None:
        self._bar.update(
            self._task, completed=state.units_done, total=state.units_total, words=sentence(state)
        )
