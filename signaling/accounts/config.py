"""What a room server is told about mails and providers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """Without `smtp_url` mails are files in the data folder's `outbox`. A provider without a client id is off.

    `google_issuer`: where OpenID's discovery begins. `facebook_url` holds Facebook's `/dialog/oauth`,
    `facebook_graph_url` its `/oauth/access_token` and `/me`.
    """

    smtp_url: str = ""
    mail_from: str = "treble@localhost"
    google_client_id: str = ""
    google_client_secret: str = ""
    google_issuer: str = "https://accounts.google.com"
    facebook_client_id: str = ""
    facebook_client_secret: str = ""
    facebook_url: str = "https://www.facebook.com/v23.0"
    facebook_graph_url: str = "https://graph.facebook.com/v23.0"
