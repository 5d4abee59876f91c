"""The base floor announces itself: people, posts, areas, audit, sign-in."""

from zhicunbao.base import feature, roles


class BaseConfig(feature.FeatureConfig):
    """Areas, people, posts, access, audit, files, outbox, sign-in."""

    name = "zhicunbao.base"
    title = "基础"
    pages = "zhicunbao.base.pages"
    api = "zhicunbao.base.api"
    rights = (
        feature.Right("base.view_people", "查看人员与任职", (*roles.EVERY_STAFF, "sysadmin")),
        feature.Right("base.appoint", "办理任职", (*roles.STREET, "community_admin", "sysadmin")),
        feature.Right("base.view_areas", "查看区划", (*roles.EVERY_STAFF, "sysadmin")),
        feature.Right("base.view_files", "查看照片与文件", roles.EVERY_STAFF),
        feature.Right(
            "base.view_audit", "查看审计", (*roles.STREET, "oversight", "auditor", "sysadmin")
        ),
    )
    menu = (
        feature.MenuEntry("我的", "user", "base:me", 50, tab=True, desk=False),
        feature.MenuEntry("区划", "pin", "base:area_home", 80, right="base.view_areas"),
        feature.MenuEntry("人员", "people", "base:people", 82, right="base.view_people"),
        feature.MenuEntry("审计", "eye", "base:audit", 90, right="base.view_audit"),
    )
    audit_verbs = {
        "base.signed_in": "登录",
        "base.sign_in_locked": "连续输错，账号锁定",
        "base.second_factor_set": "设置两步验证",
        "base.password_changed": "修改密码",
        "base.password_given": "重设密码",
        "base.second_factor_cleared": "清除两步验证",
        "base.person_added": "登记人员",
        "base.post_opened": "任职",
        "base.post_ended": "免去任职",
        "base.file_kept": "上传文件",
    }
    ticks = ("zhicunbao.base.audit.seal", "zhicunbao.base.signin.forget_old_attempts")
