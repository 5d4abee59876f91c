"""Steps, evidence and notice lines refuse change and deletion in the database itself."""

from django.db import migrations

from zhicunbao.base.append_only import append_only


class Migration(migrations.Migration):
    """Protect the three tables."""

    dependencies = [("casework", "0001_initial")]
    operations = [
        append_only("casework_step"),
        append_only("casework_evidence"),
        append_only("casework_noticeentry"),
    ]
