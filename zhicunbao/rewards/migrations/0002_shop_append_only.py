"""What was ordered, brought and counted refuses change and deletion in the database."""

from django.db import migrations

from zhicunbao.base.append_only import append_only


class Migration(migrations.Migration):
    """Protect the five tables."""

    dependencies = [("rewards", "0001_shop")]
    operations = [
        append_only("rewards_orderline"),
        append_only("rewards_delivery"),
        append_only("rewards_deliveryline"),
        append_only("rewards_stockcount"),
        append_only("rewards_stockcountline"),
    ]
