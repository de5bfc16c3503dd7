"""What this room tells upwards, inside the transaction: ``reconnected`` with ``channel``, ``by`` and ``now``;
``sign_in_needed`` with ``channel``, ``because`` and ``now``."""

from django.dispatch import Signal

reconnected = Signal()
sign_in_needed = Signal()
