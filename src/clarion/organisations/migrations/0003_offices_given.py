"""Who was owner of every workspace of an organisation is its owner now. Who was owner of some of them leads those as a
manager: nobody gains a right by this. Only where that would leave an organisation without any owner do those of its
oldest workspace become its owners, for somebody has to be."""

from django.db import migrations


def give_offices(apps, schema_editor):
    Organisation = apps.get_model("organisations", "Organisation")
    Workspace = apps.get_model("organisations", "Workspace")
    Officer = apps.get_model("organisations", "Officer")
    Member = apps.get_model("organisations", "Member")
    for organisation in Organisation.objects.all():
        workspaces = list(Workspace.objects.filter(organisation=organisation).order_by("created_at", "pk"))
        if not workspaces:
            continue
        owners = {
            one.pk: set(Member.objects.filter(workspace=one, role="owner").values_list("user_id", flat=True))
            for one in workspaces
        }
        chosen = set.intersection(*owners.values()) or next((some for some in owners.values() if some), set())
        for user in chosen:
            Officer.objects.create(organisation=organisation, user_id=user, role="owner")
            for workspace in workspaces:
                Member.objects.update_or_create(
                    workspace=workspace, user_id=user, defaults={"role": "owner", "own": False}
                )
        Member.objects.filter(workspace__in=workspaces, role="owner").exclude(user_id__in=chosen).update(role="manager")


def take_offices(apps, schema_editor):
    apps.get_model("organisations", "Member").objects.update(own=True)


class Migration(migrations.Migration):
    dependencies = [("organisations", "0002_officers")]
    operations = [migrations.RunPython(give_offices, take_offices)]
