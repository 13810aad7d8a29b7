"""Nanoseconds per packet of single stages."""
