"""Runs the toys of the guides through everything: collect, test, workbook, redacted pack with its report.

Started in a temporary checkout. Only the toy item is collected, so that a run takes seconds.
What is made of it is left in the folder that is named.
"""

import os
import sys
from pathlib import Path

from evidence.bundle import open_bundle
from evidence.clock import shifted_clock
from evidence.collect import collect
from evidence.collect.plan import CALLER_ITEM, REGIONS_ITEM
from evidence.collectors.base import catalogue
from evidence.controls.engine import run_tests
from evidence.demo_account.demo import demo_environment
from evidence.demo_account.server import DemoServer, create_app
from evidence.pack.encryption import Lock
from evidence.pipeline import item_facts
from evidence.redact.key import generate
from evidence.redact.policy import read_policy
from evidence.report import write_workbook
from evidence.settings.model import Settings
from evidence.sharing import RedactionRequest, redacted_pack
from evidence.statements.files import NOTHING_STATED
from tests.support.make_samples import MOMENT, SAMPLES, sample_signer


def main(item: str, folder: Path) -> None:
    """Collect one item of the demo account, and what is made of it."""
    others = [one for one in catalogue() if one not in (item, CALLER_ITEM, REGIONS_ITEM)]
    signer, clock = sample_signer(), shifted_clock(MOMENT)
    server = DemoServer("127.0.0.1", 0, create_app(MOMENT))
    server.start()
    try:
        os.environ.update(demo_environment(server.url))
        settings = Settings.model_validate({"collect": {"exclude": others}})
        sealed = collect(settings, out=folder, clock=clock, signer=signer)
    finally:
        server.stop()
    bundle = open_bundle(sealed)
    results = run_tests(bundle)
    (folder / "results.json").write_bytes(results.to_bytes())
    write_workbook(bundle, results, item_facts(), folder / "appendices.xlsx")
    redacted_pack(
        sealed,
        statements=NOTHING_STATED,
        request=RedactionRequest(
            read_policy(SAMPLES / "redaction.toml"),
            generate(folder / "key"),
            folder / "mapping.age",
            Lock(passphrase="of the guides' test"),
        ),
        signer=signer,
        clock=clock,
        output=folder / "redacted.zip",
        lock=None,
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
