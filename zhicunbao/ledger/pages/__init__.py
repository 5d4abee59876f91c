"""Addresses of the ledger: one's own points on the phone, purses and the ledgers of places on the
desk, seals for all.
"""

from zhicunbao.ledger.pages import (
    area,
    gauge,
    holders,
    passbook,
    points,
    purses,
    seals,
    statements,
)

app_name = "ledger"
urlpatterns = [
    *statements.urlpatterns,
    *passbook.urlpatterns,
    *points.urlpatterns,
    *purses.urlpatterns,
    *gauge.urlpatterns,
    *area.urlpatterns,
    *holders.urlpatterns,
    *seals.urlpatterns,
]
