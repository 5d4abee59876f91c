"""The roles a post can carry (DESIGN §4). A role says nothing by itself: each feature names the
roles that hold its rights, and a right counts only where the post's area reaches.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Role:
    """A kind of post. ``staff`` posts sign in with a second factor and see the desk."""

    code: str
    label: str
    staff: bool
    levels: tuple[str, ...]


_VILLAGE = ("community", "village")
_TOWNSHIP = ("subdistrict", "town", "township")

ROLES: Final = {
    role.code: role
    for role in (
        Role("subdistrict_leader", "街道领导", True, _TOWNSHIP),
        Role("subdistrict_officer", "街道干部", True, _TOWNSHIP),
        Role("community_admin", "社区管理员", True, _VILLAGE),
        Role("committee_reviewer", "社区党委委员", True, _VILLAGE),
        Role("village_cadre", "村委", True, _VILLAGE),
        Role("oversight", "村务监督", True, _VILLAGE),
        Role("grid_head", "网格长", False, ("grid",)),
        Role("grid_member", "网格员", False, ("micro_grid",)),
        Role("villager", "村民", False, _VILLAGE),
        Role("shop_keeper", "兑换点管理员", True, _VILLAGE + _TOWNSHIP),
        Role("merchant", "商户", False, _VILLAGE + _TOWNSHIP),
        Role("bank_clerk", "银行职员", True, _TOWNSHIP + ("county",)),
        Role("department_officer", "部门干部", True, _TOWNSHIP + ("county",)),
        Role("auditor", "审计", True, _TOWNSHIP + ("county", "city")),
        Role("sysadmin", "系统管理员", True, ("county", "city") + _TOWNSHIP),
    )
}
STREET = ("subdistrict_leader", "subdistrict_officer")
COMMUNITY = ("community_admin", "village_cadre")
GRID = ("grid_head", "grid_member")
RESIDENTS = (*GRID, "villager")
_OWN_DESK = ("sysadmin", "bank_clerk", "shop_keeper")
"""Staff whose business is their own desk alone."""
EVERY_STAFF = tuple(r.code for r in ROLES.values() if r.staff and r.code not in _OWN_DESK)
