"""The address of a gateway where nobody configured one."""


def public_url(host: str, port: int) -> str:
    """How a browser on this machine reaches the gateway."""
    name = "localhost" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    return f"https://{name}:{port}"
