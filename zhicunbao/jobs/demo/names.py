"""Invented names: of people, by surnames that are common around 丽水, and of micro-grids, by words
that streets, lanes and hamlets there are made of. No list of real people was used.
"""

import random
from collections.abc import Iterator
from typing import Final

SURNAMES: Final = {
    "陈": 9, "林": 8, "叶": 8, "王": 7, "吴": 6, "刘": 6, "蓝": 5, "雷": 4, "柳": 4, "项": 3,
    "梅": 3, "徐": 4, "张": 5, "李": 4, "周": 4, "季": 3, "钟": 2, "潘": 3, "廖": 2, "魏": 2,
    "邱": 2, "练": 1, "褚": 1, "饶": 1, "汤": 1, "赖": 1, "郑": 3, "朱": 2, "胡": 2, "何": 2,
}  # fmt: skip
"""Surname → how often, in parts; 蓝, 雷 and 钟 are the names of the 畲 people there."""

MIDDLE: Final = "建国志文永小晓美秀玉春海明德金水根伟丽雪素爱月桂子思雨俊佳宇浩泽欣梓"
LAST_OF_MEN: Final = "平华军强明福根林旺伟斌波峰龙勇东杰涛辉良成海松余荣"
LAST_OF_WOMEN: Final = "芳英兰梅娟花珍琴燕萍霞香云红芬菊莲凤敏静慧怡瑶"
OF_ONE_SYLLABLE: Final = "军伟芳敏静强磊洋勇艳杰娟涛超霞平刚桂"

LANE_STEMS: Final = (
    "红光", "新建", "学前", "古坊", "解放", "新华", "和平", "司前", "府前", "大众", "民主", "前进",
    "胜利", "光明", "杏坛", "梅竹", "荷花", "柳荫", "桂香", "银杏", "枫树", "樟树", "水南", "水北",
    "溪滨", "桥东", "桥西", "塔下", "城墙", "井头", "后街", "横街", "仓前", "凤翔", "龙门", "青云",
    "文昌", "武营", "南山", "北苑", "东升", "西岭", "广福", "永安", "长寿", "瑞安", "仁和", "崇文",
)  # fmt: skip
LANE_ENDINGS: Final = ("里", "路", "巷", "弄", "坊", "新村")
HAMLET_STEMS: Final = (
    "后山", "前山", "大坪", "小坪", "上垟", "下垟", "中垟", "溪边", "水碓", "岭脚", "岭头", "岭根",
    "樟树", "枫香", "毛竹", "杨梅", "梨树", "茶园", "石门", "石桥", "祠堂", "社庙", "油车", "纸坊",
    "高畈", "低畈", "沙滩", "金竹", "黄坑", "乌石", "白岩", "牛栏", "鱼塘", "井水", "田寮", "横坑",
)  # fmt: skip
HAMLET_ENDINGS: Final = ("头", "坑", "下", "弄", "坳", "湾")


def _unlike(stem: str, endings: tuple[str, ...]) -> Iterator[str]:
    """Yield the names of ``stem``, but none that says one character twice (岭头头)."""
    return (stem + ending for ending in endings if ending not in stem)


LANES: Final = [name for stem in LANE_STEMS for name in _unlike(stem, LANE_ENDINGS)]
HAMLETS: Final = [name for stem in HAMLET_STEMS for name in _unlike(stem, HAMLET_ENDINGS)]


def micro_grid_names(
    count: int, chance: random.Random, *, rural: bool, first: tuple[str, ...] = ()
) -> list[str]:
    """Return ``count`` different names of lanes (or hamlets), those of ``first`` in front."""
    pool = [n for n in (HAMLETS if rural else LANES) if n not in first]
    return [*first, *chance.sample(pool, count - len(first))]


class NameMaker:
    """Makes people's names, one after another, from one source of chance."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._surnames, self._weights = list(SURNAMES), list(SURNAMES.values())

    def surname(self) -> str:
        """Return a surname, the common ones more often."""
        return self._chance.choices(self._surnames, self._weights)[0]

    def given(self, *, of_woman: bool) -> str:
        """Return a given name of two characters, sometimes of one."""
        if self._chance.random() < 0.09:
            return self._chance.choice(OF_ONE_SYLLABLE)
        last = self._chance.choice(LAST_OF_WOMEN if of_woman else LAST_OF_MEN)
        middle = self._chance.choice(MIDDLE)
        return middle + last

    def full(self, *, of_woman: bool, surname: str = "") -> str:
        """Return a whole name, of the family ``surname`` when it is given."""
        return (surname or self.surname()) + self.given(of_woman=of_woman)
