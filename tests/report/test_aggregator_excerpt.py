"""Where Config's results were read from an aggregator, the report counts them there and says so."""

from evidence.report.pdf.excerpts_detection import config_rules
from evidence.report.workbook.columns import layout
from tests.controls.aggregated import AGGREGATE, aggregated
from tests.controls.world import ACCOUNT, ORGANIZATION_TARGET, good


def test_results_are_counted_as_in_the_accounts_and_their_source_is_named() -> None:
    facts, tables = config_rules(good().bundle())
    gathered, same = config_rules(aggregated(good()).bundle())
    assert [table.rows for table in same] == [table.rows for table in tables]
    assert gathered[: len(facts)] == facts
    (source,) = gathered[len(facts) :]
    assert (source.name, source.value) == ("Results read from", f"aggregator all in {ACCOUNT} eu-west-1")


def test_the_sheet_says_of_which_account_and_region_each_record_is() -> None:
    world = aggregated(good())
    records = world.records[AGGREGATE][ORGANIZATION_TARGET]
    made = layout(AGGREGATE, lambda: records)
    titles = [title for title, _ in made.columns]
    for record in records:
        row = dict(zip(titles, made.values(record), strict=True))
        assert (row["Account of the result"], row["Region of the result"]) == (ACCOUNT, "us-east-1")
        assert row["Rule"]
        assert row["Compliance"] == "COMPLIANT"
