"""Who comes through which address of casework."""

from dataclasses import dataclass
from typing import Any

from tests.cast import Town
from tests.doors import ABOVE, DONGMEN, SIGNED_IN, STREET, Door
from tests.work import street
from zhicunbao.base.models import Area
from zhicunbao.casework.actions import adopt_rule, object_to, perform
from zhicunbao.casework.models import Case, NoticeEntry, PublicNotice
from zhicunbao.casework.rules import NOTICE_DAYS
from zhicunbao.kernel import clock
from zhicunbao.ledger.queries import purse_for
from zhicunbao.work import actions as work

NOBODY: frozenset[str] = frozenset()
SEE = ABOVE | DONGMEN
"""Staff whose view of cases reaches 东门社区."""
OBJECT = frozenset(("admin", "oversight", "head", "member", "member2", "villager"))
"""Who belong to 东门社区 and may object to a line of its notices."""
ANSWER = frozenset(("oversight", "leader"))


@dataclass
class Scene:
    """A claim that waits for review, a running notice, and an objection that waits for an answer.

    The objection is the villager's; the claims are the member's.
    """

    claim: Case
    notice: PublicNotice
    entry: NoticeEntry
    objection: Case


def scene(town: Town) -> Scene:
    """Bring claims to every place that the pages show, and draft a task."""
    if purse_for(town.dongmen.prefix) is None:
        street.fund(town, 10_000)
    street.submitted(town)
    draft(town)
    claim = street.evaluated(town, title="消防检查")
    entry: NoticeEntry = street.in_notice(town, title="消防宣传").case.notice_entry
    more_line(town, entry.notice)
    objected = more_line(town, entry.notice)
    return Scene(claim.case, entry.notice, entry, raise_(town, objected).case)


def draft(town: Town) -> None:
    """Keep a draft of a task, which has no deadline."""
    work.save_draft(town.actor("admin"), street.content(), area=town.dongmen, key=street.key())


def raise_(town: Town, entry: NoticeEntry, who: str = "villager") -> Any:
    """Object to a line."""
    return object_to(town.actor(who), entry, text="那天楼道里没有人来过。", key=street.key())


def more(town: Town, scene: Scene) -> None:
    """Add two of everything that the pages list."""
    for number in (1, 2):
        street.submitted(town, title=f"消防又一件 {number}")
        street.evaluated(town, title=f"消防又一审 {number}")
        draft(town)
        entry = street.in_notice(town, title=f"消防公示 {number}").case.notice_entry
        answered = raise_(town, entry)
        perform(
            town.actor("oversight"), answered.case, "dismiss", key=street.key(), reason="核实过了。"
        )
        raise_(town, entry)
        Area.objects.create(
            code=f"3311250010{number + 4:02d}",
            prefix=f"3311250010{number + 4:02d}",
            name=f"消防社区{number}",
            level="community",
            parent=town.street,
        )
        adopt_rule(
            town.actor("leader"),
            name=NOTICE_DAYS,
            area=town.street,
            value=5,
            valid_from=clock.today(),
            source="会议",
            key=street.key(),
        )
        more_line(town, scene.notice)


def more_line(town: Town, notice: PublicNotice) -> NoticeEntry:
    """Add a line, with an objection and its answer, to a notice."""
    claim = street.evaluated(town)
    key = notice.batch_key.split(":")[1]
    outcomes = work.review_batch(
        town.actor("reviewer"), [(claim.case, claim.case.version)], key=key
    )
    if outcomes[0].refusal:
        raise outcomes[0].refusal
    entry: NoticeEntry = NoticeEntry.objects.get(case=claim.case)
    if entry.notice_id != notice.pk:
        raise ValueError("the line belongs to another notice")
    answered = raise_(town, entry)
    perform(
        town.actor("oversight"), answered.case, "dismiss", key=street.key(), reason="核实过了。"
    )
    return entry


def _claim(scene: Scene) -> dict[str, int]:
    return {"pk": scene.claim.pk}


def _objection(scene: Scene) -> dict[str, int]:
    return {"pk": scene.objection.pk}


def _notice(scene: Scene) -> dict[str, int]:
    return {"pk": scene.notice.pk}


def _entry(scene: Scene) -> dict[str, int]:
    return {"pk": scene.entry.pk}


def _uphold(scene: Scene) -> dict[str, Any]:
    return {"verb": "uphold", "reason": "核实过了。", "seen": scene.objection.version}


def _adopt(scene: Scene) -> dict[str, Any]:
    return {
        "rule": NOTICE_DAYS,
        "area": Area.objects.get(code="331125001000").pk,
        "value": 7,
        "valid_from": clock.today().isoformat(),
        "source": "会议",
    }


IN_STREET = SIGNED_IN
"""Everyone of the cast belongs to 浮云街道 or reaches it."""

DOORS = [
    Door("casework:inbox", SIGNED_IN),
    Door("casework:inbox", SIGNED_IN, query="?due=week"),
    Door("casework:inbox", SIGNED_IN, query="?kind=work.claim.submitted&due=week"),
    Door("casework:inbox", SIGNED_IN, query="?done=last_week"),
    Door("casework:case", SEE | {"member"}, at=_claim),
    Door("casework:act", ANSWER, at=_objection, query="?verb=uphold", sees=SEE | {"villager"}),
    Door(
        "casework:act",
        ANSWER,
        at=_objection,
        method="post",
        send=_uphold,
        sees=SEE | {"villager"},
    ),
    Door("casework:notices", SIGNED_IN),
    Door("casework:notices", SIGNED_IN, query="?place=stopped&area=331125001004"),
    Door("casework:notices", SIGNED_IN, query="?place=past"),
    Door("casework:notice", IN_STREET, at=_notice),
    Door("casework:notice_print", IN_STREET, at=_notice),
    Door("casework:object", OBJECT, at=_entry, sees=IN_STREET),
    Door("casework:object", OBJECT, at=_entry, method="post", sees=IN_STREET),
    Door("casework:rules", SIGNED_IN),
    Door("casework:rules", SIGNED_IN, query=f"?rule={NOTICE_DAYS}"),
    Door("casework:rules", STREET, method="post", send=_adopt),
    Door("casework:search", SIGNED_IN),
    Door("casework:search", SIGNED_IN, query="?q=消防"),
    Door("casework:search", SIGNED_IN, query="?q=徐美兰"),
]
