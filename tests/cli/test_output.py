"""What commands print cannot drive the reader's terminal."""

import json

from evidence.cli.output import Output
from evidence.foreign import printable

EVERY = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x10000, 7), 0xFFFB, 0x1F511, 0xE0001, 0x10FFFF)))


def test_escapes_are_shown_not_sent() -> None:
    assert printable("role\x1b[2J\u202eevil\x07") == "role\\x1b[2J\\x202eevil\\x07"


def test_json_says_every_character_and_sends_only_printable_ones(capsys) -> None:
    out = Output(json=True)
    out.result([EVERY, "\udc9b"], "")
    written = json.dumps(EVERY, ensure_ascii=False).encode()
    out.written((written[at : at + 1000] for at in range(0, len(written), 1000)), "")
    *result, pieces = capsys.readouterr().out.splitlines()
    for printed, said in (("".join(result), [EVERY, "\udc9b"]), (pieces, EVERY)):
        assert printed.isprintable()
        assert (json.loads(printed) == said) is True  # not to have pytest explain what differs


def test_other_scripts_pass() -> None:
    assert printable("Юлия 山田 🔑") == "Юлия 山田 🔑"


def test_json_goes_to_stdout_and_quiet_silences_talk(capsys) -> None:
    out = Output(json=True, quiet=True)
    out.say("talk")
    out.result({"a": 1}, "text")
    assert capsys.readouterr() == ('{\n  "a": 1\n}\n', "")
