"""Addresses of the base floor."""

app_name = "base"
urlpatterns: list[object] = []
