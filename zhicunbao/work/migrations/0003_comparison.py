"""What each photo of a claim is like, found once. The clock fills the table, a thousand a turn."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Make the table."""

    dependencies = [("base", "0004_audit_seal_begins_once"), ("work", "0002_append_only")]
    operations = [
        migrations.CreateModel(
            name="Comparison",
            fields=[
                (
                    "attachment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="comparison",
                        serialize=False,
                        to="base.attachment",
                    ),
                ),
                ("bits", models.PositiveSmallIntegerField(null=True)),
                (
                    "other",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="base.attachment",
                    ),
                ),
            ],
        ),
    ]
