"""No two seals begin at one entry: of two workers that write the first seal, one does."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add a unique index, on SQLite too without copying the table, whose triggers stay."""

    dependencies = [("base", "0003_password_initial")]
    operations = [
        migrations.AddConstraint(
            "auditseal",
            models.UniqueConstraint("first_entry", name="audit_seal_begins_once"),
        ),
    ]
