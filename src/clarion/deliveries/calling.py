"""One call to a network, with all that can become of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.utils.translation import gettext as _

from clarion.deliveries import saying
from clarion.deliveries.ledger import Ledger, Stopped, give_connection_back
from clarion.deliveries.stumbling import OUTSIDE
from clarion.networks.words import Failure, NotNow, Refused, Unknown
from clarion.work.lease import LostLease

log = logging.getLogger("clarion.deliveries")


class Calling(Ledger):
    """Calls for one claimed delivery. While something is said, the process knows it: a pause waits for its end."""

    def _call(self, call: Callable[[], Any], *, writing: bool) -> Any:
        """Makes the call and returns its answer or its failure. A fault of ours is one of the four words, too.

        ``Stopped``: a pause came before a byte of a request. What was said before that, ``_has_said`` tells.
        """
        self.http.exchanges.clear()
        self.http.answer = None
        give_connection_back()
        self._saying, at_home = writing, False
        try:
            with saying.about(self.delivery.workspace) if writing else nullcontext():
                if writing and self.network.own_ground:
                    self._before_a_byte()  # here nothing goes over a wire, where it would be asked
                    at_home = True
                return call()
        except Failure as failure:
            return failure
        except Stopped as stopped:
            return stopped
        except LostLease:
            raise
        except OUTSIDE as away:
            log.error("the database was away during a call to %s: %s", self.channel.network, type(away).__name__)
            give_connection_back()
            if at_home or (writing and self._has_said()):
                return Unknown(_("The database was away while it was being sent."))
            return NotNow(_("The database was away for a moment. Nothing was sent, and it goes on by itself."))
        except Exception as error:
            log.exception("%s stumbled", self.channel.network)
            said = f"{type(error).__name__}"
            if writing and self._has_said():
                return Unknown(_("Clarion stumbled over the answer (%(error)s).") % {"error": said})
            return Refused(
                _("Clarion made a mistake before anything was sent (%(error)s). Please report it.") % {"error": said},
                code="stumbled",
            )
        finally:
            self._saying = False

    def _has_said(self) -> bool:
        return any(exchange.sent and exchange.method != "GET" for exchange in self.http.exchanges)
