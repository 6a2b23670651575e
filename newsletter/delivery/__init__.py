"""Getting an edition out, once to each reader: the plan, the ledger, the workers."""

from newsletter.delivery.lanes import deliver
from newsletter.delivery.plan import plan

__all__ = ["deliver", "plan"]
