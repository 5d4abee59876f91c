"""Treasury announces itself."""

from zhicunbao.base import feature, roles

REQUESTERS = ("subdistrict_officer", *roles.COMMUNITY)
APPROVERS = ("subdistrict_leader", "committee_reviewer", "oversight")


class TreasuryConfig(feature.FeatureConfig):
    """Corrections, moves between households, zeroing by resolution."""

    name = "zhicunbao.treasury"
    title = "积分账务"
    pages = "zhicunbao.treasury.pages"
    rights = (
        feature.Right("treasury.view", "查看积分账务", roles.EVERY_STAFF),
        feature.Right("treasury.request", "申请办理积分账务", REQUESTERS),
        feature.Right("treasury.approve", "复核积分账务", APPROVERS),
    )
    menu = (
        feature.MenuEntry(
            "积分账务",
            "list",
            "treasury:matters",
            47,
            right="treasury.view",
            count="zhicunbao.treasury.queries.waiting_count",
        ),
    )
    audit_verbs = {
        "treasury.points_moved": "户间转移积分",
        "treasury.zeroing_finished": "清零完毕",
    }
    flows = (
        "zhicunbao.treasury.flows.CORRECTION",
        "zhicunbao.treasury.flows.HOUSEHOLD_MOVE",
        "zhicunbao.treasury.flows.ZEROING",
    )
    case_faces = {
        "treasury.correction": "zhicunbao.treasury.faces.correction_faces",
        "treasury.household_move": "zhicunbao.treasury.faces.move_faces",
        "treasury.zeroing": "zhicunbao.treasury.faces.zeroing_faces",
    }
    ticks = (
        "zhicunbao.treasury.actions.tell_holders",
        "zhicunbao.treasury.actions.carry_out",
    )
    transfer_links = "zhicunbao.treasury.queries.transfer_links"
    holder_notes = "zhicunbao.treasury.queries.holder_notes"
