"""A transfer refuses change and deletion in the database itself."""

from django.db import migrations

from zhicunbao.base.append_only import append_only


class Migration(migrations.Migration):
    """Protect the one table whose rows are the truth."""

    dependencies = [("ledger", "0001_initial")]
    operations = [append_only("ledger_transfer")]
