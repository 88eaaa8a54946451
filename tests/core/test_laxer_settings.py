"""Each setting that shapes a result says beside itself which values are laxer; stricter ones are not told."""

from typing import Annotated, Any

import pytest

from evidence.settings.laxer import lax_values, limits, unused_beside
from evidence.settings.limits import Laxer
from evidence.settings.model import (
    DEFAULT_TABLE,
    REQUIRED_RULES,
    SealedSettings,
    Settings,
    SettingsModel,
    bounds,
)

DEFAULTS = SealedSettings()
DIRECTIONS = dict(limits())


def lax(section: str, **values: Any) -> list[str]:
    """The keys that are laxer when a section has these values."""
    changed = getattr(DEFAULTS, section).model_copy(update=values)
    return [one.key for one in lax_values(DEFAULTS.model_copy(update={section: changed}))]


def test_every_setting_that_shapes_a_result_declares_a_direction() -> None:
    told = {f"{section}.{name}" for section in ("entity", "thresholds", "sampling", "report")
            for name in type(getattr(DEFAULTS, section)).model_fields}  # fmt: skip
    assert set(DIRECTIONS) == told | {"criteria", "config_source"}


def test_a_new_setting_without_a_direction_fails() -> None:
    class Later(SettingsModel):
        patience: int = 3

    class Both(SettingsModel):
        later: Later = Later()
        said: Annotated[int, DIRECTIONS["thresholds.unused_days"]] = 1

    with pytest.raises(LookupError, match=r"later\.patience does not declare"):
        list(limits(Both))


def test_what_is_sealed_is_all_that_shapes_a_result() -> None:
    """A new section of the settings is sealed, and so declares directions, or is named here."""
    reached_elsewhere = {
        "aws", "collect", "signing", "timestamp", "accepted", "archive", "custom", "period",
    }  # fmt: skip
    assert set(Settings.model_fields) - reached_elsewhere == set(SealedSettings.model_fields) - {
        "config_source"
    }


@pytest.mark.parametrize("name", bounds())
def test_one_beyond_the_default_is_laxer_and_one_before_is_not(name: str) -> None:
    default, limit = getattr(DEFAULTS.thresholds, name), DIRECTIONS[f"thresholds.{name}"]
    larger, smaller = lax("thresholds", **{name: default + 1}), lax("thresholds", **{name: default - 1})
    told = [f"thresholds.{name}"]
    assert larger == (told if limit.laxer is Laxer.LARGER else [])
    assert smaller == (told if limit.laxer is Laxer.SMALLER else [])


def test_the_defaults_are_not_laxer_than_themselves() -> None:
    assert not list(lax_values(DEFAULTS))
    for name, (least, most) in bounds().items():
        strictest = least if DIRECTIONS[f"thresholds.{name}"].laxer is Laxer.LARGER else most
        if strictest is not None:
            assert lax("thresholds", **{name: strictest}) == []


def test_a_required_rule_left_out_is_laxer_and_one_more_is_not() -> None:
    assert lax("thresholds", required_config_rules=REQUIRED_RULES[1:]) == ["thresholds.required_config_rules"]
    assert lax("thresholds", required_config_rules=(*REQUIRED_RULES, "ENCRYPTED_VOLUMES")) == []
    assert lax("thresholds", required_config_rules=REQUIRED_RULES[::-1]) == []
    (other,) = lax("thresholds", required_config_rules=(*REQUIRED_RULES[1:], "ENCRYPTED_VOLUMES"))
    assert other == "thresholds.required_config_rules"


def test_administrators_that_old_settings_accept_are_laxer() -> None:
    roles = lax("thresholds", accepted_administrator_roles=("arn:aws:iam::123456789012:role/a",))
    assert roles == ["thresholds.accepted_administrator_roles"]


@pytest.mark.parametrize(
    ("table", "laxer"),
    [
        (DEFAULT_TABLE, False),
        (((1, 1), (4, 2), (12, 5), (52, 15), (251, 25)), True),
        (((1, 1), (4, 1), (12, 5), (52, 15), (250, 25)), True),
        (((1, 1), (3, 2), (5, 5), (12, 5), (52, 15), (250, 25)), False),
        (((1, 1), (4, 2), (12, 5), (52, 20), (250, 25)), False),
        (((1, 1), (4, 2), (12, 5), (60, 20), (250, 25)), True),
        ((), False),
        (((1000, 1),), True),
        (((12, 12), (250, 26)), False),
    ],
)
def test_a_table_by_which_less_is_drawn_is_laxer(table: tuple[tuple[int, int], ...], laxer: bool) -> None:
    assert lax("sampling", table=table) == (["sampling.table"] if laxer else [])


def test_each_is_judged_by_itself_with_its_value_and_default_in_words() -> None:
    thresholds = DEFAULTS.thresholds.model_copy(update={"key_max_age_days": 365, "required_config_rules": ()})
    sampling = DEFAULTS.sampling.model_copy(update={"above": 1})
    settings = DEFAULTS.model_copy(update={"thresholds": thresholds, "sampling": sampling})
    found = {one.key: one for one in lax_values(settings)}
    assert list(found) == [
        "thresholds.key_max_age_days",
        "thresholds.required_config_rules",
        "sampling.above",
    ]
    key, rules, above = found.values()
    assert (key.value, key.default, rules.value) == ("365", "90", "none")
    assert rules.default == ", ".join(REQUIRED_RULES)
    assert key.by_default.thresholds.key_max_age_days == 90
    assert key.by_default.thresholds.required_config_rules == ()
    assert above.by_default.sampling.above == 40


def test_what_a_sealed_bundle_does_not_use_is_named() -> None:
    sealed = Settings().sealed()
    given = Settings.model_validate(
        {"report": {"paper": "Letter"}, "thresholds": {"unused_days": 30}, "criteria": {"AA-1": ["CC6.1"]}}
    )
    assert unused_beside(given.sealed(), sealed) == ["thresholds.unused_days", "criteria", "report.paper"]
    assert unused_beside(given.sealed(), given.sealed()) == []
    assert unused_beside(Settings().sealed(), given.sealed()) == []
