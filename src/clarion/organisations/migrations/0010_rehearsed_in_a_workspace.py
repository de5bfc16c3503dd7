"""A statement that is rehearsed is one of a workspace; of those of before it is known where a drill was one's own."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


def give_places(apps, schema_editor):
    for said in apps.get_model("organisations", "Rehearsed").objects.exclude(pause__workspace=None):
        said.workspace_id = said.pause.workspace_id
        said.save(update_fields=["workspace"])


class Migration(migrations.Migration):
    dependencies = [("organisations", "0009_pause_of_a_workspace")]

    operations = [
        migrations.AddField(
            model_name="rehearsed",
            name="workspace",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="organisations.workspace",
            ),
        ),
        migrations.RunPython(give_places, migrations.RunPython.noop),
    ]
