"""The plain resources at the REST door: one engine for all of them, and the few operations that need a hand."""
