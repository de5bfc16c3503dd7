"""What this room tells upwards, inside the transaction of the change. ``edited`` is sent with ``post``, ``by`` and
``now``: what the post says, or where, is another than before. ``meant_otherwise`` is sent with ``workspace``, ``by``
and ``fits`` (a ``Q`` of posts): nobody edited them, and yet readers of these will get something else than before,
because a person or a document is called otherwise, a link leads elsewhere, or a video has other captions.
``unlabelling`` asks, with ``post`` and ``by``: receivers answer with the labels of the post that this person cannot
take off."""

from django.dispatch import Signal

edited = Signal()
meant_otherwise = Signal()
unlabelling = Signal()
