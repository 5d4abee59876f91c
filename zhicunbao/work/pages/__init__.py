"""Addresses of work: the phone's pages for those who do it, the desk's for those who judge it."""

from zhicunbao.work.pages import desk, phone

app_name = "work"
urlpatterns = [*phone.urlpatterns, *desk.urlpatterns]
