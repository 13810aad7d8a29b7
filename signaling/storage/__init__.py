"""Durable state in SQL. Plain blocking code over SQLAlchemy Core; `signaling/database.py` takes it into
worker threads.

`store.py` opens the database and is what others import; one file per subject beside it (`rooms.py`,
`deadlines.py`). What only SQLite understands is in `sqlite.py`. All times are Unix nanoseconds, all ids are
made by the application.
"""
