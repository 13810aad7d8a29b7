"""What the chat costs: a big room over real TLS WebSockets, and many rooms that store."""
