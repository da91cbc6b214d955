from django.db import migrations


def seed(apps, schema_editor):
    apps.get_model("retention", "AttentionPolicy").objects.create(
        attention_amount=30, attention_unit="days", reason="The first promise: once a month."
    )


class Migration(migrations.Migration):
    dependencies = [("retention", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
