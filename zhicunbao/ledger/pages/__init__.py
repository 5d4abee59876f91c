"""Addresses of the ledger: one's own points on the phone, purses on the desk, seals for all."""

from zhicunbao.ledger.pages import points, purses, seals

app_name = "ledger"
urlpatterns = [*points.urlpatterns, *purses.urlpatterns, *seals.urlpatterns]
