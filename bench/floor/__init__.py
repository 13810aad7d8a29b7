"""A forwarder that does nothing but receive, copy and send: the floor that the server is judged by."""
