"""Addresses of the shop: the phone's for those who order, the desk's for those who keep it."""

from zhicunbao.rewards.pages import (
    basket,
    counter,
    counts,
    deliveries,
    desk,
    household,
    manage,
    orders,
    shelf,
    stock,
)

app_name = "rewards"
urlpatterns = [
    *shelf.urlpatterns,
    *basket.urlpatterns,
    *orders.urlpatterns,
    *desk.urlpatterns,
    *counter.urlpatterns,
    *household.urlpatterns,
    *stock.urlpatterns,
    *deliveries.urlpatterns,
    *counts.urlpatterns,
    *manage.urlpatterns,
]
