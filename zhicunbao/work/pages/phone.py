"""Addresses of the phone pages of work."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
