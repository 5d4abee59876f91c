"""Work announces itself."""

from zhicunbao.base import feature, roles


class WorkConfig(feature.FeatureConfig):
    """The catalogue, tasks, claims and their judging."""

    name = "zhicunbao.work"
    title = "任务"
    pages = "zhicunbao.work.pages"
    api = "zhicunbao.work.api"
    rights = (
        feature.Right("work.view", "查看任务与认领", roles.EVERY_STAFF),
        feature.Right("work.publish", "发布任务", (*roles.STREET, *roles.COMMUNITY)),
        feature.Right("work.claim", "认领任务", roles.GRID),
        feature.Right("work.evaluate", "考评", roles.COMMUNITY),
        feature.Right("work.review", "审核", ("committee_reviewer",)),
        feature.Right("work.edit_catalogue", "修订工作事项", roles.STREET),
    )
    menu = (
        feature.MenuEntry(
            "首页",
            "home",
            "work:home",
            1,
            tab=True,
            desk=False,
            count="zhicunbao.work.queries.to_submit_count",
        ),
        feature.MenuEntry("任务", "task", "work:board", 15, tab=True, desk=False),
        feature.MenuEntry("任务", "task", "work:desk_tasks", 15, right="work.view"),
        feature.MenuEntry(
            "考评",
            "edit",
            "work:evaluate",
            20,
            right="work.evaluate",
            count="zhicunbao.work.queries.to_evaluate_count",
        ),
        feature.MenuEntry(
            "评审",
            "shield",
            "work:review",
            22,
            right="work.review",
            count="zhicunbao.work.queries.to_review_count",
        ),
        feature.MenuEntry("事项目录", "book", "work:catalogue", 60, right="work.view"),
    )
    audit_verbs = {
        "work.version_adopted": "修订工作事项",
    }
    flows = ("zhicunbao.work.flows.TASK", "zhicunbao.work.flows.CLAIM")
    case_faces = {
        "work.task": "zhicunbao.work.faces.task_faces",
        "work.claim": "zhicunbao.work.faces.claim_faces",
    }
    ticks = ("zhicunbao.work.actions.draw_lots", "zhicunbao.work.actions.compare_photos")
    my_figures = "zhicunbao.work.queries.my_figures"
    my_rows = "zhicunbao.work.queries.my_rows"
    area_figures = "zhicunbao.work.lists.area_figures"
