"""A version of a work item is never edited: the database refuses it."""

from django.db import migrations

from zhicunbao.base.append_only import append_only


class Migration(migrations.Migration):
    """Protect the versions."""

    dependencies = [("work", "0001_initial")]
    operations = [append_only("work_workitemversion")]
