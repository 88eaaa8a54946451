"""Gives a command `--notify`: somebody hears of every end, since nobody sits there and looks."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from evidence.cli import output
from evidence.errors import ExitCode, WriteRefusedError

Notify = Annotated[
    str | None,
    typer.Option(
        "--notify",
        metavar="COMMAND",
        help="Run this at every end, with JSON on its standard input: what --json prints, or the error.",
    ),
]


@dataclass(slots=True)
class Notice:
    """What there is to tell: a command puts its machine form here as soon as it has one."""

    document: dict[str, Any] = field(default_factory=dict)


def notifies(command: Callable[..., None]) -> Callable[..., None]:
    """Widen a command by `--notify`; it gets `notice`. The exit code stays the command's own.

    To be the outermost: settings that cannot be read are told as well.
    """

    @functools.wraps(command)
    def run(*, notify: str | None = None, **given: Any) -> None:
        from evidence.notification import command_words, ending

        words = command_words(notify) if notify is not None else ()
        notice, code = Notice(), ExitCode.COULD_NOT_RUN
        try:
            command(notice=notice, **given)
            code = ExitCode.DONE
        except typer.Exit as ended:
            code = ExitCode(ended.exit_code)
            raise
        except KeyboardInterrupt:
            code, notice.document = ExitCode.INTERRUPTED, {"error": "Interrupted."}
            raise
        except (Exception, WriteRefusedError) as error:
            notice.document = ending(error)
            code = ExitCode(notice.document["exit_code"])
            raise
        finally:
            if words:
                _tell(words, notice.document | {"exit_code": int(code)})

    shown = inspect.signature(command).parameters.values()
    own = inspect.Parameter("notify", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Notify)
    parameters = [one for one in shown if one.name != "notice"]
    at = next((n for n, one in enumerate(parameters) if one.name in {"json", "quiet"}), len(parameters))
    parameters.insert(at, own)
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


def _tell(words: tuple[str, ...], document: dict[str, Any]) -> None:
    from evidence.notification import notify

    if failed := notify(words, document):
        output.failure(failed, "")
