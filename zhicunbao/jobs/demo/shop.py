"""The points shops of the demo street: three places, invented goods, deliveries, and a month's
orders in every state, made by the product's own actions.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from zhicunbao.base import people, photos
from zhicunbao.base.access import Actor
from zhicunbao.base.models import Area, Person, Post
from zhicunbao.jobs.demo.cast import DONGMEN, PREFIXES, ZHONGSHAN, ZHUANGQIAN
from zhicunbao.jobs.demo.scenes.goods import picture_of
from zhicunbao.kernel import clock
from zhicunbao.ledger.queries import balance_of
from zhicunbao.registry.queries import households_of
from zhicunbao.rewards import actions as rewards
from zhicunbao.rewards import queries
from zhicunbao.rewards.models import Goods, Order, PickupPlace
from zhicunbao.rewards.rules import Shown

PLACES: Final = {
    DONGMEN: ("东门社区积分超市", "红光里 8 号便民中心一楼", "周一至周六 8:30–17:00"),
    ZHONGSHAN: ("中山社区积分超市", "中山街 21 号社区服务站", "周一至周五 9:00–17:00"),
    ZHUANGQIAN: ("庄前村积分小店", "村文化礼堂东侧", "周三、周六 8:00–11:30"),
}
GOODS: Final = (
    # picture, name, category, unit, points, fen, limit, period, words
    ("rice", "云和本地大米 5 kg", "food", "袋", 35, 2_980, 2, "month", "当年新米，真空袋装。"),
    ("camellia_oil", "山茶油 1.6 L", "food", "瓶", 200, 16_800, 1, "quarter", "本地油茶压榨。"),
    ("rape_oil", "菜籽油 1.8 L", "food", "瓶", 40, 3_350, 2, "month", "非转基因，一级。"),
    ("eggs", "土鸡蛋 10 枚", "food", "盒", 18, 1_500, 0, "month", "庄前村合作社供货。"),
    ("pears", "云和雪梨 2 kg", "food", "箱", 24, 2_000, 0, "month", "应季供应。"),
    ("detergent", "洗衣液 2 kg", "daily", "瓶", 28, 2_250, 0, "month", ""),
    ("towels", "纯棉毛巾 2 条", "daily", "份", 16, 1_280, 4, "month", ""),
    ("toothbrush", "牙膏牙刷套装", "daily", "套", 12, 960, 0, "month", ""),
    ("cup", "保温杯 500 ml", "daily", "个", 45, 3_600, 1, "year", "不锈钢内胆。"),
    ("umbrella", "晴雨伞", "daily", "把", 25, 1_990, 0, "month", ""),
    ("notebooks", "作业本 10 本", "study", "包", 10, 800, 0, "month", ""),
    ("pencils", "彩铅文具盒", "study", "盒", 20, 1_600, 0, "month", ""),
    ("haircut", "理发一次", "service", "次", 20, 1_500, 1, "month", "便民服务日，凭码理发。"),
    ("repair", "家电检修一次", "service", "次", 30, 2_500, 1, "quarter", "师傅上门，不含配件。"),
)
"""Invented, at prices that fit a point worth one yuan."""
SCARCE: Final = {"晴雨伞": 1, "山茶油 1.6 L": 3, "彩铅文具盒": 6}
"""Brought in small numbers, so that some shelf is empty and some runs low."""
IDLE: Final = "家电检修一次"
"""Nobody orders it, so that something does not move."""
LIKES: Final = ("土鸡蛋 10 枚", "牙膏牙刷套装", "作业本 10 本", "纯棉毛巾 2 条", "理发一次")
FIRST_DAY: Final = 20
"""Days before today on which the first points were booked and the first orders came."""


class Calendar(Protocol):
    """What the month offers to whoever lives in it."""

    cast: dict[str, Person]

    def put(self, when: datetime, act: Callable[..., object], *about: Any) -> None:
        """Have ``act`` happen at ``when``."""

    def day(self, back: int, hour: int, minute: int = 0) -> datetime:
        """Return a moment ``back`` days before today."""

    def awake(self, when: datetime) -> datetime:
        """Return ``when``, or the next morning."""

    def actor(self, person: Person) -> Actor:
        """Return how a person acts."""

    def key(self) -> str:
        """Return a fresh key."""


def plan_shop(month: Calendar) -> None:
    """Put the life of the shops into the month's calendar."""
    shops = _Shops(month)
    month.put(month.day(33, 10), shops.open)
    month.put(month.day(32, 9), shops.receive, 1)
    month.put(month.day(12, 9), shops.receive, 2)
    for back in range(FIRST_DAY, -1, -1):
        month.put(month.day(back, 10), shops.morning, back)
    month.put(month.day(8, 16, 30), shops.count)
    month.put(month.day(4, 11), shops.order_for_an_elder)
    month.put(month.day(1, 20), shops.order_something)


class _Shops:
    """The three places while the month is lived; chance of its own leaves the rest as it was."""

    def __init__(self, month: Calendar) -> None:
        self.month = month
        self.random = random.Random(20260402)  # noqa: S311 -- a story, not a secret
        self.places: dict[str, PickupPlace] = {}
        self.keepers: dict[str, Person] = {}
        self.goods: dict[str, Goods] = {}

    def open(self) -> None:
        """The street opens the places, appoints keepers and writes the list of goods."""
        officer = self.month.actor(self.month.cast["officer"])
        street = Area.objects.get(prefix="331125001")
        for community, (name, address, opening) in PLACES.items():
            area = Area.objects.get(prefix=PREFIXES[community])
            words = rewards.PlaceWords(name, address, opening)
            self.places[community] = rewards.open_place(
                officer, words, area=area, key=self.month.key()
            )
            self.keepers[community] = self._keeper(officer, community, area)
        for what, name, category, unit, points, fen, limit, period, text in GOODS:
            self.goods[name] = rewards.add_goods(
                officer,
                rewards.GoodsWords(
                    name=name,
                    category=category,
                    unit=unit,
                    price_points=points,
                    cost_fen=fen,
                    words=text,
                    limit_count=limit,
                    limit_period=period,
                ),
                area=street,
                picture=photos.clean(picture_of(what)),
                key=self.month.key(),
            )

    def _keeper(self, officer: Actor, community: str, area: Area) -> Person:
        if community == DONGMEN:
            return self.month.cast["keeper"]
        post = Post.objects.filter(role="villager", area=area).order_by("pk").first()
        if post is None:
            raise ValueError(f"nobody lives in {community}")
        opened = people.open_post(
            officer, person=post.person, role="shop_keeper", area=area, key=self.month.key()
        )
        return opened.person

    def receive(self, round_: int) -> None:
        """A delivery comes to each place."""
        for community, place in self.places.items():
            many = 40 if community == DONGMEN else 18
            lines = [
                rewards.StockLine(
                    goods, SCARCE.get(name, many) if round_ == 1 else many // 2, goods.cost_fen
                )
                for name, goods in self.goods.items()
                if round_ == 1 or name not in (*SCARCE, IDLE)
            ]
            rewards.receive_stock(
                self.month.actor(self.keepers[community]),
                place,
                lines=lines,
                supplier="云和县供销社（演示）",
                document=f"送货单 {clock.today():%m%d}（虚构）",
                received_on=clock.today(),
                key=self.month.key(),
            )

    def morning(self, back: int) -> None:
        """People who have points look at the shelf, each at a time of the day."""
        for community, place in self.places.items():
            posts = Post.objects.filter(
                role="grid_member", area_prefix__startswith=place.area_prefix
            ).order_by("pk")
            members = [post.person for post in posts.select_related("person")]
            for person in self.random.sample(members, 9 if community == DONGMEN else 3):
                when = clock.now() + timedelta(minutes=self.random.randrange(9 * 60))
                self.month.put(when, self.order, community, person, back)

    def order(self, community: str, person: Person, back: int) -> None:
        """Somebody orders what the points are good for, and will fetch it, or not."""
        place, points = self.places[community], balance_of(person.pk).available
        names = [n for n, g in self.goods.items() if n != IDLE and g.price_points <= points]
        if not names:
            return
        liked = [name for name in names if name in LIKES]
        chosen = self.random.choice(liked if liked and self.random.random() < 0.6 else names)
        wanted = {self.goods[chosen].pk: 1}
        left = points - self.goods[chosen].price_points
        second = [n for n in liked if n != chosen and self.goods[n].price_points <= left]
        if second and self.random.random() < 0.4:
            wanted[self.goods[self.random.choice(second)].pk] = 1
        made = rewards.order_goods(
            self.month.actor(person), place, wanted=wanted, payer="person", key=self.month.key()
        )
        self._fate(community, made, back)

    def _fate(self, community: str, made: Order, back: int) -> None:
        """Most come within two days; some think better of it, some forget."""
        fate, month = self.random.random(), self.month
        if fate < 0.06:
            when = clock.now() + timedelta(hours=2)
            month.put(when, self.cancel, made)
        elif fate < 0.12 and back > 8:
            return
        elif fate < 0.145:
            when = month.awake(clock.now() + timedelta(hours=20))
            month.put(when, self.void, community, made)
        else:
            hours = self.random.triangular(0.5, 60, 20)
            when = month.awake(clock.now() + timedelta(hours=hours))
            month.put(when, self.hand_over, community, made)

    def cancel(self, made: Order) -> None:
        """The orderer takes it back."""
        rewards.cancel_order(self.month.actor(made.orderer), made, key=self.month.key())

    def void(self, community: str, made: Order) -> None:
        """What was put aside turns out to be broken."""
        keeper = self.month.actor(self.keepers[community])
        reason = "备好的那件包装破了，暂时没有新的。"
        rewards.void_order(keeper, made, reason=reason, key=self.month.key())

    def hand_over(self, community: str, made: Order) -> None:
        """The orderer comes with the code."""
        keeper = self.month.actor(self.keepers[community])
        shown = Shown(code=made.code)
        rewards.hand_over(keeper, made, shown=shown, key=self.month.key())

    def count(self) -> None:
        """The keeper of 东门社区 counts the shelf: one box of eggs is missing."""
        keeper = self.month.actor(self.keepers[DONGMEN])
        lines = [
            rewards.CountLine(
                row.goods,
                row.on_hand,
                row.on_hand - (row.goods.name == "土鸡蛋 10 枚"),
                "搬运时打破一盒" if row.goods.name == "土鸡蛋 10 枚" else "",
            )
            for row in queries.stock_at(self.places[DONGMEN])
        ]
        place = self.places[DONGMEN]
        rewards.count_stock(keeper, place, lines=lines, key=self.month.key())

    def order_for_an_elder(self) -> None:
        """Somebody comes without a phone; the keeper knows them and orders for them."""
        keeper, place = self.keepers[DONGMEN], self.places[DONGMEN]
        posts = Post.objects.filter(
            role="grid_member", area_prefix__startswith=place.area_prefix
        ).order_by("-pk")
        price = self.goods["牙膏牙刷套装"].price_points
        for post in posts.select_related("person"):
            home = households_of([post.person_id]).get(post.person_id)
            if home is None or balance_of(post.person_id).available < price:
                continue
            made = rewards.order_for(
                self.month.actor(keeper),
                place,
                shown=Shown(number=home.number, name=post.person.name),
                orderer_id=post.person_id,
                wanted={self.goods["牙膏牙刷套装"].pk: 1},
                payer="person",
                key=self.month.key(),
            )
            shown = Shown(number=home.number, name=post.person.name)
            rewards.hand_over(self.month.actor(keeper), made, shown=shown, key=self.month.key())
            return

    def order_something(self) -> None:
        """A member of the cast orders something that still waits when the visitor comes."""
        member = self.month.cast["grid_member"]
        points = balance_of(member.pk).available
        fitting = [n for n in LIKES if self.goods[n].price_points <= points]
        wanted = {self.goods[name].pk: 1 for name in fitting[:1]}
        if wanted:
            rewards.order_goods(
                self.month.actor(member),
                self.places[DONGMEN],
                wanted=wanted,
                payer="person",
                key=self.month.key(),
            )
