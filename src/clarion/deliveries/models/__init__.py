from .attempt import Attempt
from .delivery import Delivery, State
from .live import Live
from .measure import Measure, Measuring
from .step import Step

__all__ = ["Attempt", "Delivery", "Live", "Measure", "Measuring", "State", "Step"]
