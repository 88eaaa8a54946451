"""Writes results as OSCAL assessment results (NIST, 1.2.1): the same bundle and results give the same bytes.

A test is an objective. One that concludes `no exceptions` is satisfied, one with exceptions is not, and one
that is not concluded is not either, for another reason: what is missing satisfies nothing. What management
attests and what applies to nothing has an observation and no finding. Ids are of version 5, from digests.
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid5

from evidence.bundle import Bundle
from evidence.bundle.format import bag
from evidence.controls.declaration import Conclusion, Family
from evidence.controls.results import Results, TestResult
from evidence.controls.row_results import RowResult
from evidence.controls.totals import in_words
from evidence.report.exports import FAILING
from evidence.report.text import visible

VERSION = "1.2.1"
_OURS = UUID("6f3c1f0e-6c5c-5b0e-9d5e-0d3c8a1f4b52")
"""Namespace of our ids."""
_STATES = {
    Conclusion.NO_EXCEPTIONS: ("satisfied", "pass"),
    Conclusion.EXCEPTIONS: ("not-satisfied", "fail"),
    Conclusion.NOT_CONCLUDED: ("not-satisfied", "other"),
}

Members = dict[str, Any]


def assessment_results(bundle: Bundle, results: Results) -> bytes:
    """Return the document as JSON."""
    document = {"assessment-results": _Assessment(bundle, results).document()}
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


class _Assessment:
    """One bundle's results being written."""

    def __init__(self, bundle: Bundle, results: Results) -> None:
        self._bundle, self._results = bundle, results
        self._of = uuid5(_OURS, f"{bundle.digest} {results.digest}")
        self._sealed = (
            (f"{bundle.name}/{bag.TAG_MANIFEST}", bundle.digest), ("results.json", results.digest),
        )  # fmt: skip
        self._collected = bundle.run.finished.isoformat()

    def document(self) -> Members:
        """Return all of it."""
        name = self._bundle.run.settings.entity.name or self._bundle.name
        tests = self._results.tests
        observations = [one for test in tests for one in self._observations(test)]
        findings = [self._finding(test) for test in tests if test.conclusion in _STATES]
        criteria = sorted({one for test in tests for one in test.criteria})
        select: Members = {"include-all": {}}
        if criteria:
            select = {"include-controls": [{"control-id": one} for one in criteria]}
        return {
            "uuid": str(self._of),
            "metadata": {
                "title": _line(f"Access controls of {name}"),
                "last-modified": self._collected,
                "version": self._results.digest,
                "oscal-version": VERSION,
                "remarks": "An export beside a signed pack; signed by nobody itself.",
            },
            "import-ap": {"href": f"#{self._id('plan')}"},
            "results": [
                {
                    "uuid": self._id("result"),
                    "title": _line(f"Tests of controls over {self._bundle.name}"),
                    "description": "Tests of controls performed over a sealed bundle of evidence from AWS.",
                    "start": self._bundle.run.started.isoformat(),
                    "end": self._collected,
                    "local-definitions": self._definitions(),
                    "reviewed-controls": {
                        "description": "SOC 2 criteria, to which tests are mapped by judgement.",
                        "control-selections": [select],
                    },
                    "observations": observations,
                    "links": [{"href": f"#{self._id(file)}", "rel": "reference"} for file, _ in self._sealed],
                    **({"findings": findings} if findings else {}),
                }
            ],
            "back-matter": {"resources": list(self._resources())},
        }

    def _id(self, name: str) -> str:
        return str(uuid5(self._of, name))

    def _definitions(self) -> Members:
        tool = {
            "uuid": self._id("tool"),
            "type": "software",
            "title": "evidence",
            "description": f"evidence {self._results.tool_version}, which performed the tests.",
            "status": {"state": "operational"},
        }
        accounts = [
            {
                "uuid": self._id(f"account {account}"),
                "type": "system",
                "title": f"AWS account {account}",
                "description": "An account whose evidence the bundle holds.",
                "status": {"state": "operational"},
            }
            for account in self._bundle.run.accounts
        ]
        platform = {"uuid": self._id("platform"), "uses-components": [{"component-uuid": tool["uuid"]}]}
        assets = {"components": [tool], "assessment-platforms": [platform]}
        return {"components": accounts, "assessment-assets": assets}

    def _observations(self, test: TestResult) -> Iterator[Members]:
        """Yield what a test looked at, and each of its exceptions."""
        yield self._observation(
            f"test {test.id}",
            title=f"{test.id} {test.title}",
            description=f"{test.procedure} {in_words(test)}: {test.reason} {test.population_in_words}.",
            type="control-objective",
            remarks=test.attestation.statement if test.attestation else test.limits,
        )
        for number, row in enumerate(test.rows.with_verdict(FAILING), start=1):
            yield self._exception(test, number, row)

    def _exception(self, test: TestResult, number: int, row: RowResult) -> Members:
        said = [f"Severity: {row.severity}."] if row.severity else []
        said += (
            [f"Accepted by {row.accepted.approver} until {row.accepted.expires_on}."] if row.accepted else []
        )
        said += [f"Response of {row.response.owner}: {row.response.response}"] if row.response else []
        made = self._observation(
            f"exception {test.id} {number}",
            title=f"{test.id}: {row.subject}",
            description=f"Observed: {row.observed}. Expected: {row.expected}.",
            type="finding",
            remarks=" ".join((*said, row.note)),
        )
        if row.account in self._bundle.run.accounts:
            subject = {"subject-uuid": self._id(f"account {row.account}"), "type": "component"}
            made["subjects"] = [subject | {"title": _line(row.subject)}]
        made["relevant-evidence"] = [
            {"href": f"{bag.PAYLOAD}/{pointer.file}", "description": _text(str(pointer))}
            for pointer in row.pointers
        ] or [{"description": "The run itself."}]
        return made

    def _observation(self, name: str, *, title: str, description: str, type: str, remarks: str) -> Members:  # noqa: A002
        made: Members = {
            "uuid": self._id(name),
            "title": _line(title),
            "description": _text(description),
            "methods": ["EXAMINE"],
            "types": [type],
            "origins": [{"actors": [{"type": "tool", "actor-uuid": self._id("tool")}]}],
            "collected": self._collected,
        }
        return made | ({"remarks": _text(remarks)} if remarks.strip() else {})

    def _finding(self, test: TestResult) -> Members:
        state, reason = _STATES[test.conclusion]
        related = [self._id(f"test {test.id}")]
        related += [
            self._id(f"exception {test.id} {one + 1}") for one in range(test.exceptions + test.accepted)
        ]
        status = {"state": state, "reason": reason, "remarks": _text(in_words(test))}
        serves = {
            Family.RELIABILITY: "reliability of the evidence",
            Family.CUSTOM: "no criterion, as a custom test of a package that is not of this program",
        }.get(test.family, ", ".join(test.criteria))
        return {
            "uuid": self._id(f"finding {test.id}"),
            "title": _line(f"{test.id} {test.title}"),
            "description": _text(f"{test.reason} Serves: {serves or 'no criterion'}."),
            "target": {"type": "objective-id", "target-id": test.id, "status": status},
            "related-observations": [{"observation-uuid": one} for one in related],
        }

    def _resources(self) -> Iterator[Members]:
        plan = "The catalogue of tests: procedure, population and attribute of each, in docs/controls.md."
        yield {"uuid": self._id("plan"), "title": "Assessment plan", "description": plan}
        for file, digest in self._sealed:
            hashed = {"href": file, "hashes": [{"algorithm": "SHA-256", "value": digest}]}
            yield {"uuid": self._id(file), "title": _line(file), "rlinks": [hashed]}


def _line(text: str) -> str:
    return " ".join(visible(text).split()) or "none"


def _text(text: str) -> str:
    return visible(text).strip() or "none"
