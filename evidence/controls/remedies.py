"""Fills in what to do about an exception: the steps and the commands of a test, with the row's own names.

Values come from AWS, so from whoever could name something there. A command is text for a person and never
run here; even so no value can become more than one word of it, an option, or a file that the AWS CLI reads.
A value that is not known, or that could be more than itself, leaves a placeholder: '<access-key-id>'.
"""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from evidence.controls.declaration import Remedy, Row, Verdict
from evidence.controls.row_results import RowRemedy

MOST_REPEATED = 10
"""Commands of one kind in a row: for ten policies, and not for a thousand."""
_LONGEST = 2048
_FIELD = re.compile(r"( )?\{([a-z_]+)\}((?= |$))?")
_CONDITION = re.compile(r"\[([a-z_ ]+)\] ")
_PLAIN = re.compile(r"[\w+.:/@-]+", re.ASCII)
_READ_BY_CLI = re.compile(r"(fileb?|https?):", re.IGNORECASE)
"""Begins of values that the AWS CLI replaces with what they name."""
_IAM_ARN = re.compile(r"arn:[\w-]+:iam::[^:]*:(user|group|role|policy)/(?:.*/)?([^/]+)", re.DOTALL)
_ANALYZER_ARN = re.compile(r"arn:[\w-]+:access-analyzer:[^:]*:[^:]*:analyzer/([^/]+)", re.DOTALL)
_SET_ARN = re.compile(r"(arn:[\w-]+:sso:::)permissionSet/([^/]+)/[^/]+", re.DOTALL)

Facts = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Field:
    """A place for a value: '{name}'."""

    before: str
    """The blank that begins the word, where it begins one."""
    name: str
    alone: bool
    """Whether the word ends with it."""

    @property
    def placeholder(self) -> str:
        return f"<{self.name.replace('_', '-')}>"


def arns_of(row: Row) -> tuple[str, ...]:
    """Return the ARNs that a row is about: its own, or its subject where that is one."""
    if row.arns:
        return _texts(row.arns)
    alone = row.subject.startswith("arn:") and not any(map(str.isspace, row.subject))
    return (row.subject,) if alone else ()


def remedy_of(remedy: Remedy, row: Row) -> RowRemedy:
    """Return what to do about the exception that a row tells of."""
    facts = _facts(row)
    commands = [_split(line) for line in remedy.cli]
    known = {text for needed, text in commands if needed and facts.keys() >= set(needed)}
    # Where nothing tells which of several cases the row is, all of them stand there, with placeholders.
    chosen = [text for needed, text in commands if not needed or text in known or not known]
    return RowRemedy(
        console=_fill(remedy.console, facts, _in_prose),
        cli=tuple(dict.fromkeys(line for text in chosen for line in _repeated(text, facts))),
    )


def without_names(remedy: Remedy) -> RowRemedy:
    """Return a remedy about nobody in particular, its placeholders quoted for a shell."""
    return remedy_of(remedy, Row("", "", Verdict.EXCEPTION, "", "", ()))


def in_general(remedy: Remedy) -> RowRemedy:
    """Return a remedy with its placeholders, as a test declares it."""
    return RowRemedy(
        console=_fill(remedy.console, {}, _open),
        cli=tuple(_fill(text, {}, _open) for _, text in map(_split, remedy.cli)),
    )


@cache
def _split(line: str) -> tuple[tuple[str, ...], str]:
    """Return the facts that a command asks for, and the command."""
    condition = _CONDITION.match(line)
    if condition is None:
        return (), line
    return tuple(condition[1].split()), line[condition.end() :]


def _facts(row: Row) -> Facts:
    facts: dict[str, str | Sequence[str]] = {"subject": row.subject, "account": row.account}
    facts["region"] = row.region
    for arn in arns_of(row)[:1]:
        facts |= _named_in(arn)
    facts |= {name: value if isinstance(value, str) else _texts(value) for name, value in row.fills.items()}
    return {name: value for name, value in facts.items() if value}


def _texts(value: object) -> tuple[str, ...]:
    """Return what is text of several values; a record that is not as documented may hold anything."""
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, tuple | list) else ()


def _named_in(arn: str) -> dict[str, str]:
    """Return what an ARN names: the user, the role, the policy …"""
    if found := _IAM_ARN.fullmatch(arn):
        kind, name = found.groups()
        return {kind: arn if kind == "policy" else name}
    if found := _ANALYZER_ARN.fullmatch(arn):
        return {"analyzer": arn, "analyzer_name": found[1]}
    if found := _SET_ARN.fullmatch(arn):
        return {"permission_set": arn, "instance": f"{found[1]}instance/{found[2]}"}
    return {}


def _repeated(text: str, facts: Facts) -> Iterator[str]:
    """Yield a command once for each value of what the row knows several of."""
    several = next(
        (
            one
            for one in _pieces(text)
            if isinstance(one, _Field) and not isinstance(facts.get(one.name, ""), str)
        ),
        None,
    )
    if several is None:
        yield _fill(text, facts, _in_command)
        return
    for value in list(facts[several.name])[:MOST_REPEATED]:
        yield from _repeated(text, {**facts, several.name: value})


@cache
def _pieces(text: str) -> tuple[str | _Field, ...]:
    """Return what a remedy's text is made of; every row of a test asks it of the same few texts."""
    pieces: list[str | _Field] = []
    end = 0
    for found in _FIELD.finditer(text):
        pieces += [text[end : found.start()], _Field(found[1] or "", found[2], found[3] is not None)]
        end = found.end()
    return (*pieces, text[end:])


def _fill(text: str, facts: Facts, value: Callable[[_Field, Facts], str]) -> str:
    return "".join(one if isinstance(one, str) else value(one, facts) for one in _pieces(text))


def _open(field: _Field, _facts: Facts) -> str:
    return f"{field.before}{field.placeholder}"


def _in_command(field: _Field, facts: Facts) -> str:
    value = facts.get(field.name, "")
    if not isinstance(value, str) or not _usable(value):
        return field.before + shlex.quote(field.placeholder)
    if field.before and field.alone:
        # `--user-name -x` is two options to the AWS CLI, `--user-name=-x` is one with its value.
        return ("=" if value.startswith("-") else field.before) + _quoted(value)
    # A part of a value, as in Key={owner_tag},Value=…: what could end it there is not filled in.
    return field.before + (value if _PLAIN.fullmatch(value) else shlex.quote(field.placeholder))


def _quoted(value: str) -> str:
    """Return one word of a shell; zsh, which macOS has, reads =NAME as where the command NAME is."""
    return f"'{value}'" if value.startswith("=") and value == shlex.quote(value) else shlex.quote(value)


def _usable(value: str) -> bool:
    return bool(value) and value.isprintable() and len(value) <= _LONGEST and not _READ_BY_CLI.match(value)


def _in_prose(field: _Field, facts: Facts) -> str:
    value = facts.get(field.name, "")
    words = value if isinstance(value, str) else ", ".join(value[:MOST_REPEATED])
    shown = words if words and words.isprintable() else field.placeholder
    return f"{field.before}{shown}"
