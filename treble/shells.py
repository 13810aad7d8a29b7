"""From the configuration to the three servers."""

from dataclasses import fields

from sfu.config import MediaConfig
from signaling.accounts.config import AccountConfig
from signaling.gateway_config import GatewayConfig
from signaling.messages import IceServer
from signaling.retention import DAY, HOUR, Retention
from signaling.room_config import RoomConfig
from signaling.settings import RoomDefaults
from treble.config import Config


def media_config(config: Config) -> MediaConfig:
    return MediaConfig(
        host=config["host"], port=config["media_port"], announce=config["announce"], tcp=config["media_tcp"]
    )


def room_config(config: Config) -> RoomConfig:
    return RoomConfig(
        data=config["data"],
        database=config["database"],
        retention=retention(config),
        issuer=config["issuer"],
        max_participants=config["max_participants"],
        room_defaults=RoomDefaults(config["room_defaults"]),
        max_file_bytes=config["max_file_bytes"],
        ice_servers=ice_servers(config),
        accounts=AccountConfig(**{each.name: config[each.name] for each in fields(AccountConfig)}),
        webhooks=config["webhooks"],
        webhook_secret=config["webhook_secret"],
        webhook_private_addresses=config["webhook_private_addresses"],
    )


def retention(config: Config) -> Retention:
    return Retention(
        one_off_ns=config["retention_one_off_hours"] * HOUR,
        persistent_ns=config["retention_persistent_days"] * DAY,
        audit_ns=config["retention_audit_days"] * DAY,
    )


def ice_servers(config: Config) -> tuple[IceServer, ...]:
    """STUN servers take no credentials; TURN servers all take the same."""
    stun = [url for url in config["ice_servers"] if url.startswith("stun")]
    turn = [url for url in config["ice_servers"] if url.startswith("turn")]
    servers = [IceServer(urls=stun)] if stun else []
    if turn:
        username, credential = config["ice_username"] or None, config["ice_credential"] or None
        servers.append(IceServer(urls=turn, username=username, credential=credential))
    return tuple(servers)


def gateway_config(config: Config, name: str = "") -> GatewayConfig:
    """`name`: the address by which room servers reach this gateway; empty where they call it directly."""
    return GatewayConfig(
        data=config["data"],
        host=config["host"],
        port=config["port"],
        certificate=config["certificate"],
        key=config["key"],
        origins=config["origins"],
        embed_origins=config["embed_origins"],
        name=name,
        public_url=config["public_url"],
        max_connections=config["max_connections"],
        max_connections_per_address=config["max_connections_per_address"],
        requests_per_minute=config["requests_per_minute"],
        max_file_bytes=config["max_file_bytes"],
    )
