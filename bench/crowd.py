"""Fills the tests' town with a busy year: tasks, claims with steps and photos, notices, transfers,
audit entries. Rows are written in bulk, so only their number and shape are real.
"""

import random
from datetime import timedelta
from itertools import count

from tests.cast import Town
from tests.work import street
from zhicunbao.base import audit
from zhicunbao.base.models import (
    Area,
    Attachment,
    AuditEntry,
    OutboxMessage,
    Person,
    Post,
)
from zhicunbao.casework.models import Case, Evidence, NoticeEntry, PublicNotice, Step
from zhicunbao.kernel import clock
from zhicunbao.ledger import rules
from zhicunbao.ledger.models import Account, Purse, Transfer
from zhicunbao.registry.models import Household, Membership
from zhicunbao.work.actions import compare_photos
from zhicunbao.work.models import Claim, Task, WorkItemVersion

AT_ONCE = 2_000
MEMBERS = 526
HOUSEHOLDS = 3_000
STATES = (
    *(("posted",) * 80),
    *("in_notice",) * 5,
    *("evaluated",) * 3,
    *("submitted",) * 4,
    *("claimed",) * 3,
    *("expired", "withdrawn", "rejected", "returned", "upheld"),
)
LINE = ("claimed", "submitted", "evaluated", "in_notice", "posted")
VERBS = ("claim", "submit", "evaluate", "review", "post")


class Crowd:
    """The bulk rows; ``fill`` writes them all."""

    def __init__(self, town: Town, *, claims: int, tasks: int) -> None:
        self.town, self.claims_wanted, self.tasks_wanted = town, claims, tasks
        self.random = random.Random(1)
        self.now = clock.now()
        self.numbers = count(1)
        self.village_areas = list(Area.objects.filter(level__in=["community", "village"]))

    def fill(self) -> None:
        """Write members, households, tasks, claims and all that hangs on them."""
        self.members()
        self.households()
        self.tasks()
        self.claims()
        self.records()

    def members(self) -> None:
        micro_grids = list(Area.objects.filter(level="micro_grid"))
        people = Person.objects.bulk_create(
            Person(name=f"群{n:03d}", phone=f"1370000{n:04d}", is_demo=True) for n in range(MEMBERS)
        )
        posts = []
        for n, person in enumerate(people):
            area = micro_grids[n % len(micro_grids)]
            posts.append(
                Post(person=person, role="grid_member", area=area, area_prefix=area.prefix)
            )
        Post.objects.bulk_create(posts)
        self.people = [*people, self.town.person("member"), self.town.person("member2")]

    def households(self) -> None:
        area = self.town.red_lane
        homes = Household.objects.bulk_create(
            [
                Household(
                    number=f"{area.prefix[:12]}-{90_000 + n}",
                    area=area,
                    area_prefix=area.prefix,
                    address=f"红光里 {n} 号",
                )
                for n in range(HOUSEHOLDS)
            ],
            batch_size=AT_ONCE,
        )
        people = Person.objects.bulk_create(
            [Person(name=f"户{n:04d}", is_demo=True) for n in range(HOUSEHOLDS)],
            batch_size=AT_ONCE,
        )
        Membership.objects.bulk_create(
            [
                Membership(household=home, person=person, relation="head")
                for home, person in zip(homes, people, strict=True)
            ],
            batch_size=AT_ONCE,
        )

    def tasks(self) -> None:
        street.content()  # loads the catalogue
        versions = list(WorkItemVersion.objects.select_related("item"))
        admin = self.town.person("admin")
        cases = Case.objects.bulk_create(
            self.case("work.task", "published" if n % 8 == 0 else "closed", None, n)
            for n in range(self.tasks_wanted)
        )
        Step.objects.bulk_create(
            Step(
                case=case,
                position=1,
                verb="publish",
                target="published",
                person=admin,
                actor_name=admin.name,
                door="page",
                digest="0" * 64,
            )
            for case in cases
        )
        rows = []
        for n, case in enumerate(cases):
            version = versions[n % len(versions)]
            opens = self.now - timedelta(days=0 if case.state == "published" else n % 300)
            rows.append(
                Task(
                    case=case,
                    version=version,
                    title=case.subject,
                    text="逐户看一遍，能当场解决的当场解决。",
                    level=3,
                    points=version.points(3),
                    area=case.area,
                    area_prefix=case.area_prefix,
                    audience_prefix=case.area_prefix[:12],
                    slots=100,
                    taken_count=40,
                    opens_at=opens,
                    closes_at=opens + timedelta(days=2),
                    due_at=opens + timedelta(days=4),
                    photos_min=version.photos_min,
                    minutes=30,
                    publisher=admin,
                )
            )
        self.task_rows = Task.objects.bulk_create(rows)

    def case(self, flow: str, state: str, owner: Person | None, n: int) -> Case:
        # Two of five lie in 东门社区, so that one place is heavy.
        area = self.town.dongmen if n % 5 < 2 else self.village_areas[n % len(self.village_areas)]
        opened = self.now - timedelta(hours=n % 8_000)
        return Case(
            flow=flow,
            state=state,
            subject=f"任务 {n}",
            area=area,
            area_prefix=area.prefix,
            owner=owner,
            opened_at=opened,
            moved_at=opened,
            due_at=None if state in ("posted", "closed") else self.now + timedelta(hours=n % 90),
            closed_at=opened + timedelta(days=5) if state in ("posted", "closed") else None,
        )

    def claims(self) -> None:
        states = [self.random.choice(STATES) for _ in range(self.claims_wanted)]
        pairs = [
            (self.people[n % len(self.people)], self.task_rows[n % len(self.task_rows)])
            for n in range(self.claims_wanted)
        ]
        cases = Case.objects.bulk_create(
            [
                self.case("work.claim", state, person, n)
                for n, (state, (person, _)) in enumerate(zip(states, pairs, strict=True))
            ],
            batch_size=AT_ONCE,
        )
        Claim.objects.bulk_create(
            [
                Claim(
                    case=case,
                    task=task,
                    claimant=person,
                    level=3,
                    points=task.points,
                    # The pairs repeat; one live claim a person and task is the rule.
                    is_active=False,
                    claimed_at=case.opened_at,
                )
                for case, (person, task) in zip(cases, pairs, strict=True)
            ],
            batch_size=AT_ONCE,
        )
        self.steps(cases)
        self.photos([c for c in cases if c.state not in ("claimed", "expired", "withdrawn")])
        self.ledger([c for c in cases if c.state in ("posted", "in_notice")])

    def steps(self, cases: list[Case]) -> None:
        admin, reviewer = self.town.person("admin"), self.town.person("reviewer")
        rows = []
        for case in cases:
            last = LINE.index(case.state) if case.state in LINE else 1
            actors = (case.owner, case.owner, admin, reviewer, None)
            for n in range(last + 1):
                who = actors[n]
                rows.append(
                    Step(
                        case=case,
                        position=n + 1,
                        verb=VERBS[n],
                        source=LINE[n - 1] if n else "",
                        target=LINE[n],
                        person=who,
                        actor_name=who.name if who else "系统",
                        door="page",
                        at=case.opened_at + timedelta(hours=n),
                        detail={"level": 3, "points": 20, "round": 2},
                        digest="0" * 64,
                    )
                )
        Step.objects.bulk_create(rows, batch_size=AT_ONCE)

    def photos(self, cases: list[Case]) -> None:
        kept = Attachment.objects.bulk_create(
            [
                Attachment(
                    kind="photo",
                    sha256=f"{next(self.numbers):064x}",
                    stored_sha256="0" * 64,
                    path="none.jpg",
                    media_type="image/jpeg",
                    size_bytes=80_000,
                    width=1280,
                    height=960,
                    perceptual_hash=f"{self.random.getrandbits(64):016x}",
                    uploaded_by=case.owner,
                    area_prefix=case.area_prefix,
                )
                for case in cases
                for _ in range(2)
            ],
            batch_size=AT_ONCE,
        )
        Evidence.objects.bulk_create(
            [
                Evidence(
                    case=cases[n // 2],
                    round=2,
                    kind="photo",
                    label=("整改前", "整改后")[n % 2],
                    attachment=attachment,
                )
                for n, attachment in enumerate(kept)
            ],
            batch_size=AT_ONCE,
        )

    def ledger(self, cases: list[Case]) -> None:
        purse = Purse.objects.order_by("pk")[0]
        fund = Account.objects.get(code=rules.fund_code(purse.pk))
        accounts = {}
        for person in self.people:
            accounts[person.pk], _ = Account.objects.get_or_create(
                code=rules.person_code(person.pk, purse.pk),
                defaults={
                    "holder_kind": "person",
                    "holder_id": person.pk,
                    "unit": purse.unit,
                    "purse": purse,
                    "is_guarded": True,
                },
            )
        holds = Transfer.objects.bulk_create(
            [
                self.transfer(case, "pending", fund, accounts[case.owner_id or 0], None)
                for case in cases
            ],
            batch_size=AT_ONCE,
        )
        Transfer.objects.bulk_create(
            [
                self.transfer(case, "post_pending", fund, accounts[case.owner_id or 0], hold)
                for case, hold in zip(cases, holds, strict=True)
                if case.state == "posted"
            ],
            batch_size=AT_ONCE,
        )
        notices = [
            PublicNotice(
                batch_key=f"crowd:{n}",
                title=f"第 {n} 批积分公示",
                area=self.town.dongmen,
                area_prefix=self.town.dongmen.prefix,
                window_days=5,
                opens_at=self.now - timedelta(days=n),
                closes_at=self.now - timedelta(days=n - 6),
            )
            for n in range(1 + len(cases) // 100)
        ]
        PublicNotice.objects.bulk_create(notices)
        NoticeEntry.objects.bulk_create(
            [
                NoticeEntry(
                    notice=notices[n // 100],
                    case=case,
                    masked_name="群**",
                    area_name="红光里",
                    subject=case.subject,
                    points=20,
                )
                for n, case in enumerate(cases)
            ],
            batch_size=AT_ONCE,
        )

    def transfer(
        self, case: Case, kind: str, fund: Account, account: Account, hold: Transfer | None
    ) -> Transfer:
        return Transfer(
            key=f"crowd:{kind}:{case.pk}",
            kind=kind,
            unit=fund.unit,
            debit_account=fund,
            credit_account=account,
            amount=20,
            pending=hold,
            reason="award",
            memo=case.subject,
            case_number=str(case.pk),
            area_prefix=case.area_prefix,
            at=case.opened_at,
        )

    def records(self) -> None:
        """An audit entry for each step, and messages for everybody."""
        admin = self.town.person("admin")
        entries = [
            AuditEntry(
                person=admin,
                actor_name=admin.name,
                door="page",
                verb="casework.case_moved",
                subject_type="casework.case",
                subject_id=str(step.case_id),
                area_prefix=self.town.dongmen.prefix,
                detail={"about": step.case.subject, "flow": step.case.flow, "verb": step.verb},
                at=min(step.at, self.now - timedelta(hours=1)),
            )
            for step in Step.objects.select_related("case").order_by("at", "pk")
        ]
        for entry in entries:
            entry.digest = entry.computed_digest()
        AuditEntry.objects.bulk_create(entries, batch_size=AT_ONCE)
        # What the worker would have done by now. The scenes' own rows, written a moment ago, have
        # settled by then.
        later = self.now + timedelta(minutes=5)
        while audit.seal(later):
            pass
        while compare_photos(later):
            pass
        OutboxMessage.objects.bulk_create(
            [
                OutboxMessage(person=person, key=f"crowd:{n}", title="任务", text="审核通过。")
                for person in (*self.people, admin)
                for n in range(40)
            ],
            batch_size=AT_ONCE,
        )
