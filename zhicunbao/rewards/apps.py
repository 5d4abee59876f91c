"""Rewards announce themselves: the points shop."""

from zhicunbao.base import feature, roles


class RewardsConfig(feature.FeatureConfig):
    """Goods for points: shelf, orders, counter, stock."""

    name = "zhicunbao.rewards"
    title = "兑换"
    pages = "zhicunbao.rewards.pages"
    api = "zhicunbao.rewards.api"
    rights = (
        feature.Right("rewards.view", "查看兑换", (*roles.EVERY_STAFF, "shop_keeper")),
        feature.Right("rewards.keep", "办理兑换点", ("shop_keeper",)),
        feature.Right("rewards.manage", "管理商品和兑换点", (*roles.STREET, *roles.COMMUNITY)),
    )
    menu = (
        feature.MenuEntry("兑换", "gift", "rewards:shelf", 38, tab=True, desk=False),
        feature.MenuEntry(
            "兑换",
            "gift",
            "rewards:desk",
            48,
            right="rewards.view",
            count="zhicunbao.rewards.queries.open_count",
        ),
    )
    audit_verbs = {
        "rewards.place_opened": "开设兑换点",
        "rewards.place_revised": "修改兑换点",
        "rewards.goods_added": "添加商品",
        "rewards.goods_revised": "修改商品",
        "rewards.stock_received": "进货",
        "rewards.stock_counted": "盘点",
        "rewards.order_entered": "代为下单",
    }
    flows = ("zhicunbao.rewards.flows.ORDER",)
    case_faces = {"rewards.order": "zhicunbao.rewards.faces.order_faces"}
    holder_faces = {"shop": "zhicunbao.rewards.faces.shop_faces"}
    ticks = ("zhicunbao.rewards.actions.remind_of_pickup",)
    my_rows = "zhicunbao.rewards.queries.my_rows"
