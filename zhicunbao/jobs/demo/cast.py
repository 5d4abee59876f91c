"""The cast of the demo: the few invented people as whom a visitor signs in, each with a post and a
part in the month that the street has lived. All other people of the demo have no password.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.contrib.auth.hashers import make_password

from zhicunbao.base.models import Area, Organisation, Person, Post
from zhicunbao.kernel import clock

STREET: Final = "浮云街道"
DONGMEN: Final = "东门社区"
ZHONGSHAN: Final = "中山社区"
ZHUANGQIAN: Final = "庄前村"
PREFIXES: Final = {
    STREET: "331125001",
    ZHONGSHAN: "331125001001",
    DONGMEN: "331125001004",
    ZHUANGQIAN: "331125001204",
}
BODY_OF_ROLE: Final = {
    "committee_reviewer": Organisation.Kind.PARTY_COMMITTEE,
    "subdistrict_officer": Organisation.Kind.OFFICE,
    "subdistrict_leader": Organisation.Kind.OFFICE,
}
"""Role → the kind of body in whose name it is held."""

PASSWORD: Final = "yunhe-demo-2026"  # noqa: S105 -- the demo's, printed in the README
PHONE_PREFIX: Final = "1990000"
"""Begins the phones of the cast and of nobody else; the sign-in page of the demo lists them."""
SINCE: Final = date(2025, 1, 1)
"""When every post and membership of the demo begins: before any month that the demo lives."""
ENTERED_AT: Final = datetime(2025, 1, 1, 9, 0, tzinfo=clock.LOCAL)


@dataclass(frozen=True)
class Member:
    """One of the cast: who, in which post, and what they do, in one sentence.

    ``village`` is the community, village or street; ``grid`` and ``micro_grid`` count from 1 within
    it (0: the post lies in ``village`` itself).
    """

    key: str
    name: str
    phone: str
    role: str
    village: str
    does: str
    grid: int = 0
    micro_grid: int = 0

    @property
    def prefix(self) -> str:
        """The prefix of the area in which the post lies."""
        grid = f"{self.grid:02d}" if self.grid else ""
        return PREFIXES[self.village] + grid + (f"{self.micro_grid:03d}" if self.micro_grid else "")


CAST: Final = (
    Member("admin", "周敏", "19900000001", "community_admin", DONGMEN,
           "发布任务，考评网格员交来的事。"),
    Member("reviewer", "梅国强", "19900000002", "committee_reviewer", DONGMEN,
           "把考评过的事成批审核，送去公示；女儿做的事他要回避。"),
    Member("second_reviewer", "叶素琴", "19900000003", "committee_reviewer", DONGMEN,
           "审核梅国强回避的事。"),
    Member("grid_member", "陈晓梅", "19900000004", "grid_member", DONGMEN,
           "在手机上认领任务、拍照提交、看自己的积分。", 1, 3),
    Member("other_grid_member", "徐美兰", "19900000005", "grid_member", DONGMEN,
           "和陈晓梅同一网格，也认领任务。", 1, 1),
    Member("kin_grid_member", "梅雨晴", "19900000006", "grid_member", DONGMEN,
           "梅国强的女儿，她的事由别的委员审核。", 1, 8),
    Member("grid_head", "吴建平", "19900000007", "grid_head", DONGMEN,
           "带第一网格的网格员，自己也认领任务。", 1),
    Member("oversight", "项玉珍", "19900000008", "oversight", DONGMEN,
           "监督公示和积分，答复异议。"),
    Member("villager", "王桂花", "19900000009", "villager", DONGMEN,
           "看公示，看自己家的登记。"),
    Member("village_cadre", "蓝志强", "19900000010", "village_cadre", ZHUANGQIAN,
           "在庄前村发布任务、考评。"),
    Member("village_reviewer", "蓝月英", "19900000011", "committee_reviewer", ZHUANGQIAN,
           "审核庄前村考评过的事。"),
    Member("village_grid_member", "雷小燕", "19900000012", "grid_member", ZHUANGQIAN,
           "认领庄前村的任务，山里没信号时先拍照后送出。", 1, 1),
    Member("officer", "林建华", "19900000013", "subdistrict_officer", STREET,
           "管全街道的事项目录、任务和积分资金池。"),
    Member("leader", "柳文斌", "19900000014", "subdistrict_leader", STREET,
           "看全街道八个村社的进展。"),
    Member("other_admin", "刘文静", "19900000015", "community_admin", ZHONGSHAN,
           "管中山社区的事，看不到东门社区的。"),
    Member("other_reviewer", "潘永林", "19900000016", "committee_reviewer", ZHONGSHAN,
           "审核中山社区的事，看不到东门社区的。"),
    Member("keeper", "胡晓兰", "19900000019", "shop_keeper", DONGMEN,
           "守东门社区积分超市：核对取货码、交付、进货、盘点。"),
    Member("auditor", "钟立群", "19900000017", "auditor", STREET,
           "查全街道的流水和审计，什么也不改。"),
    Member("sysadmin", "季晓东", "19900000018", "sysadmin", STREET,
           "管账号和任职，看不到业务和个人信息。"),
)  # fmt: skip


def create_cast() -> dict[str, Person]:
    """Return the cast by key, entering those who are not there yet, each with the post.

    The areas and organisations of the demo street must exist. One slow hash serves all passwords.
    """
    areas = {a.prefix: a for a in Area.objects.filter(prefix__in=[m.prefix for m in CAST])}
    bodies = {(o.area_prefix, o.kind): o for o in Organisation.objects.all()}
    password = make_password(PASSWORD)
    found = {}
    for member in CAST:
        person, _ = Person.objects.get_or_create(
            phone=member.phone,
            defaults={
                "name": member.name,
                "password": password,
                "is_demo": True,
                "created_at": ENTERED_AT,
            },
        )
        Post.objects.get_or_create(
            person=person,
            role=member.role,
            area=areas[member.prefix],
            ends_on=None,
            defaults={
                "area_prefix": member.prefix,
                "organisation": bodies.get((member.prefix, BODY_OF_ROLE.get(member.role, ""))),
                "starts_on": SINCE,
            },
        )
        found[member.key] = person
    return found
