"""A photo's own position is not kept any more (docs/decisions/0005)."""

from django.db import migrations


class Migration(migrations.Migration):
    """Drop the two columns."""

    dependencies = [("base", "0004_audit_seal_begins_once")]
    operations = [
        migrations.RemoveField("attachment", "latitude"),
        migrations.RemoveField("attachment", "longitude"),
    ]
