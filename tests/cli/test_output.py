"""What commands print cannot drive the reader's terminal."""

from evidence.cli.output import Output, printable


def test_escapes_are_shown_not_sent() -> None:
    assert printable("role\x1b[2J\u202eevil\x07") == "role\\x1b[2J\\x202eevil\\x07"


def test_other_scripts_pass() -> None:
    assert printable("Юлия 山田 🔑") == "Юлия 山田 🔑"


def test_json_goes_to_stdout_and_quiet_silences_talk(capsys) -> None:
    out = Output(json=True, quiet=True)
    out.say("talk")
    out.result({"a": 1}, "text")
    assert capsys.readouterr() == ('{\n  "a": 1\n}\n', "")
