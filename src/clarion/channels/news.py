"""What this room tells upwards: ``reconnected`` with ``channel``, ``by`` and ``now``, inside the transaction."""

from django.dispatch import Signal

reconnected = Signal()
