"""`evidence init`: a settings file for a beginning, from a few questions."""

import inspect
import sys
from os.path import lexists
from pathlib import Path
from typing import Annotated, Any

import typer

from evidence.cli.options import Json
from evidence.cli.output import Output
from evidence.errors import UsageError
from evidence.settings.questions import NONE, QUESTIONS, SettingsQuestion, add_answer, unanswered, written


def init(
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write; must not be there.")
    ] = Path("evidence.toml"),
    json: Json = False,
    **answers: str | None,
) -> None:
    """Ask a few questions and write a settings file, in which every other setting stands explained as well.

    Each question has an option that answers it; without a terminal each has to be given. Nothing is asked of
    AWS, and no file is overwritten.
    """
    from evidence.storage import publish

    given = {name.replace("_", "-"): answer for name, answer in answers.items()}
    if lexists(output):
        raise UsageError(
            f"{output} exists already.",
            "Change it (`evidence settings` shows what it says), or name another with --output.",
        )
    out = Output(json=json)
    values: dict[str, Any] = {}
    if not sys.stdin.isatty():
        _require_answers(given)
    for question in QUESTIONS:
        answer = given[question.name]
        if answer is not None:
            values = add_answer(values, question, answer)
        elif question.asked_after(values):
            values = _ask(question, values, out)
    publish(output, written(values).encode())
    out.result({"written": str(output), "values": values}, str(output))
    for line in _next_steps(values, output):
        out.say(line)


def _require_answers(given: dict[str, str | None]) -> None:
    """Raise UsageError for questions that are open while there is nobody to ask."""
    if missing := list(unanswered(given)):
        options = ", ".join(question.option for question in missing)
        example = f"{missing[0].option} takes {missing[0].form}"
        raise UsageError(
            f"There is no terminal to ask at, and no answer to: {options}.", f"Give each: {example}."
        )


def _ask(question: SettingsQuestion, values: dict[str, Any], out: Output) -> dict[str, Any]:
    """Ask until there is an answer that the settings take."""
    while True:
        out.say(f"{question.text} ({question.form}):")
        try:
            answer = input()
        except EOFError as error:
            raise UsageError(
                f"No answer was given: {question.text}.", f"{question.option} answers it: {question.form}."
            ) from error
        try:
            return add_answer(values, question, answer or (NONE if question.optional else ""))
        except UsageError as wrong:
            out.say(f"  {wrong.message}")


def _next_steps(values: dict[str, Any], output: Path) -> list[str]:
    signs = any(key.startswith("signing.") for key in values)
    places = ["management", "members"] if "aws.role" in values else ["account"]
    policies = [f"policy --for {place}" for place in places]
    key = [
        'keygen --name "WHO SIGNS" --output identity',
        f"# and name signer.key and signer.pem under [signing] of {output}",
    ]
    steps = [*([] if signs else key), *policies, "doctor", "run"]
    return ["Next:", *(f"  {step}" if step.startswith("#") else f"  evidence {step}" for step in steps)]


def _options() -> list[inspect.Parameter]:
    """Return the options, one for each question; Typer reads a command's options from its signature."""
    kept = [one for one in inspect.signature(init).parameters.values() if one.kind is one.KEYWORD_ONLY]
    asked = [
        inspect.Parameter(
            question.name.replace("-", "_"),
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                str | None,
                typer.Option(question.option, metavar="TEXT", help=f"{question.text} ({question.form})."),
            ],
        )
        for question in QUESTIONS
    ]
    return [*asked, *kept]


init.__signature__ = inspect.Signature(_options())  # type: ignore[attr-defined]
init.__annotations__ = {one.name: one.annotation for one in _options()}
