"""Where a claim stands, in words: what happens next and by when, what was said, the days of its
notice. For showing alone: what may be done is decided by casework.
"""

from dataclasses import dataclass

from zhicunbao.base.templatetags.look import cn_date, cn_datetime
from zhicunbao.casework.models import PublicNotice
from zhicunbao.casework.queries import LinePart, days_of, line_of, state_label
from zhicunbao.casework.queries.notices import Day
from zhicunbao.kernel import clock
from zhicunbao.work.models import Claim, Task
from zhicunbao.work.queries import WAITING

LOST = ("rejected", "upheld", "withdrawn", "expired", "not_drawn")
"""States in which the claim brings no points."""
SAID = {
    "returned": ("退回补充", "late"),
    "rejected": ("没做到", "late"),
    "upheld": ("异议成立", "late"),
    "objected": ("有人提出异议", "wait"),
    "not_drawn": ("抽签结果", "plain"),
}
"""States whose last step carries a sentence for the claimant: its heading and its tone."""


@dataclass(frozen=True)
class Judges:
    """What the people who judge a task are called where it lies."""

    cadre: str
    committee: str


def is_village(prefix: str) -> bool:
    """Whether a prefix lies in a village and not in a community: the last three digits of its
    statistical code are 2xx, 3xx or 5xx (国家统计局《统计用区划代码和城乡划分代码编制规则》).
    """
    return prefix[9:10] in ("2", "3", "5")


def judges_of(task: Task) -> Judges:
    """Return who judges ``task``: a village's people are spoken of otherwise than a community's."""
    if is_village(task.audience_prefix):
        return Judges("村干部", "村党组织")
    return Judges("社区干部", "社区党委")


@dataclass(frozen=True)
class Standing:
    """A claim as its cards and its page show it."""

    claim: Claim
    said: str = ""

    @classmethod
    def listed(cls, claim: Claim) -> "Standing":
        """Return the standing of a claim from ``queries.my_claims``, which knows what was said."""
        return cls(claim, getattr(claim, "said", None) or "")

    @property
    def line(self) -> list[LinePart]:
        """The line of steps."""
        return line_of(self.claim.case)

    @property
    def label(self) -> str:
        """What people call the state."""
        return state_label(self.claim.case)

    @property
    def is_waiting(self) -> bool:
        """Whether the claimant can still hand in the proof."""
        return self.claim.case.state in WAITING and not self.is_late

    @property
    def is_late(self) -> bool:
        """Whether the time for the claimant's proof has run out, though the clock has not acted."""
        case = self.claim.case
        return case.state in WAITING and case.due_at is not None and case.due_at < clock.now()

    @property
    def is_lost(self) -> bool:
        """Whether it brings no points."""
        return self.claim.case.state in LOST

    @property
    def heading(self) -> str:
        """The heading of what was said last, when the claimant should read it."""
        return SAID.get(self.claim.case.state, ("", ""))[0]

    @property
    def tone(self) -> str:
        """The tone of what was said last."""
        return SAID.get(self.claim.case.state, ("", ""))[1]

    @property
    def button(self) -> str:
        """The verb for handing in the proof."""
        if self.claim.case.state == "returned":
            return "补拍照片" if self.claim.task.photos_min else "补充后再提交"
        return "拍照并提交" if self.claim.task.photos_min else "去提交"

    @property
    def days(self) -> list[Day]:
        """The days of the notice while it runs."""
        notice = self.notice
        if notice is None or self.claim.case.state not in ("in_notice", "objected"):
            return []
        return days_of(notice, is_stopped=self.claim.case.state == "objected")

    @property
    def notice(self) -> PublicNotice | None:
        """The notice in which it stands or stood."""
        entry = getattr(self.claim.case, "notice_entry", None)
        return entry.notice if entry is not None else None

    @property
    def next(self) -> str:
        """One sentence: what happens next and by when."""
        claim, case = self.claim, self.claim.case
        judges = judges_of(claim.task)
        due = cn_datetime(case.due_at)
        by = ""
        if case.due_at is not None:
            is_over = case.due_at < clock.now()
            by = "，已过答复期限" if is_over else f"，{cn_date(case.due_at)}前答复"
        if self.is_late:
            return f"{due} 已过，不能再提交。想继续请联系{judges.cadre}"
        sentences = {
            "entered": f"{due} 抽签，抽中会通知您",
            "claimed": f"请在 {due} 前提交",
            "returned": f"{due} 前补好即可",
            "submitted": f"{judges.cadre}正在看{by}",
            "evaluated": f"考评通过，等{judges.committee}审核{by}",
            "in_notice": self._in_notice(),
            "objected": "正在核实，入账先停下，结果会通知您",
            "posted": f"{cn_date(case.closed_at)}入账 {claim.points} 分",
            "rejected": "考评没有通过，不计积分",
            "upheld": "异议查实，积分不入账",
            "withdrawn": f"{cn_date(case.closed_at)}放弃，名额已让出",
            "expired": f"{cn_date(case.closed_at)}逾期，名额已让出",
            "not_drawn": "这次没有抽中，不影响以后",
        }
        return sentences[case.state]

    def _in_notice(self) -> str:
        notice = self.notice
        if notice is None or not notice.window_days:
            return "没有异议，马上入账"
        end = f"没有异议，{cn_date(notice.closes_at)}期满入账"
        begun = sum(day.state != "ahead" for day in self.days)
        return f"公示第 {begun} 天，{end}" if begun else f"公示 {notice.window_days} 天，{end}"

    @property
    def days_text(self) -> str:
        """The days of the notice in words."""
        begun = sum(day.state != "ahead" for day in self.days)
        return f"公示共 {len(self.days)} 个工作日，到了第 {begun} 天"
