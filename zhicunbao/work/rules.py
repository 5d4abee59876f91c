"""Rules of work: who a task is for, what it costs a worker, caps, and checks of a publication."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from zhicunbao.base.access import Actor, Duty
from zhicunbao.base.roles import GRID
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Invalid
from zhicunbao.work.models import Task, WorkItemVersion

LEVELS: Final = (1, 2, 3, 4, 5)
MINUTES_A_PHOTO: Final = 1.5
MINUTES_A_POSITION: Final = 0.5
"""Product estimates of what proof costs a worker; shown to the publisher before publishing."""
SLOTS_MAX: Final = 200
YEARS: Final = range(2020, 2100)
"""In which a task can lie: beyond them stands a slip of the finger, and at the end of all years
the databases stumble.
"""
PHOTOS_MAX: Final = 6
"""What a task may ask for."""
PHOTOS_SENT_MAX: Final = 9
"""More tells those who judge nothing new, and ten at the upload limit fill a whole request."""
FIELD_LENGTH_MAX: Final = 300
NOTE_LENGTH_MAX: Final = 200
EXTRA_LABEL: Final = "其他"
"""What a photo is called beside those that the task names."""


@dataclass(frozen=True)
class Stair:
    """A difficulty with its points and what it means."""

    level: int
    points: int
    meaning: str


def stairs_of(version: WorkItemVersion) -> list[Stair]:
    """Return the five difficulties of a work item, the easiest first."""
    return [Stair(n, version.points(n), version.level_meanings[n - 1]) for n in LEVELS]


@dataclass(frozen=True)
class Effort:
    """What one worker gives, in minutes, and of what it is made."""

    on_site: int
    photos: float
    fields: float
    position: float

    @property
    def minutes(self) -> int:
        """The sum, rounded up to whole minutes."""
        total = self.on_site + self.photos + self.fields + self.position
        return int(-(-total // 1))


def effort(
    version: WorkItemVersion, *, photos_min: int, fields: Iterable[dict[str, Any]], position: bool
) -> Effort:
    """Return the effort that a task with this proof asks of one person (网格事项准入的“算账”)."""
    return Effort(
        on_site=version.minutes_on_site,
        photos=photos_min * MINUTES_A_PHOTO,
        fields=sum(float(f.get("minutes", 1)) for f in fields),
        position=MINUTES_A_POSITION if position else 0,
    )


def audience_of(area_prefix: str) -> str:
    """Return whose members may claim a task at ``area_prefix``: the community around it."""
    return area_prefix[:12]


def grid_duty(actor: Actor, task: Task) -> Duty | None:
    """Return the actor's grid post inside the task's audience, if any."""
    return next(
        (d for d in actor.duties if d.role in GRID and d.prefix.startswith(task.audience_prefix)),
        None,
    )


def period_start(period: str, today: date) -> datetime:
    """Return the first moment of the month, quarter or year of ``today``, in UTC."""
    month = {"month": today.month, "quarter": 3 * ((today.month - 1) // 3) + 1, "year": 1}[period]
    return clock.start_of(date(today.year, month, 1))


def draw_order(seed: str, numbers: Iterable[int]) -> list[int]:
    """Return ``numbers`` in the order of the lot.

    The order follows from ``seed`` alone, which is recorded, so anyone can draw again and compare.
    """
    return sorted(numbers, key=lambda n: hashlib.sha256(f"{seed}:{n}".encode()).hexdigest())


@dataclass(frozen=True)
class Publication:
    """What a publisher fills in, before it is checked. Times are aware."""

    version: WorkItemVersion
    title: str
    text: str
    level: int
    slots: int
    way: str
    opens_at: datetime
    closes_at: datetime
    due_at: datetime
    place: str = ""
    photos_min: int = 0
    photo_labels: tuple[str, ...] = ()
    wants_position: bool = False
    fields: tuple[dict[str, Any], ...] = ()

    def check_draft(self) -> None:
        """Refuse what no task can be, naming every field and its mend at once; a draft may lack
        anything else.
        """
        if wrong := self._impossible():
            raise Invalid("草稿还存不了，请改好标出的几处。", fields=wrong)

    def _impossible(self) -> dict[str, str]:
        wrong: dict[str, str] = {}
        if self.level not in LEVELS:
            wrong["level"] = "难度请选 1 到 5 级"
        if not 1 <= self.slots <= SLOTS_MAX:
            wrong["slots"] = f"名额请填 1 到 {SLOTS_MAX}"
        if self.way not in Task.Way.values:
            wrong["way"] = "请选认领、抽签或指定"
        if not 0 <= self.photos_min <= PHOTOS_MAX:
            wrong["photos_min"] = f"照片最多要 {PHOTOS_MAX} 张"
        for name in ("opens_at", "closes_at", "due_at"):
            if getattr(self, name).year not in YEARS:
                wrong[name] = f"请选 {YEARS[0]} 到 {YEARS[-1]} 年之间的时间"
        return wrong

    def check(self, now: datetime) -> None:
        """Refuse what cannot be published, naming every field and its mend at once."""
        wrong = self._impossible()
        if not 4 <= len(self.title.strip()) <= 40:
            wrong["title"] = "任务名称请写 4 到 40 字"
        if not 4 <= len(self.text.strip()) <= 300:
            wrong["text"] = "要做什么请写 4 到 300 字"
        if self.closes_at <= max(now, self.opens_at):
            wrong.setdefault("closes_at", "认领截止要晚于开始，也要晚于现在")
        if self.due_at < self.closes_at:
            wrong.setdefault("due_at", "完成期限要不早于认领截止")
        if wrong:
            raise Invalid("任务还不能发布，请改好标出的几处。", fields=wrong)

    def plain(self) -> dict[str, Any]:
        """Return the content as plain values: the fingerprint of a publication."""
        return {
            "version": self.version.pk,
            "words": [self.title, self.text, self.place],
            "numbers": [self.level, self.slots, self.photos_min],
            "way": self.way,
            "times": [t.isoformat() for t in (self.opens_at, self.closes_at, self.due_at)],
            "proof": [list(self.photo_labels), self.wants_position, [dict(f) for f in self.fields]],
        }
