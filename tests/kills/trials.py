"""Kills a command once, looks at what it left, and has it go on."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.kills.commands import COMMANDS, DONE, Command
from tests.kills.stage import Ended, Stage
from tests.kills.traps import ANY, KINDS

SEED = 15
MOMENTS = {
    "run": 20, "collect": 60, "report": 25, "pack": 30, "pack --encrypt-to": 40, "pack --redact": 25,
    "archive add": 30, "archive renew": 15, "archive hand-over": 15, "archive rebuild": 15, "period": 20,
    "submit": 25, "review close": 30, "timestamp": 25, "corroborate": 20, "verify of .age": 25,
}  # fmt: skip
"""How many random moments of each command."""
BY_THE_CLOCK = 5
"""Every so-manieth of them is a time, where the others are events."""
SLACK = 12
"""Threads differ in how often they write: the last event may be a few earlier."""


@dataclass(frozen=True)
class Trial:
    """One command, killed once."""

    command: str
    when: str
    end: str
    """How it went on."""
    wrong: tuple[str, ...]


def every_kind(stage: Stage) -> Iterator[Trial]:
    """Kill `run` at the first, a middle and the last event of each kind."""
    command = COMMANDS["run"]
    counts = reference(stage, command).counts
    for kind in KINDS:
        yield play(stage, command, f"first {kind}", kind, 1)
        yield play(stage, command, f"middle {kind}", kind, (counts[kind] + 1) // 2)
        for number in range(counts[kind], counts[kind] - SLACK, -1):
            trial = play(stage, command, f"last {kind}", kind, number)
            if trial.end != "was not killed":
                break
        yield trial


def random_moments(stage: Stage, moments: dict[str, int], seed: int = SEED) -> Iterator[Trial]:
    """Kill commands at random moments."""
    draw = Random(seed)  # noqa: S311  repeatable, which is the point
    for name, count in moments.items():
        command = COMMANDS[name]
        events = reference(stage, command).events
        for number in range(1, count + 1):
            moment = draw.randint(1, events)
            if number % BY_THE_CLOCK:
                twice = draw.randint(1, events) if command.goes_on and number % 2 else 0
                yield play(stage, command, f"event {moment} of {events}", ANY, moment, twice=twice)
            else:
                yield _by_the_clock(stage, command, moment / events)


def _by_the_clock(stage: Stage, command: Command, part: float) -> Trial:
    """Kill a command after a part of the time that it takes, of less if it was done by then."""
    seconds = stage.lasted(command.name) * part
    while (trial := play(stage, command, f"after {seconds:.2f} s", seconds=seconds)).end == "was not killed":
        seconds /= 2
    return trial


def reference(stage: Stage, command: Command) -> Ended:
    """Return how the command ends when nobody kills it."""
    folder = stage.folder()
    command.prepare(stage, folder)
    words = command.words(stage, folder)
    with stage.timed(command.name):
        ended = stage.run(words, folder)
    assert ended.code in DONE and command.is_done(folder), ended.said
    assert not list(command.wrong(stage, folder))
    return ended


def play(
    stage: Stage,
    command: Command,
    when: str,
    kind: str = "",
    number: int = 0,
    *,
    seconds: float = 0,
    twice: int = 0,
) -> Trial:
    """Kill a command, look, have it go on, look again; `twice` kills it at that event when it goes on."""
    folder = stage.folder()
    command.prepare(stage, folder)
    words = command.words(stage, folder)
    unswept = not command.clear and bool(command.leaves)
    first = stage.run(words, folder, kind=kind, number=number, seconds=seconds, unswept=unswept)
    wrong = [f"{one}, after the kill" for one in command.wrong(stage, folder)]
    if first.code >= 0:
        return Trial(command.name, when, "was not killed", tuple(wrong))
    if twice and stage.run([*words, *command.goes_on], folder, kind=ANY, number=twice).code < 0:
        wrong += [f"{one}, after the second kill" for one in command.wrong(stage, folder)]
        when = f"{when}, and at {twice} when it went on"
    end, said = _goes_on(stage, command, words, folder)
    wrong += [f"{one}, after it went on" for one in command.wrong(stage, folder)]
    if command.name == "pack --encrypt-to" and command.is_done(folder):
        stage.finished = folder / "pack.zip.age"
    if end not in ("went on", "was complete", "began anew", *command.refuses):
        wrong.append(f"it does not go on: {said.strip()}")
    return Trial(command.name, when, end, tuple(wrong))


def _goes_on(stage: Stage, command: Command, words: list[str | Path], folder: Path) -> tuple[str, str]:
    was_done = command.is_done(folder)
    ended = stage.run([*words, *command.goes_on], folder)
    if ended.code in DONE and command.is_done(folder):
        return "went on" if command.goes_on else "began anew", ended.said
    if ended.code == 2 and was_done:
        return "was complete", ended.said
    if ended.code == 2 and "no interrupted collection" in ended.said:
        ended = stage.run(words, folder)
        return "began anew" if ended.code in DONE else "refused", ended.said
    return "refused", ended.said


def table(trials: list[Trial]) -> str:
    """Return how many ended in which way, by command."""
    ends = ("went on", "began anew", "was complete", "refused", "was not killed")
    lines = ["| command | " + " | ".join((*ends, "wrong")) + " |", "|---" * (len(ends) + 2) + "|"]
    names = dict.fromkeys(trial.command for trial in trials)
    for name in (*names, ""):
        own = [trial for trial in trials if name in (trial.command, "")]
        counted = Counter(trial.end for trial in own)
        figures = [*(counted[end] for end in ends), sum(bool(trial.wrong) for trial in own)]
        lines.append(f"| {name or 'all'} | " + " | ".join(map(str, figures)) + " |")
    return "\n".join(lines)
