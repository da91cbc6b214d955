from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0004_promise_columns")]
    operations = [
        migrations.AddField(
            model_name="alert",
            name="due_told_at",
            field=models.DateTimeField(null=True, help_text="W2: when its owner was last told that it is due."),
        ),
    ]
