"""What this room tells upwards, inside the transaction of the verb.

``settled`` is sent with ``request``, ``by`` (a User, or None for a guest or Clarion) and ``now`` when a request ended:
approved, refused, void, withdrawn, or passed by break-glass; ``request.state`` says which.
``began`` is sent with ``request`` and ``now`` when a stage begins: those whose yes it wants are asked.
"""

from django.dispatch import Signal

settled = Signal()
began = Signal()
