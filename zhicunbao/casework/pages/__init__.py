"""Addresses of casework: the inbox, one case, the notice board, the rules, search."""

from zhicunbao.casework.pages import cases, inbox, notices, rules, search

app_name = "casework"
urlpatterns = [
    *inbox.urlpatterns,
    *cases.urlpatterns,
    *notices.urlpatterns,
    *rules.urlpatterns,
    *search.urlpatterns,
]
