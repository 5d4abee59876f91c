"""The places of transfers in the Merkle tree, and the checkpoints over it. Neither ever changes."""

import django.db.models.deletion
from django.db import migrations, models

from zhicunbao.base.append_only import append_only


class Migration(migrations.Migration):

    dependencies = [("ledger", "0002_append_only")]

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("number", models.PositiveIntegerField(primary_key=True, serialize=False)),
                ("size", models.PositiveBigIntegerField()),
                ("root", models.CharField(max_length=64)),
                ("note", models.TextField()),
                ("key", models.CharField(max_length=300)),
                ("hash_name", models.CharField(max_length=10)),
                ("columns", models.TextField()),
                ("last_transfer", models.BigIntegerField()),
                ("sealed_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("-number",),
                "constraints": [
                    models.UniqueConstraint(fields=("size",), name="checkpoint_size_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("position", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("nonce", models.BinaryField(max_length=16)),
                (
                    "transfer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leaf",
                        to="ledger.transfer",
                    ),
                ),
            ],
            options={"ordering": ("position",)},
        ),
        append_only("ledger_leaf"),
        append_only("ledger_checkpoint"),
    ]
