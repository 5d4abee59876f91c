"""Casework announces itself: inbox, notices, objections, rules."""

from zhicunbao.base import feature, roles


class CaseworkConfig(feature.FeatureConfig):
    """Cases, steps, evidence, deadlines, public notice, rules."""

    name = "zhicunbao.casework"
    title = "办事"
    pages = "zhicunbao.casework.pages"
    api = "zhicunbao.casework.api"
    rights = (
        feature.Right("casework.view", "查看事项", roles.EVERY_STAFF),
        feature.Right(
            "casework.object", "提出异议", (*roles.RESIDENTS, *roles.COMMUNITY, "oversight")
        ),
        feature.Right("casework.answer_objection", "答复异议", ("oversight", "subdistrict_leader")),
        feature.Right("casework.adopt_rule", "制定规则", roles.STREET),
    )
    menu = (
        feature.MenuEntry(
            "工作台",
            "inbox",
            "casework:inbox",
            10,
            right="casework.view",
            count="zhicunbao.casework.queries.inbox_count",
        ),
        feature.MenuEntry("公示", "notice", "casework:notices", 30, tab=True),
        feature.MenuEntry("规则", "doc", "casework:rules", 85, right="casework.view"),
    )
    audit_verbs = {
        "casework.case_opened": "发起事项",
        "casework.case_moved": "办理事项",
        "casework.notice_opened": "开始公示",
        "casework.rule_adopted": "制定规则",
    }
    flows = ("zhicunbao.casework.flows.OBJECTION",)
    case_faces = {"casework.objection": "zhicunbao.casework.queries.objection_faces"}
    search = "casework:search"
