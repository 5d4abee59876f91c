"""A month in the life of the demo street, lived through the product's own actions at their own
times: nothing here writes a table by itself, so what the demo shows is what the product does.
"""

import heapq
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from django.db import transaction

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.models import Area, Person, Post
from zhicunbao.casework import actions as casework
from zhicunbao.casework.actions.evidence import Position
from zhicunbao.casework.models import Case, NoticeEntry
from zhicunbao.casework.queries import inbox
from zhicunbao.casework.rules import NOTICE_DAYS
from zhicunbao.jobs.demo.cast import CAST, DONGMEN
from zhicunbao.jobs.demo.darkroom import Darkroom, Order
from zhicunbao.jobs.demo.matters import plan_matters
from zhicunbao.jobs.demo.outlines import spot_in
from zhicunbao.jobs.demo.plan import Plan, plans
from zhicunbao.jobs.demo.shop import plan_shop
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Refusal
from zhicunbao.ledger import actions as ledger
from zhicunbao.ledger.models import Transfer
from zhicunbao.registry.queries import outline_of
from zhicunbao.work import actions as work
from zhicunbao.work.models import Claim, Task, WorkItem
from zhicunbao.work.queries import current_versions
from zhicunbao.work.rules import Publication

FUNDED_POINTS: Final = 200_000
REVIEW_DAYS: Final = (*range(29, 6, -2), 4)
"""Days before today on which the committees sit. The last lies back, so that a batch waits."""
FIXED: Final = ("batch", "returned", "waiting")
"""Fates that leave nothing to chance, so that something waits in every inbox on any weekday."""
RETURN_REASONS: Final = (
    "第二张看不清楼层，请补一张。",
    "还差整改后的照片，请补上。",
    "户数和名单对不上，请核对后再交。",
)
REJECT_REASON: Final = "照片不是这次任务的地点，走访名单也没有，不能算完成。"


def live_a_month(after_each: Callable[[], object] | None = None) -> str:
    """Live the month that ends now; return what came of it in one Chinese sentence.

    The street must have been built. Takes some twenty seconds; all or nothing. ``after_each`` is
    called after each act, at its time, for whoever watches the books meanwhile.
    """
    with Darkroom() as darkroom, transaction.atomic():
        month = _Month(clock.now(), darkroom, seed=20260401)
        month.prepare()
        month.live(after_each)
        return month.report()


class _Month:
    """A calendar of acts: each happens at its own time and may put further acts into it."""

    def __init__(self, now: datetime, darkroom: Darkroom, seed: int) -> None:
        self.now = now
        self.darkroom = darkroom
        self.random = random.Random(seed)  # noqa: S311 -- a story, not a secret
        self.numbers = count(1)
        self.calendar: list[tuple[datetime, int, Callable[..., object], tuple[Any, ...]]] = []
        self.actors: dict[int, Actor] = {}
        self.cast = {m.key: Person.objects.get(phone=m.phone) for m in CAST}
        self.seen: Counter[str] = Counter()

    # ---- the calendar ----

    def put(self, when: datetime, act: Callable[..., object], *about: Any) -> None:
        """Have ``act`` happen at ``when``, unless that is still to come."""
        if when < self.now:
            heapq.heappush(self.calendar, (when, next(self.numbers), act, about))

    def live(self, after_each: Callable[[], object] | None = None) -> None:
        """Let everything happen in the order of time."""
        while self.calendar:
            when, _, act, about = heapq.heappop(self.calendar)
            with clock.at(when):
                try:
                    act(*about)
                except Refusal as refusal:
                    self.seen[f"refused: {refusal.code}"] += 1
                if after_each is not None:
                    after_each()

    def day(self, back: int, hour: int, minute: int = 0) -> datetime:
        """Return a moment ``back`` days before today, Chinese time."""
        morning = clock.end_of(clock.local_date(self.now)) - clock.DAY + timedelta(seconds=1)
        return morning - timedelta(days=back) + timedelta(hours=hour, minutes=minute)

    def awake(self, when: datetime) -> datetime:
        """Return ``when``, or the next morning when it falls into the night."""
        local = when.astimezone(clock.LOCAL)
        if 7 <= local.hour < 21:
            return when
        morning = local.replace(hour=7, minute=self.random.randrange(60))
        return morning if local.hour < 7 else morning + clock.DAY

    def key(self) -> str:
        return f"demo-{next(self.numbers)}"

    def actor(self, person: Person) -> Actor:
        if person.pk not in self.actors:
            self.actors[person.pk] = access.actor_of(person)
        return self.actors[person.pk]

    # ---- before the month ----

    def prepare(self) -> None:
        """Found the purse, the catalogue and the rules, and plan the month."""
        leader, officer = self.actor(self.cast["leader"]), self.actor(self.cast["officer"])
        street = Area.objects.get(code="331125001000")
        with clock.at(self.day(34, 9)):
            work.load_starter()
            purse = ledger.create_purse(
                leader,
                name="浮云街道治村宝资金池",
                area=street,
                unit_value_fen=100,
                source_document="演示文件〔2026〕1 号（虚构）",
                funder="浮云街道（演示）",
                key=self.key(),
            )
            ledger.fund_purse(
                leader,
                purse=purse,
                points=FUNDED_POINTS,
                document="演示文件〔2026〕1 号（虚构）",
                key=self.key(),
            )
            casework.adopt_rule(
                officer,
                name=NOTICE_DAYS,
                area=street,
                value=3,
                valid_from=clock.today(),
                source="演示：街道办公会议纪要（虚构）",
                key=self.key(),
            )
            work.adopt_version(
                officer,
                WorkItem.objects.get(name="消防安全"),
                changes={"minutes_on_site": 20},
                source="演示：三月试行后按实际用时修订（虚构）",
                key=self.key(),
            )
        self._plan()

    def _plan(self) -> None:
        versions = {v.item.name: v for v in current_versions()}
        self.places = {a.short_name: a for a in Area.objects.filter(prefix__startswith="331125001")}
        self.members: dict[str, list[Person]] = {}
        self.judges: dict[str, dict[str, list[Person]]] = {}
        tasks = plans()
        for name in sorted({p.community for p in tasks}):
            posts = Post.objects.filter(access.under([self.places[name].prefix])).select_related(
                "person"
            )
            roles: dict[str, list[Person]] = {}
            for post in posts:
                roles.setdefault(post.role, []).append(post.person)
            self.members[name] = roles.pop("grid_member")
            self.judges[name] = roles
        for plan in tasks:
            item = versions[plan.item]
            self.put(self.day(plan.day, 9, self.random.randrange(50)), self.publish, plan, item)
        for back in REVIEW_DAYS:
            for name in self.judges:
                self.put(self.day(back, 15, self.random.randrange(40)), self.review, name)
        for back in range(34, -1, -1):
            self.put(self.day(back, 0, 10), casework.tick, self.day(back, 0, 10))
        self.put(self.day(11, 10), self.object_to, "upheld")
        self.put(self.day(8, 10), self.object_to, "dismissed")
        self.put(self.day(1, 8), self.object_to, "")
        plan_matters(self)
        plan_shop(self)

    # ---- tasks ----

    def publish(self, plan: Plan, version: Any) -> None:
        """The community's admin publishes, and people begin to claim."""
        publisher = self.actor(self._one(plan.community, "community_admin", "village_cadre"))
        opens = clock.now()
        closes = opens + timedelta(days=plan.window)
        content = Publication(
            version=version,
            title=plan.title,
            text=plan.text,
            level=plan.level,
            slots=plan.slots,
            way=plan.way,
            opens_at=opens,
            closes_at=closes,
            due_at=clock.end_of(clock.local_date(opens) + timedelta(days=plan.days_to_do))
            - timedelta(hours=6, seconds=-1),
            place=plan.place,
            photos_min=version.photos_min,
            photo_labels=tuple(version.photo_labels),
            wants_position=version.wants_position,
            fields=tuple(version.fields),
        )
        area = self.places[plan.community]
        if plan.fate == "draft":
            work.save_draft(publisher, content, area=area, key=self.key())
            return
        task = work.publish_task(publisher, content, area=area, key=self.key())
        self.seen["tasks"] += 1
        if plan.fate == "withdraw":
            self.put(opens + timedelta(hours=3), self.withdraw_task, publisher, task)
            return
        people = self._who_comes(plan, task)
        if plan.way == "assign":
            work.assign_task(
                publisher, task, person_ids=[p.pk for p in people[: task.slots]], key=self.key()
            )
            return
        for person in people:
            latest = 4 if plan.fate in FIXED else plan.window * 24 - 1
            hours = self.random.triangular(0.2, latest, 3)
            self.put(self.awake(opens + timedelta(hours=hours)), self.claim, task, person, plan)

    def withdraw_task(self, publisher: Actor, task: Task) -> None:
        """Nobody claimed it, and it turned out to be done already."""
        casework.perform(
            publisher, task.case, "withdraw", key=self.key(), reason="清单有误，改好后重新发布。"
        )

    def _one(self, community: str, *roles: str) -> Person:
        found = self.judges[community]
        return next(found[r][0] for r in roles if r in found)

    def _who_comes(self, plan: Plan, task: Task) -> list[Person]:
        members = self.members[plan.community]
        turnout = {"claim": self.random.uniform(0.8, 1.0), "draw": 1.8, "assign": 1.0}[plan.way]
        number = min(len(members), max(2, round(task.slots * turnout)))
        people = self.random.sample(members, number)
        if plan.community == DONGMEN:
            keys = ("grid_member", "other_grid_member", "kin_grid_member")
            regulars = [self.cast[k] for k in keys]
            if 3 < plan.day < 10 or plan.fate in FIXED or self.random.random() < 0.5:
                people = [*regulars, *(p for p in people if p not in regulars)][:number]
        return people

    # ---- claims ----

    def claim(self, task: Task, person: Person, plan: Plan) -> None:
        """Somebody claims, and will submit, give up, or forget."""
        claim = work.claim_task(self.actor(person), task, key=self.key())
        fate = self.random.random()
        if plan.fate in FIXED:
            self.will_submit(clock.now() + timedelta(hours=8), claim, plan)
        elif claim.task.way == Task.Way.DRAW:
            self.will_submit(task.closes_at + timedelta(hours=20), claim, plan)
        elif fate < 0.04:
            self.put(clock.now() + timedelta(hours=9), self.give_up, claim)
        elif fate > 0.97:
            return
        else:
            room = (task.due_at - clock.now()) / timedelta(hours=1)
            hours = self.random.triangular(1, max(2.0, room - 2), min(20, room / 2))
            self.will_submit(self.awake(clock.now() + timedelta(hours=hours)), claim, plan)

    def give_up(self, claim: Claim) -> None:
        """The person has no time after all."""
        claim.case.refresh_from_db()
        casework.perform(self.actor(claim.claimant), claim.case, "withdraw", key=self.key())

    def will_submit(self, when: datetime, claim: Claim, plan: Plan) -> None:
        """Put the submission into the calendar and have its photos made meanwhile."""
        if when < self.now:
            self.put(when, self.submit, claim, plan, self.darkroom.order(claim, plan, when))

    def submit(self, claim: Claim, plan: Plan, photos: list[Order]) -> None:
        """Photos, position, fields: what the task wants."""
        claim = Claim.objects.select_related("case", "task", "claimant").get(pk=claim.pk)
        if claim.case.state not in ("claimed", "returned"):
            return
        work.submit_proof(
            self.actor(claim.claimant),
            claim,
            key=self.key(),
            photos=[order.collect() for order in photos],
            position=self._position(claim),
            fields=[(f["label"], self._filled(f["label"])) for f in claim.task.fields],
            note=self.random.choice(["", "都看过了，没有问题。", "有一户不在家，明天再去。"]),
        )
        if plan.fate == "waiting":
            return
        wait = 12 if plan.fate in FIXED else self.random.triangular(2, 44, 18)
        self.put(self.awake(clock.now() + timedelta(hours=wait)), self.evaluate, claim, plan)

    def _position(self, claim: Claim) -> Position | None:
        if not claim.task.wants_position or self.random.random() < 0.1:
            return None
        latitude, longitude = spot_in(outline_of(claim.task.area), seed=claim.pk)
        astray = 0.03 if self.random.random() < 0.06 else 0
        return Position(latitude + astray, longitude, self.random.randrange(8, 40))

    def _filled(self, label: str) -> str:
        if label.endswith(("户数", "人数", "层数", "处数", "小时", "老人数")):
            return str(self.random.randrange(2, 14))
        return self.random.choice(
            ["已当面说清，双方都同意。", "情况已记下，报给社区。", "按名单走完。"]
        )

    def evaluate(self, claim: Claim, plan: Plan) -> None:
        """The admin looks: mostly done, now and then returned, seldom not."""
        claim = Claim.objects.select_related("case").get(pk=claim.pk)
        judge = self.actor(self._one(plan.community, "community_admin", "village_cadre"))
        fate = self.random.random()
        if claim.case.state != "submitted":
            return
        if plan.fate == "returned" and claim.claimant_id == self.cast["grid_member"].pk:
            reason = RETURN_REASONS[1]
            work.evaluate(judge, claim, verb="return", key=self.key(), reason=reason)
        elif fate < 0.05 and plan.fate not in FIXED:
            reason = self.random.choice(RETURN_REASONS)
            work.evaluate(judge, claim, verb="return", key=self.key(), reason=reason)
            self.will_submit(clock.now() + timedelta(hours=22), claim, plan)
        elif fate < 0.07 and plan.fate not in FIXED:
            work.evaluate(judge, claim, verb="reject", key=self.key(), reason=REJECT_REASON)
        else:
            work.evaluate(judge, claim, verb="evaluate", key=self.key())

    def review(self, community: str) -> None:
        """The committee sits: each member passes what waits for them, in one batch."""
        for person in self.judges[community].get("committee_reviewer", []):
            actor = self.actor(person)
            waiting = list(inbox(actor, flow="work.claim", state="evaluated")[:100])
            if waiting:
                work.review_batch(actor, [(c, c.version) for c in waiting], key=self.key())
                self.seen["batches"] += 1

    # ---- objections ----

    def object_to(self, answer: str) -> None:
        """A villager disagrees with a line of a running notice; somebody else answers, or will."""
        villager = self.actor(self.cast["villager"])
        entry = (
            NoticeEntry.objects.filter(
                access.under([self.places[DONGMEN].prefix], "case__area_prefix"),
                case__state="in_notice",
                notice__closes_at__gt=clock.now(),
            )
            .exclude(case__owner=villager.person_id)
            .order_by("-points", "pk")
            .first()
        )
        if entry is None:
            return
        text = "那天我在场，清理的不是这个楼道，请再核实一下。"
        objection = casework.object_to(villager, entry, text=text, key=self.key())
        if answer:
            when = clock.now() + timedelta(hours=26)
            self.put(when, self.answer, objection.case, answer)

    def answer(self, case: Case, answer: str) -> None:
        """The oversight committee has looked into it."""
        verb = {"upheld": "uphold", "dismissed": "dismiss"}[answer]
        reason = (
            "看了照片和现场，地点确实不对，撤销这笔。"
            if answer == "upheld"
            else "核对了拍摄时间和现场，地点没有错，继续公示。"
        )
        oversight = self.actor(self.cast["oversight"])
        casework.perform(oversight, case, verb, key=self.key(), reason=reason)

    def report(self) -> str:
        """Say what the month came to."""
        states = Counter(
            Case.objects.filter(flow="work.claim").values_list("state", flat=True).iterator()
        )
        posted = Transfer.objects.filter(kind=Transfer.Kind.POST_PENDING).values_list(
            "amount", flat=True
        )
        return (
            f"发布 {self.seen['tasks']} 件任务，{sum(states.values())} 次认领，"
            f"{states['posted']} 次已入账，共 {sum(posted):,} 分"
        )
