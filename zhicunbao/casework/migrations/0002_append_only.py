"""Steps, evidence, notices, objections and rules refuse change and deletion in the database."""

from django.db import migrations

from zhicunbao.base.append_only import append_only


class Migration(migrations.Migration):
    """Protect the six tables."""

    dependencies = [("casework", "0001_initial")]
    operations = [
        append_only("casework_step"),
        append_only("casework_evidence"),
        append_only("casework_publicnotice"),
        append_only("casework_noticeentry"),
        append_only("casework_objection"),
        append_only("casework_ruleversion"),
    ]
