"""What this room tells upwards. ``edited`` is sent inside the transaction of the edit, with ``post``, ``by`` and
``now``: what the post says, or where, is another than before."""

from django.dispatch import Signal

edited = Signal()
