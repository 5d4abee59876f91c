"""The register announces itself."""

from zhicunbao.base import feature, roles


class RegistryConfig(feature.FeatureConfig):
    """Households, memberships, places, consents."""

    name = "zhicunbao.registry"
    title = "登记"
    pages = "zhicunbao.registry.pages"
    pages_at = "registry/"
    rights = (
        feature.Right("registry.view", "查看户和人口登记", roles.EVERY_STAFF),
        feature.Right("registry.edit", "办理户和人口登记", (*roles.COMMUNITY, *roles.STREET)),
    )
    menu = (feature.MenuEntry("登记", "id", "registry:households", 70, right="registry.view"),)
    audit_verbs = {
        "registry.household_registered": "登记一户",
        "registry.member_joined": "迁入一人",
        "registry.member_left": "迁出一人",
        "registry.consent_given": "同意使用个人信息",
        "registry.consent_withdrawn": "撤回同意",
    }
    holder_faces = {"household": "zhicunbao.registry.queries.household_faces"}
    holders_of_person = {"household": "zhicunbao.registry.queries.households_joined"}
    people_of_holder = {"household": "zhicunbao.registry.queries.people_of"}
    places_of_people = "zhicunbao.registry.queries.homes_of"
    find_holders = {"household": "zhicunbao.registry.queries.households_called"}
    area_figures = "zhicunbao.registry.queries.area_figures"
    my_rows = "zhicunbao.registry.queries.my_rows"
