"""`evidence settings`: the settings in force and where each came from, or the template of a settings file."""

from typing import Annotated

import typer

from evidence.cli import collecting
from evidence.cli.options import Json
from evidence.cli.output import Output


@collecting.accepts_settings(collecting.running_settings)
def settings(
    *,
    given: collecting.GivenSettings,
    template: Annotated[
        bool,
        typer.Option("--template", help="Print a settings file with every setting, explained, in its place."),
    ] = False,
    json: Json = False,
) -> None:
    """Print each setting in force and where it came from: default, file and line, option, environment.

    The options are those of `evidence run`. What the AWS configuration says of the profile is not looked up.
    """
    from evidence.foreign import printable
    from evidence.settings.file import DEFAULT_FILE, read_content
    from evidence.settings.origins import effective_settings
    from evidence.settings.template import settings_file, toml_value

    out = Output(json=json)
    if template:
        text = settings_file()
        out.result({"template": text}, text.rstrip())
        return
    merged = given.merged()
    file = given.config or (DEFAULT_FILE if DEFAULT_FILE.is_file() else None)
    content = read_content(file) if file else b""
    found = list(effective_settings(merged, file=file, content=content, options=given.flags))
    document = {
        "file": str(file) if file else None,
        "settings": {one.declared.key: one.document() for one in found},
    }
    rows = [
        (one.origin, one.declared.key, "(not set)" if one.value is None else toml_value(one.value))
        for one in found
    ]
    widths = [max(len(row[at]) for row in rows) for at in range(2)]
    lines = (f"{origin:<{widths[0]}}  {key:<{widths[1]}}  {value}" for origin, key, value in rows)
    out.result(document, "\n".join(map(printable, lines)))
