"""Addresses of the ledger: one's own points on the phone, purses on the desk."""

from zhicunbao.ledger.pages import points, purses

app_name = "ledger"
urlpatterns = [*points.urlpatterns, *purses.urlpatterns]
