"""What comes back: tokens that say who, and what was done."""
