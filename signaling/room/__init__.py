"""The Room machine, without I/O: who is in it and at its door, what they may, who is told what."""
