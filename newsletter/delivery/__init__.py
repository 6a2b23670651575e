"""Getting an edition out, once to each reader: the plan, the ledger, the workers."""

from newsletter.delivery.lanes import deliver
from newsletter.delivery.plan import approve, plan

__all__ = ["approve", "deliver", "plan"]
