"""What a first visit of the web client costs: bytes, requests, and the time until one can type, and until one sees."""
