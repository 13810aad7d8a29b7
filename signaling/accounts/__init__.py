"""Accounts and guest identities: signing in, refresh families, providers, mail, pictures."""
