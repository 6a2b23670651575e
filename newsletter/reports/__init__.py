"""Reports: what became of an edition, counted from ledger and events each time anew."""
