from django.db import migrations

#: family, rung, amount, unit, counted from, channel (ENGINE A3, W2, A13).
LADDER = [
    ("silence", 1, 0, "working_days", "opening", "mail"),
    ("silence", 2, 3, "working_days", "reached", "mail"),
    ("silence", 3, 7, "working_days", "reached", "weekly"),
    ("call_back", 1, 0, "working_hours", "opening", "mail"),
    ("call_back", 2, 4, "working_hours", "due", "mail"),
    ("call_back", 3, 2, "working_days", "due", "mail"),
    ("promise", 1, 0, "working_days", "opening", "mail"),
    ("promise", 2, 3, "working_days", "due", "mail"),
    ("review", 1, 0, "working_days", "opening", "mail"),
]


def seed(apps, schema_editor):
    step = apps.get_model("alerts", "LadderStep")
    step.objects.bulk_create(
        step(family=family, rung=rung, amount=amount, unit=unit, counts_from=counts_from, channel=channel)
        for family, rung, amount, unit, counts_from, channel in LADDER
    )


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
