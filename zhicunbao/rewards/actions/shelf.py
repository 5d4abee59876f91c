"""Keeping the list of goods and places: what there is for points, at what price, and where."""

from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction

from zhicunbao.base import access, audit
from zhicunbao.base.access import Actor
from zhicunbao.base.files import Upload, clean_photo, keep_photo
from zhicunbao.base.idempotency import once
from zhicunbao.base.models import Area
from zhicunbao.base.photos import CleanPhoto
from zhicunbao.kernel.refusals import Conflict, Invalid
from zhicunbao.rewards.models import MANAGE, Goods, PickupPlace

PRICE_MAX = 1_000_000
COST_FEN_MAX = 10_000_000
LIMIT_MAX = 1_000
LOW_MAX = 100_000
MENDS: Final = {
    "name": "名称请写 1 到 30 字",
    "unit": "单位请写 1 到 4 字，例如 瓶",
    "words": "说明最多 200 字",
    "category": "请选一类",
    "price_points": f"积分请填 1 到 {PRICE_MAX}",
    "cost_fen": f"进价请填 0 到 {COST_FEN_MAX // 100} 元",
    "limit_count": f"限量请填 0 到 {LIMIT_MAX}，0 是不限",
    "limit_period": "请选每月、每季或每年",
    "low_below": f"提醒线请填 0 到 {LOW_MAX}",
}
"""Field of goods → how to mend it."""
LEVELS = ("subdistrict", "town", "township", "community", "village")
"""Where a shop can be, and whose goods there can be."""


@dataclass(frozen=True)
class GoodsWords:
    """What is written about goods."""

    name: str
    category: str
    unit: str
    price_points: int
    cost_fen: int
    words: str = ""
    limit_count: int = 0
    limit_period: str = "month"
    low_below: int = 5
    is_listed: bool = True

    def check(self) -> None:
        """Refuse what cannot stand on a shelf, naming every field and its mend."""
        is_right = {
            "name": 1 <= len(self.name.strip()) <= 30,
            "unit": 1 <= len(self.unit.strip()) <= 4,
            "words": len(self.words) <= 200,
            "category": self.category in Goods.Category.values,
            "price_points": 0 < self.price_points <= PRICE_MAX,
            "cost_fen": 0 <= self.cost_fen <= COST_FEN_MAX,
            "limit_count": 0 <= self.limit_count <= LIMIT_MAX,
            "limit_period": self.limit_period in Goods.Period.values,
            "low_below": 0 <= self.low_below <= LOW_MAX,
        }
        wrong = {name: MENDS[name] for name, right in is_right.items() if not right}
        if wrong:
            raise Invalid("这样商品还不能保存，请改好标出的几处。", fields=wrong)

    def columns(self) -> dict[str, object]:
        """Return the values as the table keeps them."""
        kept: dict[str, object] = dict(self.__dict__)
        return kept | {"name": self.name.strip(), "unit": self.unit.strip()}


@dataclass(frozen=True)
class PlaceWords:
    """What is written about a place."""

    name: str
    address: str
    opening: str
    is_open: bool = True

    def check(self) -> None:
        """Refuse a place that nobody would find, naming every field and its mend."""
        limits = {"name": (30, "名称"), "address": (60, "地址"), "opening": (60, "开放时间")}
        wrong = {
            field: f"{label}请写 1 到 {limit} 字"
            for field, (limit, label) in limits.items()
            if not 1 <= len(str(getattr(self, field)).strip()) <= limit
        }
        if wrong:
            raise Invalid("这个兑换点还不能保存，请改好标出的几处。", fields=wrong)


def open_place(actor: Actor, words: PlaceWords, *, area: Area, key: str) -> PickupPlace:
    """Open a points shop that serves ``area`` (a street, community or village).

    Needs ``rewards.manage`` there. Refuses a name that the area has already (409).
    """
    access.require(actor, MANAGE, area)
    words.check()
    _check_level(area)

    def do() -> PickupPlace:
        try:
            with transaction.atomic():
                place = PickupPlace.objects.create(
                    area=area, area_prefix=area.prefix, **words.__dict__
                )
        except IntegrityError:
            raise _named_already(words.name) from None
        audit.record(actor, "rewards.place_opened", place, detail={"about": place.name})
        return place

    request = [area.pk, list(words.__dict__.values())]
    return once(actor, key=key, action="rewards.open_place", request=request, do=do)


def revise_place(actor: Actor, place: PickupPlace, words: PlaceWords, *, key: str) -> PickupPlace:
    """Change what is written about a place, or whether it is open. Needs ``rewards.manage``.

    Orders that wait there stay and can be fetched.
    """
    access.require(actor, MANAGE, place)
    words.check()

    def do() -> PickupPlace:
        kept = PickupPlace.objects.select_for_update().get(pk=place.pk)
        changed = _changed(kept, words.__dict__)
        try:
            with transaction.atomic():
                kept.save()
        except IntegrityError:
            raise _named_already(words.name) from None
        audit.record(
            actor, "rewards.place_revised", kept, detail={"about": kept.name, "changed": changed}
        )
        return kept

    request = [place.pk, list(words.__dict__.values())]
    return once(actor, key=key, action="rewards.revise_place", request=request, do=do)


def add_goods(
    actor: Actor,
    words: GoodsWords,
    *,
    area: Area,
    key: str,
    picture: Upload | CleanPhoto | None = None,
) -> Goods:
    """Add goods that every place under ``area`` may have. Needs ``rewards.manage`` there.

    They stand on a shelf once some are received there. Refuses a name that the area has (409).
    """
    access.require(actor, MANAGE, area)
    words.check()
    _check_level(area)
    clean = _cleaned(picture)

    def do() -> Goods:
        kept = keep_photo(actor, clean, area_prefix=area.prefix) if clean else None
        try:
            with transaction.atomic():
                goods = Goods.objects.create(
                    area=area, area_prefix=area.prefix, picture=kept, **words.columns()
                )
        except IntegrityError:
            raise _named_already(words.name) from None
        audit.record(
            actor,
            "rewards.goods_added",
            goods,
            detail={"about": goods.name, "points": goods.price_points},
        )
        return goods

    request = [area.pk, list(words.columns().values()), clean.sha256 if clean else ""]
    return once(actor, key=key, action="rewards.add_goods", request=request, do=do)


def revise_goods(
    actor: Actor,
    goods: Goods,
    words: GoodsWords,
    *,
    key: str,
    picture: Upload | CleanPhoto | None = None,
) -> Goods:
    """Change what is written about goods, price and limit among it; orders that were made keep
    their price. Needs ``rewards.manage`` where the goods belong. The audit says what changed.
    """
    access.require(actor, MANAGE, goods)
    words.check()
    clean = _cleaned(picture)

    def do() -> Goods:
        kept = Goods.objects.select_for_update().get(pk=goods.pk)
        changed = _changed(kept, words.columns())
        if clean is not None:
            kept.picture = keep_photo(actor, clean, area_prefix=kept.area_prefix)
            changed["picture"] = ["", clean.sha256]
        try:
            with transaction.atomic():
                kept.save()
        except IntegrityError:
            raise _named_already(words.name) from None
        audit.record(
            actor, "rewards.goods_revised", kept, detail={"about": kept.name, "changed": changed}
        )
        return kept

    request = [goods.pk, list(words.columns().values()), clean.sha256 if clean else ""]
    return once(actor, key=key, action="rewards.revise_goods", request=request, do=do)


def _cleaned(picture: Upload | CleanPhoto | None) -> CleanPhoto | None:
    """Return the picture checked and cleaned, before any transaction: nobody waits for pixels."""
    if picture is None or isinstance(picture, CleanPhoto):
        return picture
    return clean_photo(picture)


def _changed(row: Goods | PickupPlace, values: dict[str, object]) -> dict[str, list[object]]:
    """Write ``values`` into ``row`` and return what was before and after, for the audit."""
    changed: dict[str, list[object]] = {}
    for name, value in values.items():
        if getattr(row, name) != value:
            changed[name] = [getattr(row, name), value]
            setattr(row, name, value)
    return changed


def _check_level(area: Area) -> None:
    if area.level not in LEVELS:
        raise Invalid(
            "请选街道、社区或村。", code="area_level", fields={"area": "请选街道、社区或村"}
        )


def _named_already(name: str) -> Conflict:
    return Conflict(f"这里已经有“{name.strip()}”，请换一个名称。", code="name_taken")
