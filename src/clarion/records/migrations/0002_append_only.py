"""The database itself refuses to change or delete an event."""

from django.db import migrations

SQLITE = [
    """CREATE TRIGGER records_event_no_update BEFORE UPDATE ON records_event
       BEGIN SELECT RAISE(ABORT, 'events are append-only'); END""",
    """CREATE TRIGGER records_event_no_delete BEFORE DELETE ON records_event
       BEGIN SELECT RAISE(ABORT, 'events are append-only'); END""",
]
POSTGRESQL = [
    """CREATE FUNCTION records_event_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$""",
    """CREATE TRIGGER records_event_append_only BEFORE UPDATE OR DELETE ON records_event
       FOR EACH ROW EXECUTE FUNCTION records_event_append_only()""",
    """CREATE TRIGGER records_event_no_truncate BEFORE TRUNCATE ON records_event
       FOR EACH STATEMENT EXECUTE FUNCTION records_event_append_only()""",
]


def guard(apps, schema_editor):
    statements = POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE
    for statement in statements:
        schema_editor.execute(statement)


def unguard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION records_event_append_only() CASCADE")
    else:
        schema_editor.execute("DROP TRIGGER records_event_no_update")
        schema_editor.execute("DROP TRIGGER records_event_no_delete")


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard)]
