"""The ledger announces itself: points for everyone, purses for staff."""

from zhicunbao.base import feature, roles


class LedgerConfig(feature.FeatureConfig):
    """Accounts, transfers and funding purses."""

    name = "zhicunbao.ledger"
    title = "积分账本"
    pages = "zhicunbao.ledger.pages"
    api = "zhicunbao.ledger.api"
    rights = (
        feature.Right("ledger.fund", "补充资金池", roles.STREET),
        feature.Right("ledger.view", "查看资金池和台账", roles.EVERY_STAFF),
        feature.Right(
            "ledger.view_names", "在台账看全名", (*roles.STREET, *roles.COMMUNITY, "auditor")
        ),
    )
    menu = (
        feature.MenuEntry("积分", "grain", "ledger:points", 55, tab=True, desk=False),
        feature.MenuEntry("台账", "book", "ledger:area", 44, right="ledger.view"),
        feature.MenuEntry("资金池", "purse", "ledger:purses", 45, right="ledger.view"),
        feature.MenuEntry("封存", "lock", "ledger:seals", 49, right="ledger.view"),
    )
    ticks = ("zhicunbao.ledger.actions.sealing.seal_transfers",)
    audit_verbs = {
        "ledger.purse_created": "开设资金池",
        "ledger.purse_funded": "补充资金池",
        "ledger.stop_line_set": "设定停发线",
        "ledger.purse_closed": "停用资金池",
        "ledger.transfer_reversed": "冲正积分",
        "ledger.exported": "下载台账",
    }
    holder_rows = "zhicunbao.ledger.queries.holder_rows"
