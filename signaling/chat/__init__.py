"""The chat: said, stored, numbered, announced to Gateways, delivered in order."""
