from django.db import migrations

MAKE = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX IF NOT EXISTS customer_search_trigrams ON crm_customer USING gin (search_text gin_trgm_ops);
"""
DROP = "DROP INDEX IF EXISTS customer_search_trigrams;"


def make(apps, schema_editor):
    """Names and phone digits are found anywhere in the text; SQLite reads its few thousand rows instead."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(MAKE)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)


class Migration(migrations.Migration):
    dependencies = [("crm", "0002_seed")]
    operations = [migrations.RunPython(make, drop)]
