"""Where Config's results were read from an aggregator, the report counts them there and says so."""

from evidence.report.pdf.excerpts_detection import config_rules
from evidence.report.workbook.columns import RecordLayout, members
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
    flat = [members(AGGREGATE, record) for record in records]
    made = RecordLayout(flat)
    for record in flat:
        row = dict(zip((column.title for column in made.columns), made.values(record), strict=True))
        assert (row["AccountId"], row["AwsRegion"]) == (ACCOUNT, "us-east-1")
        assert "COMPLIANT" in (row["ComplianceType"], row["Compliance.ComplianceType"])
