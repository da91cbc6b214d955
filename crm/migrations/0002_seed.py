from django.db import migrations


def seed(apps, schema_editor):
    from crm.counting import seed as cells

    rule = apps.get_model("crm", "CountingRule")
    rule.objects.bulk_create(
        rule(channel=channel, direction=direction, outcome=outcome, counts_as=counts_as)
        for channel, direction, outcome, counts_as in cells()
    )


class Migration(migrations.Migration):
    dependencies = [("crm", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
