"""Addresses of treasury: the desk's lists and matters, the forms that open one, the resolution on
paper.
"""

from zhicunbao.treasury.pages import desk, requests

app_name = "treasury"
urlpatterns = [*requests.urlpatterns, *desk.urlpatterns]
