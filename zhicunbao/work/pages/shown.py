"""How a claim is shown to those who judge it: photos with their times and flags, where it was, who
did what. Words and addresses only; what may be seen and done is decided elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.urls import reverse

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.files import photo_url
from zhicunbao.base.templatetags.look import cn_datetime, cn_time
from zhicunbao.casework.models import Evidence, Step
from zhicunbao.casework.queries import act_of, knows_owner, line_of, number_of, state_label
from zhicunbao.kernel import clock
from zhicunbao.kernel.masks import mask_name
from zhicunbao.kernel.refusals import NotAllowed
from zhicunbao.work.flags import Flag
from zhicunbao.work.models import Claim
from zhicunbao.work.pages.siteplan import plan_of
from zhicunbao.work.queries import last_round

SENT_LATER: Final = timedelta(minutes=10)
"""A photo that arrives later than this after it was taken was kept on the phone without signal."""
STAND_ASIDE: Final = {
    "own_case": "本人的事，需回避",
    "kin": "同户，需回避",
    "same_person": "您考评过，需换人",
}
"""Why one may not review, in a table's words; the whole sentence stands beside it."""


@dataclass(frozen=True)
class ShownFlag:
    """A flag under its photo, with the similar photo where the reader may see that one."""

    text: str
    thumb: str = ""
    compare_url: str = ""


@dataclass(frozen=True)
class Shot:
    """One photo of a claim."""

    pk: int
    url: str
    thumb: str
    label: str
    plate: str
    caption: str
    flags: tuple[ShownFlag, ...]


def claimant_name(actor: Actor, claim: Claim) -> str:
    """Return the claimant's name as ``actor`` may read it; ``owner_name`` without its query."""
    name = claim.claimant.name
    return name if knows_owner(actor, claim.case) else mask_name(name)


def shots_of(actor: Actor, claim: Claim, flags: Sequence[Flag]) -> list[Shot]:
    """Return the photos of the claim's last round as they are shown."""
    return [
        Shot(
            pk=row.pk,
            url=photo_url(row.attachment),
            thumb=photo_url(row.attachment, thumbnail=True),
            label=row.label,
            plate=f"{row.label} {cn_time(row.taken_at)}".strip(),
            caption=_times(row),
            flags=tuple(_shown(actor, claim, f) for f in flags if f.evidence_id == row.pk),
        )
        for row in last_round(claim)
        if row.attachment is not None
    ]


def _shown(actor: Actor, claim: Claim, flag: Flag) -> ShownFlag:
    other = flag.similar
    if other is None:
        return ShownFlag(flag.text)
    if not access.may(actor, "base.view_files", other):
        return ShownFlag(f"{flag.text}（在别的村社，可请街道对照）")
    return ShownFlag(
        flag.text,
        photo_url(other, thumbnail=True),
        reverse("work:compare", args=[claim.pk, flag.evidence_id]),
    )


def _times(row: Evidence) -> str:
    taken = row.taken_at
    if taken is None:
        return f"照片里没有拍摄时间，收到 {cn_datetime(row.received_at)}"
    same_day = clock.local_date(taken) == clock.local_date(row.received_at)
    received = cn_time(row.received_at) if same_day else cn_datetime(row.received_at)
    later = "（离线补传）" if row.received_at - taken > SENT_LATER else ""
    return f"拍摄 {cn_datetime(taken)}，收到 {received}{later}"


@dataclass(frozen=True)
class Place:
    """What is known of where a claim was done, in a sentence part, and its tone."""

    text: str
    tone: str = ""
    is_known: bool = False


def place_of(claim: Claim) -> Place:
    """Return where the last round says it was: inside the task's area, outside, unknown, or not
    asked for.
    """
    rows = [e for e in last_round(claim) if e.kind == Evidence.Kind.POSITION]
    name = claim.task.area.short_name
    if not rows:
        wanted = claim.task.wants_position
        return Place("没有附上位置", "wait") if wanted else Place("这件事不要求位置")
    if any(row.is_inside is False for row in rows):
        return Place(f"不在{name}范围内", "late", is_known=True)
    if any(row.is_inside is None for row in rows):
        return Place(f"{name}还没有画边界，判断不了在不在", is_known=True)
    return Place(f"在{name}范围内", is_known=True)


@dataclass(frozen=True)
class Act:
    """One line of what happened."""

    at: datetime
    text: str


def history_of(actor: Actor, claim: Claim) -> list[Act]:
    """Return what happened to a claim, newest first, with more of each step than the common page
    says.
    """
    steps = sorted(claim.case.steps.all(), key=lambda s: s.position, reverse=True)
    return [Act(s.at, _said(actor, claim, s)) for s in steps]


def _said(actor: Actor, claim: Claim, step: Step) -> str:
    act = act_of(actor, claim.case, step)
    more = ""
    if step.verb == "assign":
        more = f"，由{claimant_name(actor, claim)}来做"
    elif step.verb == "submit":
        photos = len(step.detail.get("photos", ()))
        more = f"，照片 {photos} 张" if photos else "，没有照片"
    elif step.verb == "evaluate":
        more = f"，{step.detail['level']} 级 {step.detail['points']} 分"
    reason = f"：{step.reason}" if step.reason else ""
    return f"{act.who or '自动'} {act.label}{more}{reason}"


def verdict_of(claim: Claim) -> str:
    """Return who evaluated the claim last, and how."""
    steps = [s for s in claim.case.steps.all() if s.verb == "evaluate"]
    if not steps:
        return "还没有考评"
    last = max(steps, key=lambda s: s.position)
    said = f"。{last.reason}" if last.reason else ""
    name, detail = last.actor_name, last.detail
    return f"{name}：做到了，{detail['level']} 级 {detail['points']} 分{said}"


def claim_context(actor: Actor, claim: Claim, flags: Sequence[Flag]) -> dict[str, Any]:
    """Return what ``_claim_body.html`` shows of one claim."""
    evidence = last_round(claim)
    return {
        "claim": claim,
        "case": claim.case,
        "number": number_of(claim.case),
        "who": claimant_name(actor, claim),
        "state": state_label(claim.case),
        "steps": line_of(claim.case),
        "shots": shots_of(actor, claim, flags),
        "flags": [f for f in flags if f.evidence_id is None],
        "flag_count": len(flags),
        "place": place_of(claim),
        "filled": [e for e in evidence if e.kind == Evidence.Kind.FIELD],
        "notes": [e.text for e in evidence if e.kind == Evidence.Kind.NOTE],
        "submitted_at": evidence[0].received_at if evidence else None,
        "history": history_of(actor, claim),
        "plan": plan_of(claim.task.area, evidence) if evidence else None,
    }


@dataclass(frozen=True)
class ReviewRow:
    """One row of the page of reviews."""

    claim: Claim
    number: str
    who: str
    grid: str
    shots: list[Shot]
    flags: list[Flag]
    refusal: NotAllowed | None
    place: Place
    verdict: str

    @property
    def words(self) -> list[str]:
        """The flags in short, each once."""
        return list(dict.fromkeys(f.word for f in self.flags))

    @property
    def aside(self) -> str:
        """Why the actor stands aside, in short; empty when they need not."""
        if self.refusal is None:
            return ""
        return STAND_ASIDE.get(self.refusal.code, self.refusal.message)


def review_rows(
    actor: Actor,
    claims: Sequence[Claim],
    flags: dict[int, list[Flag]],
    refusals: dict[int, NotAllowed],
) -> list[ReviewRow]:
    """Return the rows of the page of reviews."""
    return [
        ReviewRow(
            claim=claim,
            number=number_of(claim.case),
            who=claimant_name(actor, claim),
            grid=claim.case.area.short_name,
            shots=shots_of(actor, claim, flags[claim.pk]),
            flags=flags[claim.pk],
            refusal=refusals.get(claim.pk),
            place=place_of(claim),
            verdict=verdict_of(claim),
        )
        for claim in claims
    ]
