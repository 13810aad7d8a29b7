"""The operators' side: HTTP API, keys, and what it does to Rooms, people, tokens and accounts."""
