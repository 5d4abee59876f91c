"""Who comes through which door of treasury."""

from dataclasses import dataclass

from tests.cast import Town
from tests.doors import DONGMEN, STAFF, STREET, Door
from tests.treasury import books
from zhicunbao.ledger.models import Transfer
from zhicunbao.registry.models import Household
from zhicunbao.treasury.models import Correction, HouseholdMove, Zeroing

REQUEST = frozenset(("officer", "admin", "cadre", "other_admin"))
"""Who asks, each in their own place."""
HERE = frozenset(("officer", "admin"))
"""Those whose right to ask reaches 东门社区."""
OVERSEE = STREET | DONGMEN | {"department", "auditor"}
HOLDERS = frozenset(("member", "head"))


@dataclass
class Scene:
    """A correction and a move that wait, and an announced resolution of the street's purse."""

    row: Transfer
    correction: Correction
    move: HouseholdMove
    home: Household
    zeroing: Zeroing


def scene(town: Town) -> Scene:
    """Open one matter of each kind."""
    people, homes = books.purse(town), books.purse(town, credited="household")
    correction = books.request(town, books.award(town, people, to="member"))
    row = books.award(town, people, to="head")
    home, other = books.home(town), books.home(town)
    books.award(town, homes, 300, home=home)
    move = books.move(town, home, other)
    zeroing = books.announce(town, people)
    return Scene(row, correction, move, home, zeroing)


def more(town: Town, scene: Scene) -> None:
    """Add two of each kind, two fresh rows, and two holders of points."""
    for to in ("merchant", "head"):
        people = books.purse(town)
        books.request(town, books.award(town, people, to=to))
        books.award(town, scene.zeroing.purse, to=to)
        books.move(town, scene.home, books.home(town))
        books.announce(town, people)


def _matter(scene: Scene) -> dict[str, int]:
    return {"pk": scene.correction.case_id}


def _move(scene: Scene) -> dict[str, int]:
    return {"pk": scene.move.case_id}


def _zeroing(scene: Scene) -> dict[str, int]:
    return {"pk": scene.zeroing.case_id}


def _paper(scene: Scene) -> dict[str, int]:
    return {"pk": scene.zeroing.pk}


def _row(scene: Scene) -> dict[str, int]:
    return {"pk": scene.row.pk}


DOORS = [
    Door("treasury:matters", STAFF),
    Door("treasury:matters", STAFF, query="?kind=zeroing"),
    Door("treasury:matter", OVERSEE, at=_matter),
    Door("treasury:correct", HERE, at=_row, sees=STAFF | {"head"}),
    Door("treasury:correct", HERE, at=_row, sees=STAFF | {"head"}, method="post"),
    Door("treasury:move", REQUEST),
    Door("treasury:move", REQUEST, query="?q=甲巷"),
    Door("treasury:move", REQUEST, method="post"),
    Door("treasury:propose", REQUEST),
    Door("treasury:propose", REQUEST, method="post"),
    Door("treasury:resolution", STAFF | HOLDERS, at=_paper),
]
