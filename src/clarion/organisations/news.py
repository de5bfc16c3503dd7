"""What this room tells upwards. Rooms above listen; nothing here imports them.

``happened`` is sent inside the transaction of the verb, with ``subject``, ``verb``, ``by`` (a User or None),
``because``, ``before`` and ``after`` (small JSON), ``organisation`` and ``workspace`` (or None).
The records room writes the event.
"""

from django.dispatch import Signal

happened = Signal()
