"""What this room tells upwards. Rooms above listen; nothing here imports them.

``happened`` is sent inside the transaction of the verb, with ``subject``, ``verb``, ``by`` (a User or None),
``because``, ``before`` and ``after`` (small JSON), ``organisation`` and ``workspace`` (or None).
The records room writes the event.

``resumed`` is sent inside the transaction in which a pause ends, with ``pause``, ``by`` and ``held_until``: what is due
before that time is not to leave by itself.

``left`` is sent inside the transaction in which a person loses a workspace, with ``person``, ``workspace``, ``by`` and
``now``: no member of it any more, or shut out of everything.
"""

from django.dispatch import Signal

happened = Signal()
resumed = Signal()
left = Signal()
