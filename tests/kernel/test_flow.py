"""A flow's table is refused when it makes no sense, and answers what it is asked when it does."""

from dataclasses import replace
from typing import Any

import pytest

from zhicunbao.kernel.flow import CLAIMANT, SYSTEM, Flow, State, T, right

REVIEW = right("x.review")


def flow(*transitions: T, **changes: Any) -> Flow:
    """Return a flow of two steps, or one that ``changes`` spoil."""
    table: dict[str, Any] = {
        "name": "x.leave",
        "label": "请假",
        "mark": "QJ",
        "starts": {"ask": "asked"},
        "start_labels": {"ask": "请假"},
        "line": ("提出", "批准"),
        "states": {
            "asked": State("待批准", 0, deadline=lambda move: move),
            "granted": State("已批准", 1),
        },
        "transitions": transitions or (GRANT,),
    }
    return Flow(**{**table, **changes})


GRANT = T("grant", "asked", "granted", REVIEW, "批准", told="批准了")
REFUSE = replace(GRANT, verb="refuse", label="不批准", told="")


def test_sound_table_answers() -> None:
    table = flow(GRANT, REFUSE)
    assert table.find("asked", "grant") is GRANT
    assert table.find("granted", "grant") is None
    assert list(table.leaving("asked")) == [GRANT, REFUSE]
    assert list(table.leaving("granted")) == []
    assert table.is_final("granted")
    assert not table.is_final("asked")


@pytest.mark.parametrize(
    ("source", "verb", "told"),
    [
        ("", "ask", "请假"),
        ("asked", "grant", "批准了"),
        ("asked", "refuse", "不批准"),
        ("granted", "refuse", "不批准"),
        ("asked", "forgotten", "forgotten"),
    ],
)
def test_step_is_told_even_when_the_table_has_moved_on(source: str, verb: str, told: str) -> None:
    assert flow(GRANT, REFUSE).label_of(source, verb) == told


@pytest.mark.parametrize(
    ("transitions", "changes", "word"),
    [
        ((replace(GRANT, target="nowhere"),), {}, "not in the table"),
        ((replace(GRANT, source="nowhere"),), {}, "not in the table"),
        ((GRANT, GRANT), {}, "leaves asked twice"),
        ((replace(GRANT, by="someone"),), {}, "by nobody known"),
        ((replace(GRANT, not_same_as=("submit",)),), {}, "unknown verbs"),
        ((replace(GRANT, same_as="submit"),), {}, "unknown verbs"),
        ((GRANT, replace(REFUSE, same_as="grant")), {}, "take it back"),
        ((replace(GRANT, on_time=True),), {}, "only the clock"),
        ((replace(GRANT, by=CLAIMANT, on_time=True),), {}, "only the clock"),
        ((replace(GRANT, by=SYSTEM, plain=True),), {}, "no button"),
        (
            (replace(GRANT, by=SYSTEM, on_time=True),),
            {"states": {"asked": State("待批准", 0), "granted": State("已批准", 1)}},
            "no deadline",
        ),
        (
            (replace(GRANT, by=SYSTEM, on_time=True), replace(REFUSE, by=SYSTEM, on_time=True)),
            {},
            "by two ways",
        ),
        ((GRANT,), {"starts": {}, "start_labels": {}}, "never reached"),
        ((GRANT,), {"starts": {"ask": "asked", "beg": "asked"}}, "needs its label"),
        ((GRANT,), {"line": ("提出",)}, "nowhere on the line"),
        ((GRANT,), {"known_by": ("work.review",), "names_owner": False}, "known to some"),
        (
            (GRANT,),
            {"states": {"asked": State("待批准", -1), "granted": State("已批准", 1)}},
            "nowhere on the line",
        ),
        (
            (GRANT,),
            {"states": {"asked": State("待批准", 0, "merry"), "granted": State("已批准", 1)}},
            "has no tone",
        ),
        (
            (replace(GRANT, target="asked"),),
            {},
            "never reached",
        ),
        (
            (GRANT,),
            {"starts": {"ask": "absent"}},
            "never reached or not described",
        ),
    ],
)
def test_senseless_table_is_refused(
    transitions: tuple[T, ...], changes: dict[str, Any], word: str
) -> None:
    with pytest.raises(ValueError, match=word):
        flow(*transitions, **changes)


def test_right_names_what_the_flow_asks() -> None:
    assert right("work.review") == right("work.review")
    assert right("work.review").name == "work.review"
