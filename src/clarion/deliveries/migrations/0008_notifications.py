"""Alerts become notifications: what was told, what was mailed, and what is still on its way."""

from django.db import migrations

from clarion.networks import registry

NEEDS = ("unknown", "failed", "held", "missed")


def _label(network):
    try:
        return registry.get(network).label
    except LookupError:
        return network


def move(apps, schema_editor):
    Alert = apps.get_model("deliveries", "Alert")
    Notification, Telling = (apps.get_model("notifications", name) for name in ("Notification", "Telling"))
    rows = Alert.objects.select_related("delivery__post", "delivery__channel").order_by("id")
    batch = []
    for alert in rows.iterator(chunk_size=500):
        batch.append(alert)
        if len(batch) == 500:
            _keep(batch, Notification, Telling)
            batch = []
    _keep(batch, Notification, Telling)


def _keep(alerts, Notification, Telling):
    made = Notification.objects.bulk_create([_notification(alert, Notification) for alert in alerts])
    Telling.objects.bulk_create([
        Telling(
            notification=one, person_id=alert.person_id, wake_at=alert.wake_at, tries=alert.tries,
            done_at=alert.mailed_at, outcome="sent" if alert.mailed_at else "",
        )
        for alert, one in zip(alerts, made, strict=True)
        if alert.mailed_at or alert.wake_at
    ])


def _notification(alert, Notification):
    delivery, channel = alert.delivery, alert.delivery.channel
    label, summary = _label(channel.network), " ".join(delivery.post.text.split())[:200]
    kind = "sign_in" if alert.state == "held" and delivery.code == "sign_in" else alert.state
    return Notification(
        person_id=alert.person_id, workspace_id=delivery.workspace_id, kind=f"delivery.{kind}",
        values={"network": label, "channel": channel.handle}, about=summary, sentence=alert.sentence,
        place=f"{channel.handle} ({label})"[:300], at=delivery.due_at, subject_kind="delivery", subject=str(delivery.pk),
        address=f"/w/{delivery.workspace_id}/deliveries/{delivery.pk}", raised_at=alert.raised_at,
        # Whoever acted has seen it: what needs nobody any more is no news after an upgrade.
        seen_at=alert.seen_at, is_settled=delivery.state not in NEEDS,
    )


class Migration(migrations.Migration):

    dependencies = [
        ('deliveries', '0007_pauses'),
        ('notifications', '0001_initial'),
        ('posts', '0014_arrivals'),
    ]

    operations = [
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.RemoveIndex(
            model_name='alert',
            name='alert_wakes',
        ),
        migrations.RemoveIndex(
            model_name='alert',
            name='alert_unseen',
        ),
        migrations.RemoveConstraint(
            model_name='alert',
            name='alert_one_mail_at_a_time',
        ),
        migrations.DeleteModel(
            name='Alert',
        ),
    ]
