"""The worker with a clock that the test moves: the same as in the deliveries' own tests."""

from tests.deliveries.conftest import clock, other_worker, promise, worker

__all__ = ["clock", "other_worker", "promise", "worker"]
