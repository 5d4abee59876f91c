"""The audit trail and its seals refuse change and deletion in the database itself."""

from django.db import migrations

from zhicunbao.base.append_only import append_only


class Migration(migrations.Migration):
    """Protect the two tables."""

    dependencies = [("base", "0001_initial")]
    operations = [append_only("base_auditentry"), append_only("base_auditseal")]
