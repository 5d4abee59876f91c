"""Who holds points, as staff look somebody up: found by name or number, named in full or masked,
and seen only by those in whose places they belong.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from zhicunbao.base import holders
from zhicunbao.base.access import Actor
from zhicunbao.base.feature import MyRow
from zhicunbao.base.holders import HolderFace
from zhicunbao.base.models import Area
from zhicunbao.kernel import division
from zhicunbao.kernel.refusals import Invalid, NotFound
from zhicunbao.ledger import rules
from zhicunbao.ledger.queries.statements import accounts_of, balance

VIEW: Final = "ledger.view"
NAMES: Final = "ledger.view_names"
NAMESAKES_MAX: Final = 200
"""More people of one name than this are not looked through: the name is too short."""
FOUND_MAX: Final = 20


@dataclass(frozen=True)
class Holder:
    """Somebody with points. ``place`` is the prefix of where they belong; ``is_named`` says that
    the actor sees names there, otherwise ``name`` is masked.
    """

    kind: str
    number: int
    name: str
    place: str
    is_named: bool
    url: str


def fetch_holder(actor: Actor, kind: str, number: int) -> Holder:
    """Return a holder who belongs where the actor may look into the ledger, or refuse with 404."""
    found = _seen(actor, kind, [number])
    if not found:
        raise NotFound("没有找到，或不在您可以查看的范围内。请回到上一页重新选择。")
    return found[0]


def find_holders(actor: Actor, text: str) -> list[Holder]:
    """Return those whom ``text`` names among the holders that the actor may see.

    People are found by name only where the actor sees names. Refuses a name that too many bear.
    """
    text = text.strip()
    if not text:
        return []
    people = holders.people_called(text, NAMESAKES_MAX + 1) if actor.reach(NAMES) else []
    if len(people) > NAMESAKES_MAX:
        raise too_many(text)
    found = _seen(actor, rules.PERSON, people, needs=NAMES)
    others: dict[str, list[int]] = {}
    for kind, number in holders.others_called(actor, text, FOUND_MAX):
        others.setdefault(kind, []).append(number)
    for kind, numbers in others.items():
        found += _seen(actor, kind, numbers)
    return found[:FOUND_MAX]


def too_many(text: str) -> Invalid:
    """Return the refusal for a name that too many bear."""
    mend = f"名字里有“{text}”的人太多，请写全姓名。"
    return Invalid(mend, fields={"who": mend})


def _seen(actor: Actor, kind: str, numbers: list[int], *, needs: str = VIEW) -> list[Holder]:
    places = holders.places(kind, numbers)
    faces = holders.faces(kind, numbers)
    found = []
    for number in numbers:
        here = [p for p in sorted(places.get(number, ())) if _is_under(p, actor.reach(VIEW))]
        is_named = any(_is_under(prefix, actor.reach(NAMES)) for prefix in here)
        if here and number in faces and (needs == VIEW or is_named):
            face = faces[number]
            name = name_of(face, in_full=is_named)
            found.append(Holder(kind, number, name, here[0], is_named, face.url))
    return found


def name_of(face: HolderFace, *, in_full: bool) -> str:
    """Return what a holder is called before this reader."""
    return face.label if in_full else face.masked


def _is_under(prefix: str, reach: tuple[str, ...]) -> bool:
    return any(division.is_under(prefix, above) for above in reach)


def place_names(found: Iterable[Holder]) -> dict[str, str]:
    """Return what the places of holders are called, by prefix (one query)."""
    areas = Area.objects.filter(prefix__in={holder.place for holder in found})
    return {area.prefix: area.short_name for area in areas}


def homes_of(person_id: int) -> list[tuple[str, int]]:
    """Return the holders beside the person whose points are theirs to see: their household."""
    own = holders.of_person(person_id)
    return [
        (kind, number) for kind in sorted(own) if kind != holders.PERSON for number in own[kind]
    ]


def holder_rows(actor: Actor, kind: str, number: int) -> list[MyRow]:
    """Return the ledger's door on the page of a holder, for those who may go through it."""
    left = f"{balance(accounts_of(kind, number)).available:,} 分"
    if (kind, number) in homes_of(actor.person_id or 0):
        return [MyRow("我家的积分", "grain", reverse("ledger:home_points"), left)]
    if not _seen(actor, kind, [number]):
        return []
    return [MyRow("积分台账", "book", reverse("ledger:holder", args=[kind, number]), left)]
