"""Submitting and judging: who may not judge whom, and what each answer does."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import Town
from tests.tables import unchanged
from tests.work import street
from zhicunbao.base.models import Attachment
from zhicunbao.casework.actions import Photo, perform, tick
from zhicunbao.casework.models import Evidence
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid, NotAllowed, TooLarge
from zhicunbao.ledger.queries import balance_of
from zhicunbao.work import actions
from zhicunbao.work.models import Task

pytestmark = pytest.mark.django_db


def photo(body: bytes, name: str = "1.jpg") -> Photo:
    return Photo(SimpleUploadedFile(name, body, content_type="image/jpeg"), "整改前")


def test_proof_is_kept_with_its_round(town: Town) -> None:
    claim = street.submitted(town)
    assert claim.case.state == "submitted"
    kept = Evidence.objects.filter(case=claim.case)
    assert [(e.kind, e.label, e.round) for e in kept] == [
        ("photo", "整改前", 2),
        ("photo", "整改后", 2),
    ]


def test_too_few_photos_are_refused(town: Town) -> None:
    claim = street.claimed(town)
    with unchanged(), pytest.raises(Invalid) as refusal:
        actions.submit_proof(town.actor("member"), claim, key=street.key(), photos=street.photos(1))
    assert refusal.value.fields == {"photos": "还差 1 张照片，这件任务要 2 张"}


def test_a_required_field_left_empty_is_refused(town: Town) -> None:
    claim = street.claimed(town, item="矛盾调解")
    with unchanged(), pytest.raises(Invalid) as refusal:
        actions.submit_proof(
            town.actor("member"), claim, key=street.key(), fields=[("怎么解决的", "")]
        )
    assert refusal.value.fields == {"field:怎么解决的": "请填“怎么解决的”"}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"%PDF-1.7\n" + b"0" * 2000 + b"\n%%EOF", Invalid),
        (street.jpeg(size=(640, 480))[:3000], Invalid),
        (b"", Invalid),
        (b"\xff\xd8" + b"0" * (40 * 1024 * 1024), TooLarge),
    ],
    ids=["a PDF called .jpg", "truncated", "empty", "40 MB"],
)
def test_what_is_not_a_photo_leaves_nothing(town: Town, body: bytes, kind: type[Exception]) -> None:
    claim = street.claimed(town)
    good = street.photos(1)
    with unchanged(), pytest.raises(kind):
        actions.submit_proof(
            town.actor("member"), claim, key=street.key(), photos=[*good, photo(body)]
        )
    assert not Attachment.objects.exists()


def test_the_same_submission_twice_is_one(town: Town) -> None:
    claim = street.claimed(town)
    body = street.jpeg(7)
    for _ in range(2):
        actions.submit_proof(
            town.actor("member"),
            claim,
            key="phone-2",
            seen=1,
            photos=[photo(body), photo(street.jpeg(8))],
        )
    assert Evidence.objects.count() == 2
    assert claim.case.steps.count() == 2


def test_nobody_submits_for_another(town: Town) -> None:
    claim = street.claimed(town)
    with unchanged(), pytest.raises(NotAllowed, match="本人"):
        actions.submit_proof(
            town.actor("member2"), claim, key=street.key(), photos=street.photos(2)
        )


def test_after_the_due_time_nothing_is_taken(town: Town) -> None:
    claim = street.claimed(town)
    with clock.at(claim.task.due_at + timedelta(seconds=1)), unchanged(), pytest.raises(Conflict):
        actions.submit_proof(town.actor("member"), claim, key=street.key(), photos=street.photos(2))


def test_evaluating_one_step_higher_gives_that_steps_points(town: Town) -> None:
    claim = street.submitted(town)
    actions.evaluate(town.actor("admin"), claim, verb="evaluate", level=4, key=street.key())
    assert (claim.level, claim.points) == (4, 35)


def test_two_steps_away_is_refused(town: Town) -> None:
    claim = street.submitted(town)
    with unchanged(), pytest.raises(Invalid, match="上下调一级"):
        actions.evaluate(town.actor("admin"), claim, verb="evaluate", level=5, key=street.key())


def test_a_returned_claim_is_amended_in_a_new_round(town: Town) -> None:
    claim = street.submitted(town)
    with unchanged(), pytest.raises(Invalid, match="理由"):
        actions.evaluate(town.actor("admin"), claim, verb="return", key=street.key())
    actions.evaluate(
        town.actor("admin"), claim, verb="return", reason="第二张看不清", key=street.key()
    )
    assert claim.case.state == "returned"
    again = actions.submit_proof(
        town.actor("member"), claim, key=street.key(), photos=street.photos(2, seed=9)
    )
    assert again.case.state == "submitted"
    assert sorted(set(Evidence.objects.values_list("round", flat=True))) == [2, 4]


def test_a_rejected_claim_frees_the_slot_but_not_for_the_same_person(town: Town) -> None:
    claim = street.submitted(town, slots=1)
    actions.evaluate(
        town.actor("admin"), claim, verb="reject", reason="不是这个地点", key=street.key()
    )
    assert Task.objects.get().taken_count == 0
    with pytest.raises(Conflict, match="已经在您名下"):
        street.claimed(town, claim.task)


def test_nobody_judges_their_own_claim(town: Town) -> None:
    claim = street.submitted(town)
    member = town.person("member")
    for role in ("community_admin", "committee_reviewer"):
        member.posts.create(role=role, area=town.dongmen, area_prefix=town.dongmen.prefix)
    with unchanged(), pytest.raises(NotAllowed, match="自己的事项"):
        actions.evaluate(town.actor("member"), claim, verb="evaluate", key=street.key())


def test_whoever_evaluated_does_not_review(town: Town) -> None:
    street.fund(town)
    town.person("admin").posts.create(
        role="committee_reviewer", area=town.dongmen, area_prefix=town.dongmen.prefix
    )
    claim = street.evaluated(town)
    with unchanged():
        [outcome] = actions.review_batch(
            town.actor("admin"), [(claim.case, claim.case.version)], key=street.key()
        )
    assert outcome.refusal is not None
    assert outcome.refusal.code == "same_person"


@pytest.mark.parametrize("who", ["other_reviewer", "admin", "leader", "auditor"])
def test_others_do_not_review_here(town: Town, who: str) -> None:
    street.fund(town)
    claim = street.evaluated(town)
    with unchanged():
        [outcome] = actions.review_batch(
            town.actor(who), [(claim.case, claim.case.version)], key=street.key()
        )
    assert outcome.refusal is not None


def test_an_evaluation_can_be_taken_back_by_its_maker_alone(town: Town) -> None:
    claim = street.evaluated(town)
    second = town.person("cadre")
    second.posts.create(role="community_admin", area=town.dongmen, area_prefix=town.dongmen.prefix)
    with unchanged(), pytest.raises(NotAllowed):
        perform(town.actor("cadre"), claim.case, "recall", key=street.key())
    assert perform(town.actor("admin"), claim.case, "recall", key=street.key()).state == "submitted"


def test_a_short_purse_refuses_the_row_and_says_what_to_do(town: Town) -> None:
    street.fund(town, 30)
    task = street.publish(town)
    rows = [street.evaluated(town, task, by=who).case for who in ("member", "member2")]
    outcomes = actions.review_batch(
        town.actor("reviewer"), [(c, c.version) for c in rows], key=street.key()
    )
    assert [o.is_done for o in outcomes] == [True, False]
    refusal = outcomes[1].refusal
    assert refusal is not None
    assert "资金池" in refusal.message
    rows[1].refresh_from_db()
    assert rows[1].state == "evaluated"


def test_without_any_purse_nothing_is_reviewed(town: Town) -> None:
    claim = street.evaluated(town)
    with unchanged():
        [outcome] = actions.review_batch(town.actor("reviewer"), [(claim.case, None)], key="k")
    assert outcome.refusal is not None


def test_a_batch_sent_twice_passes_once(town: Town) -> None:
    street.fund(town)
    claim = street.evaluated(town)
    rows = [(claim.case, claim.case.version)]
    first = actions.review_batch(town.actor("reviewer"), rows, key="batch-1")
    again = actions.review_batch(town.actor("reviewer"), rows, key="batch-1")
    assert [o.is_done for o in (*first, *again)] == [True, True]
    assert balance_of(claim.claimant_id).pending == 20


def test_an_empty_batch_is_refused(town: Town) -> None:
    with unchanged(), pytest.raises(Invalid, match="还没有勾选"):
        actions.review_batch(town.actor("reviewer"), [], key=street.key())


def test_a_reminder_comes_once_a_day_before(town: Town) -> None:
    claim = street.claimed(town, due_at=clock.now() + timedelta(days=4))
    tick(claim.task.due_at - timedelta(hours=23))
    tick(claim.task.due_at - timedelta(hours=22))
    texts = [m.text for m in claim.claimant.messages.all()]
    assert len([t for t in texts if "一天内到期" in t]) == 1
