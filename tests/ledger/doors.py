"""Who comes through which door of the ledger."""

from dataclasses import dataclass
from datetime import timedelta

from tests.cast import Town
from tests.doors import ABOVE, DONGMEN, SIGNED_IN, STAFF, STREET, Door
from zhicunbao.kernel import clock
from zhicunbao.ledger import actions
from zhicunbao.ledger.actions import sealing
from zhicunbao.ledger.models import Checkpoint, Purse, Transfer

EARNER = frozenset({"member"})
NEIGHBOURS = ABOVE | DONGMEN
"""Those who look into the ledger where the grid member belongs."""
HOUR = timedelta(hours=1)


@dataclass
class Scene:
    """A purse of the street, its first funding, points that a grid member waits for, and the seal
    over these.
    """

    purse: Purse
    funding: Transfer
    hold: Transfer
    checkpoint: Checkpoint


def scene(town: Town) -> Scene:
    """Open and fund a purse, promise two awards and book one of them; seal twice meanwhile."""
    purse = _purse(town, 1)
    funding = _fund(town, purse, 1)
    actions.post_hold(town.actor("reviewer"), hold=_award(town, purse, 1), key="ledger-post-1")
    _seal(1)
    hold = _award(town, purse, 2)
    return Scene(purse, funding, hold, _seal(2))


def more(town: Town, scene: Scene) -> None:
    """Add two purses, two fundings, two awards of each kind, two seals."""
    for number in (3, 4):
        _purse(town, number)
        _fund(town, scene.purse, number)
        _award(town, scene.purse, number)
        hold = _award(town, scene.purse, number + 10)
        actions.post_hold(town.actor("reviewer"), hold=hold, key=f"ledger-post-{number}")
        _seal(number)


def _seal(number: int) -> Checkpoint:
    sealing.seal_now(clock.now() + number * HOUR)
    return Checkpoint.objects.latest("number")


def _purse(town: Town, number: int) -> Purse:
    return actions.create_purse(
        town.actor("leader"),
        name=f"{2025 + number}年基层治理积分",
        area=town.street,
        unit_value_fen=100,
        source_document="浮街办〔2026〕11号",
        funder="浮云街道办事处",
        key=f"ledger-purse-{number}",
    )


def _fund(town: Town, purse: Purse, number: int) -> Transfer:
    return actions.fund_purse(
        town.actor("leader"),
        purse=purse,
        points=100_000,
        document=f"浮财〔2026〕{number}号",
        key=f"ledger-fund-{number}",
    )


def _award(town: Town, purse: Purse, number: int) -> Transfer:
    return actions.award_hold(
        town.actor("reviewer"),
        purse=purse,
        person_id=town.person("member").pk,
        household_id=None,
        points=20,
        case_number=f"RL{number}",
        memo="沿街店铺消防排查",
        area_prefix=town.dongmen.prefix,
        key=f"ledger-award-{number}",
    )


def _of_purse(scene: Scene) -> dict[str, object]:
    return {"pk": scene.purse.pk}


def _of_hold(scene: Scene) -> dict[str, object]:
    return {"pk": scene.hold.pk}


def _of_holder(scene: Scene) -> dict[str, object]:
    return {"kind": "person", "number": scene.hold.credit_account.holder_id}


def _of_checkpoint(scene: Scene) -> dict[str, object]:
    return {"number": scene.checkpoint.number}


DOORS = [
    Door("ledger:points", SIGNED_IN),
    Door("ledger:points", SIGNED_IN, query="?show=out&year=2026"),
    Door("ledger:home_points", SIGNED_IN),
    Door("ledger:record", SIGNED_IN),
    Door("ledger:passbook", SIGNED_IN),
    Door("ledger:passbook", SIGNED_IN, query="?since=2026-01-01&until=2026-12-31"),
    Door("ledger:home_passbook", SIGNED_IN),
    Door("ledger:transfer", STAFF | EARNER, at=_of_hold),
    Door("ledger:receipt", STAFF | EARNER, at=_of_hold),
    Door("ledger:receipt", STAFF | EARNER, at=_of_hold, query="?number=2"),
    Door("ledger:receipt_file", STAFF | EARNER, at=_of_hold),
    Door("ledger:seals", SIGNED_IN),
    Door("ledger:seal", SIGNED_IN, at=_of_checkpoint),
    Door("ledger:seal_file", SIGNED_IN, at=_of_checkpoint),
    Door("ledger:seal_proof", SIGNED_IN, at=_of_checkpoint),
    Door("ledger:purses", STAFF),
    Door("ledger:create_purse", STREET),
    Door("ledger:create_purse", STREET, method="post"),
    Door("ledger:purse", STAFF, at=_of_purse),
    Door("ledger:purse", STREET, at=_of_purse, sees=STAFF, method="post"),
    Door("ledger:purse_rows", STAFF, at=_of_purse),
    Door("ledger:purse_rows", STAFF, at=_of_purse, query="?kind=outstanding"),
    Door("ledger:purse_rows", STAFF, at=_of_purse, query="?kind=drawn"),
    Door("ledger:stop_line", STREET, at=_of_purse, sees=STAFF, method="post"),
    Door("ledger:close_purse", STREET, at=_of_purse, sees=STAFF),
    Door("ledger:close_purse", STREET, at=_of_purse, sees=STAFF, method="post"),
    Door("ledger:area", STAFF),
    Door("ledger:area", STAFF, query="?part=in&who=RL&since=2026-01-01"),
    Door("ledger:area_paper", STAFF),
    Door("ledger:area_workbook", STAFF, method="post"),
    Door("ledger:lookup", STAFF),
    Door("ledger:lookup", STAFF, query="?who=没有这一户"),
    Door("ledger:holder", NEIGHBOURS, at=_of_holder),
    Door("ledger:holder", NEIGHBOURS, at=_of_holder, query="?show=waiting"),
    Door("ledger:holder_passbook", NEIGHBOURS, at=_of_holder),
]
