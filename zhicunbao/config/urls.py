"""Collects the addresses that each feature announces. A feature's pages stand under the path that
its ``FeatureConfig.pages_at`` names; nothing is listed here by hand.
"""

from django.urls import URLPattern, URLResolver, include, path

from zhicunbao.base import feature

handler400 = "zhicunbao.base.http.bad_request"
handler404 = "zhicunbao.base.http.not_found"
handler500 = "zhicunbao.base.http.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path(config.pages_at, include(config.pages))
    for config in feature.all_features()
    if config.pages
]
