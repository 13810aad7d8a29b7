"""What happens in Rooms, told to receivers: observed, kept in an outbox, signed, posted."""
