"""The JSON door announces itself."""

from zhicunbao.base import feature


class OpenapiConfig(feature.FeatureConfig):
    """The operations of all features under one address, and their description."""

    name = "zhicunbao.openapi"
    title = "接口"
    pages = "zhicunbao.openapi.pages"
    pages_at = "api/v1/"
    is_for_programs = True
