"""Getting an edition out, once to each reader: the plan, the ledger, the worker."""

from newsletter.delivery.plan import approve, plan
from newsletter.delivery.worker import deliver

__all__ = ["approve", "deliver", "plan"]
