"""Tools of the workshop, run by the Makefile as ``python -m scripts.<name>``. The product imports
nothing from here. Django is set up with the tests' settings, so that each can ask the product.
"""

import os

import django
from django.apps import apps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
if not apps.ready:
    django.setup()
