"""What a submission leaves behind: photos, position, fields, note, under the step it came with."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.cast import Town
from tests.page import Pages
from tests.work import street
from zhicunbao.casework.actions.evidence import Position
from zhicunbao.casework.models import Evidence
from zhicunbao.casework.queries import evidence_of
from zhicunbao.registry.models import Place
from zhicunbao.work import actions
from zhicunbao.work.models import Claim

pytestmark = pytest.mark.django_db

SQUARE = [[[119.57, 28.11], [119.58, 28.11], [119.58, 28.12], [119.57, 28.12], [119.57, 28.11]]]
INSIDE, OUTSIDE = Position(28.115001, 119.575009, 12), Position(28.2, 119.575, 12)


def draw(town: Town) -> None:
    """Draw 东门社区."""
    Place.objects.create(
        kind=Place.Kind.COMMUNITY,
        area=town.dongmen,
        area_prefix=town.dongmen.prefix,
        name="东门社区",
        outline=SQUARE,
    )


def submit(town: Town, position: Position | None = None, note: str = "") -> Claim:
    claim = street.claimed(town)
    return actions.submit_proof(
        town.actor("member"),
        claim,
        key=street.key(),
        photos=street.photos(2, seed=claim.pk),
        position=position,
        fields=[("清理楼层数", "6"), ("备注", "")],
        note=note,
    )


def test_everything_stands_under_the_step_it_came_with(town: Town) -> None:
    claim = submit(town, INSIDE, "六幢的纸箱搬走了。")
    kept = list(claim.case.evidence.select_related("attachment"))
    assert [(e.kind, e.label, e.text) for e in kept] == [
        ("photo", "整改前", ""),
        ("photo", "整改后", ""),
        ("position", "现场位置", ""),
        ("field", "清理楼层数", "6"),
        ("note", "说明", "六幢的纸箱搬走了。"),
    ]
    step = claim.case.steps.get(verb="submit")
    assert {(e.round, e.received_at) for e in kept} == {(step.position, step.at)}
    digests = [e.attachment.sha256 for e in kept if e.attachment]
    assert step.detail == {"round": 2, "photos": digests}


@pytest.mark.parametrize(
    ("position", "is_drawn", "inside"),
    [(INSIDE, True, True), (OUTSIDE, True, False), (INSIDE, False, None)],
)
def test_position_keeps_ten_metres_and_whether_it_is_inside(
    town: Town, position: Position, is_drawn: bool, inside: bool | None
) -> None:
    if is_drawn:
        draw(town)
    claim = submit(town, position)
    row = Evidence.objects.get(case=claim.case, kind="position")
    assert row.is_inside is inside
    assert row.latitude == Decimal(str(round(position.latitude, 4)))
    assert row.longitude == Decimal(str(round(position.longitude, 4)))
    assert row.accuracy_m == 12


@pytest.mark.parametrize("year", [1970, 2999])
def test_a_phones_time_that_cannot_be_true_counts_as_not_said(town: Town, year: int) -> None:
    claim = street.claimed(town)
    said = [
        replace(photo, device_at=datetime(year, 1, 1, tzinfo=UTC))
        for photo in street.photos(2, seed=claim.pk)
    ]
    actions.submit_proof(town.actor("member"), claim, key=street.key(), photos=said)
    assert set(claim.case.evidence.values_list("device_at", flat=True)) == {None}


def test_newest_round_comes_first(town: Town) -> None:
    claim = submit(town)
    actions.evaluate(town.actor("admin"), claim, verb="return", key="r", reason="看不清")
    again = street.photos(2, seed=99)
    actions.submit_proof(town.actor("member"), claim, key="again", photos=again)
    assert [[e.round for e in rows] for rows in evidence_of(claim.case)] == [[4, 4], [2, 2, 2]]


@pytest.mark.parametrize(
    ("position", "is_drawn", "words"),
    [
        (INSIDE, True, "现场位置在任务范围内"),
        (OUTSIDE, True, "现场位置不在任务范围内"),
        (INSIDE, False, "现场位置范围没有画过，无法比对"),
    ],
)
def test_page_says_where_it_was_and_never_the_coordinates(
    town: Town,
    pages_of: Callable[[str], Pages],
    position: Position,
    is_drawn: bool,
    words: str,
) -> None:
    if is_drawn:
        draw(town)
    claim = submit(town, position, "六幢的纸箱搬走了。")
    page = pages_of("admin").get(f"/cases/{claim.case_id}/")
    assert words in page.text
    assert "六幢的纸箱搬走了。" in page.text
    assert "119.57" not in page.html
