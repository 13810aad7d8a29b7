"""Frames and keys of an end-to-end encrypted Room, as docs/end-to-end-encryption.md has them. Sans-I/O."""
