"""Asks what a first settings file needs: few questions, each with the option that answers it beforehand."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from evidence.errors import ConfigError, UsageError

NONE = "none"
"""What answers a question that may be left open."""
_NOTHING = "says nothing"
Values = Mapping[str, Any]
"""Settings by key: `aws.role`."""
_STANDING_IN = {"aws.role": "NAME"}
"""For an answer that others need and that may still be to come, while they are checked."""
_KMS = re.compile(r"alias/.+|arn:.+|(mrk-)?[0-9a-f-]{32,36}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SettingsQuestion:
    """One question."""

    name: str
    """Of its option, without hyphens before it."""
    text: str
    """What is asked: a clause that ends without a full stop, for the prompt and for --help."""
    form: str
    """How an answer looks, for --help."""
    read: Callable[[str], Values]
    """Returns what an answer sets; raises ValueError, with a clause, for one that is none."""
    optional: bool = True
    """`none` answers it."""
    follows: tuple[str, ...] = ()
    """It is asked only where one of these settings was given by an earlier answer; empty: always."""

    @property
    def option(self) -> str:
        """How it is answered beforehand."""
        return f"--{self.name}"

    def asked_after(self, values: Values) -> bool:
        """Say whether it is asked, after these answers."""
        return not self.follows or any(one in values for one in self.follows)


def add_answer(values: Values, question: SettingsQuestion, answer: str) -> dict[str, Any]:
    """Return the settings with those of an answer. Raises UsageError for an answer that is none."""
    said = answer.strip()
    if said.lower() == NONE and question.optional:
        return dict(values)
    if said.lower() == NONE:
        said = ""
    try:
        added = {**values, **question.read(said)}
    except ValueError as error:
        raise UsageError(
            f"The answer {question.option} {error}.", f"Asked is: {question.text} ({question.form})."
        ) from error
    written({**_STANDING_IN, **added}, f"The answer {question.option}")
    return added


def written(values: Values, called: str = "The new file") -> str:
    """Return a settings file with these values, as the settings reader has read it back.

    Raises UsageError for values that it does not take; `called` says what is wrong then.
    """
    from evidence.settings.file import settings_in
    from evidence.settings.template import settings_file

    text = settings_file(values)
    try:
        settings_in(text.encode(), called)
    except ConfigError as error:
        raise UsageError(
            error.message, "Answer otherwise; `evidence settings --template` explains each key."
        ) from error
    return text


def unanswered(answers: Mapping[str, str | None]) -> Iterator[SettingsQuestion]:
    """Yield the questions that these answers, by name, leave open, as far as they are known to be asked."""
    values: dict[str, Any] = {}
    for question in QUESTIONS:
        answer = answers.get(question.name)
        if answer is not None:
            values = add_answer(values, question, answer)
        elif question.asked_after(values):
            yield question


def _period(answer: str) -> Values:
    first, _, last = answer.partition("..")
    try:
        days = [date.fromisoformat(day.strip()) for day in (first, last)]
    except ValueError as error:
        raise ValueError("is not two days, with two dots between them") from error
    return {"entity.period_start": days[0], "entity.period_end": days[1]}


def _accounts(answer: str) -> Values:
    if answer.lower() == "own":
        return {}
    if answer.lower() == "organization":
        return {"aws.organization": True}
    return {"aws.accounts": _listed(answer)}


def _key_roles(answer: str) -> Values:
    named = _listed(answer)
    found = {
        "sampling.role_names": tuple(one for one in named if not one.startswith("/")),
        "sampling.role_paths": tuple(one for one in named if one.startswith("/")),
    }
    return {key: value for key, value in found.items() if value}


def _signing(answer: str) -> Values:
    if _KMS.fullmatch(answer):
        return {"signing.kms_key": answer}
    return {"signing.pkcs12" if answer.lower().endswith((".p12", ".pfx")) else "signing.key": answer}


def _listed(answer: str) -> tuple[str, ...]:
    found = tuple(one.strip() for one in answer.split(",") if one.strip())
    if not found:
        raise ValueError(_NOTHING)
    return found


def _one(key: str) -> Callable[[str], Values]:
    def read(answer: str) -> Values:
        if not answer:
            raise ValueError(_NOTHING)
        return {key: answer}

    return read


_OTHERS = ("aws.organization", "aws.accounts")
QUESTIONS = (
    SettingsQuestion(
        "entity",
        "The entity's name, as on the cover of the report",
        "a name",
        _one("entity.name"),
        optional=False,
    ),
    SettingsQuestion(
        "period",
        "The audit period",
        "2026-07-01..2026-09-30, or none: a point in time",
        _period,
    ),
    SettingsQuestion(
        "accounts",
        "The accounts to collect",
        "own: the caller's alone; organization: every one it lists; or the ids of those beside the caller's, "
        "with commas",
        _accounts,
        optional=False,
    ),
    SettingsQuestion(
        "role",
        "The role to assume in the other accounts; `evidence policy --for members` prints a template of one",
        "a name, with its path",
        _one("aws.role"),
        optional=False,
        follows=_OTHERS,
    ),
    SettingsQuestion(
        "external-id",
        "The external id that the role's trust policy asks for",
        "text, or none",
        _one("aws.external_id"),
        follows=_OTHERS,
    ),
    SettingsQuestion(
        "key-roles",
        "Key engineering roles, whose policies the report prints in full",
        "names, wildcards or paths such as /engineering/, with commas, or none",
        _key_roles,
    ),
    SettingsQuestion(
        "signing",
        "The key that signs",
        "a PEM or .p12 file; alias/NAME or an ARN of AWS KMS; or none, until `evidence keygen` made one",
        _signing,
    ),
    SettingsQuestion(
        "certificate",
        "The key's certificate",
        "a PEM file, or none",
        _one("signing.certificate"),
        follows=("signing.key", "signing.kms_key"),
    ),
    SettingsQuestion(
        "archive",
        "The folder in which packs are kept, in a chain, quarter after quarter",
        "a folder, or none",
        _one("archive.folder"),
    ),
)
