"""Addresses of the base floor."""

from zhicunbao.base.pages import areas, audit, files, me, people, sign_in, site

app_name = "base"
urlpatterns = [
    *sign_in.urlpatterns,
    *me.urlpatterns,
    *areas.urlpatterns,
    *people.urlpatterns,
    *audit.urlpatterns,
    *files.urlpatterns,
    *site.urlpatterns,
]
