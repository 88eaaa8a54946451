"""Finds the records of an item that no reader can read, so that their rows say so beside AWS's words."""

from collections.abc import Callable, Mapping

from evidence.bundle import LocatedRecord
from evidence.readers import (
    access_analyzer,
    access_events,
    access_review,
    caller,
    cloudtrail,
    config_results,
    config_state,
    identity_center,
    identity_store,
    organizations,
    regions,
)
from evidence.readers.evidence import check_kind
from evidence.readers.pointer import pointer_to
from evidence.readers.unreadable import MALFORMED, Unreadable, reason

READERS: Mapping[str, tuple[str, Callable[[LocatedRecord], object]]] = {
    access_analyzer.ANALYZERS: ("", access_analyzer.analyzer),
    access_analyzer.FINDINGS: ("", access_analyzer.finding),
    access_events.EVENTS: ("Event", access_events.access_event),
    access_review.DECISIONS: (access_review.ROW, access_review.reviewed_access),
    caller.CALLER: ("", caller.caller),
    cloudtrail.TRAILS: ("", cloudtrail.trail),
    config_results.AGGREGATE: ("", config_results.aggregated_result),
    config_results.COMPLIANCE: ("", config_results.account_result),
    config_state.RECORDERS: ("ConfigurationRecorder", config_state.recorder),
    config_state.RULES: ("ConfigRule", config_state.rule),
    identity_center.ASSIGNMENTS: ("", identity_center.assignment),
    identity_center.INSTANCE: ("Instance", identity_center.instance),
    identity_center.SETS: ("PermissionSet", identity_center.permission_set),
    identity_store.GROUPS: ("", identity_store.group),
    identity_store.MEMBERSHIPS: ("", identity_store.membership),
    identity_store.USERS: ("", identity_store.person),
    organizations.ACCOUNTS: ("", organizations.account),
    organizations.DELEGATED: ("", organizations.delegated_administrator),
    organizations.ORGANIZATION: ("", organizations.organization),
    organizations.POLICIES: ("", organizations.policy),
    organizations.UNITS: ("", organizations.node),
    regions.REGIONS: ("", regions.region),
}
"""The reader of each item, after the kind of record that it reads; empty for all."""


def check_of(item: str) -> Callable[[LocatedRecord], Unreadable | None]:
    """Return what tells of a record of an item why it cannot be read; None of one that can."""
    kind, read = READERS.get(item, ("", None))

    def check(located: LocatedRecord) -> Unreadable | None:
        try:
            check_kind(item, located)
            if read and (not kind or kind in located.value):
                read(located)
        except MALFORMED as error:
            return Unreadable(pointer_to(located), reason(error))
        return None

    return check
