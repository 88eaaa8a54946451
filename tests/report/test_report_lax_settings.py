"""Settings that are laxer than the defaults stand on the cover, in the summary and in the workbook."""

import re
from pathlib import Path

import pytest
from openpyxl import load_workbook

from evidence.bundle import Bundle
from evidence.controls.declaration import Conclusion
from evidence.controls.results import ChangedConclusion, LaxSetting, Results
from evidence.report import write_workbook
from evidence.report.pdf.page import html
from tests.report.report_data import FACTS

CHANGED = ChangedConclusion(
    test="KEY-1",
    conclusion=Conclusion.NO_EXCEPTIONS,
    complete=True,
    exceptions=0,
    default_conclusion=Conclusion.EXCEPTIONS,
    default_complete=True,
    default_exceptions=7,
)
LAX = (
    LaxSetting(
        key="thresholds.key_max_age_days",
        value="365",
        default="90",
        tests=("KEY-1", "CFG-2"),
        changed=(CHANGED,),
        compared=True,
        effect="KEY-1: no exceptions (0 exceptions); with the default exceptions noted (7 exceptions).",
    ),
    LaxSetting(
        key="thresholds.required_config_rules",
        value="<b>none</b>",
        default="ACCESS_KEYS_ROTATED",
        tests=("CFG-2",),
        changed=(),
        compared=True,
        effect="It changed no conclusion.",
    ),
)


@pytest.fixture(scope="module")
def lax(source: tuple[Bundle, Results]) -> tuple[Bundle, Results]:
    bundle, results = source
    return bundle, results.model_copy(update={"lax_settings": LAX})


def words(made: tuple[Bundle, Results]) -> str:
    page = re.sub(r"<[^>]*>", " ", html(*made, FACTS, None))
    return re.sub(r"\s+", " ", page.replace("\u200b", ""))


def test_the_cover_says_which_settings_are_laxer_and_what_they_changed(lax) -> None:
    cover = words(lax).split("Not an opinion")[0]
    assert (
        "2 settings are laxer than the defaults: thresholds.key_max_age_days, "
        "thresholds.required_config_rules. They changed what KEY-1 concludes: see section 1." in cover
    )


def test_the_summary_has_each_with_value_default_tests_and_effect(lax) -> None:
    summary = words(lax).split("1 Summary")[1].split("Contents")[0]
    assert "Settings laxer than the defaults" in summary
    assert "thresholds.key_max_age_days 365 90 KEY-1, CFG-2 KEY-1: no exceptions (0 exceptions)" in summary
    assert "&lt;b&gt;none&lt;/b&gt;" in summary
    assert "No setting is laxer" not in summary


def test_without_any_the_summary_says_so_and_the_cover_is_silent(source) -> None:
    said = words(source)
    assert "No setting is laxer than the defaults" in said
    assert "laxer" not in said.split("Not an opinion")[0]
    assert "Settings laxer than the defaults" not in said


def sheets(made: tuple[Bundle, Results], path: Path) -> dict[str, list[tuple]]:
    write_workbook(*made, FACTS, path)
    book = load_workbook(path, read_only=True)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_the_workbook_has_a_sheet_of_them_and_says_so_above_the_conclusions(lax, source, tmp_path) -> None:
    made = sheets(lax, tmp_path / "lax.xlsx")
    rows = made["Lax settings"]
    head = next(at for at, row in enumerate(rows) if row and row[0] == "Setting")
    assert rows[head][:4] == ("Setting", "Value", "Default", "Tests that use it")
    assert rows[head + 1][:4] == ("thresholds.key_max_age_days", "365", "90", "KEY-1; CFG-2")
    assert rows[head + 1][4:6] == ("KEY-1", LAX[0].effect)
    assert len(rows) == head + 3
    assert any("2 settings are laxer than the defaults" in str(row[:1]) for row in made["Conclusions"][:8])
    plain = sheets(source, tmp_path / "plain.xlsx")
    assert "Lax settings" not in plain
    assert not any("laxer" in str(row[:1]) for row in plain["Conclusions"][:8])
