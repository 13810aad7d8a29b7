"""`treble webhook`: who is told what happens in rooms."""

import argparse
from typing import Any

from treble.admin_requests import CreateWebhook, DeleteWebhook, ListDeliveries, ListWebhooks, WebhookBody
from treble.commands.common import Commands
from treble.commands.operator import NOBODY, add_operator_flags, add_paging, ask, show, show_all

COLUMNS = ("id", "url", "events", "configured", "created_at")
DELIVERIES = ("id", "type", "room", "created_at", "attempts", "outcome", "delivered", "next_at")


def add(commands: Commands) -> None:
    text = "tell a receiver what happens in rooms"
    actions = commands.add_parser("webhook", help=text).add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("add", help="prints the secret that it is signed with")
    create.add_argument("url", help="https://...")
    create.add_argument("--event", action="append", default=[], help="only these (default: all)")
    _ready(create, _add)
    _ready(actions.add_parser("list", help="who is told"), _list)
    remove = actions.add_parser("remove", help="tell it no more")
    remove.add_argument("webhook", help="its id")
    _ready(remove, _remove)
    log = actions.add_parser("log", help="what was sent, and what came of it")
    log.add_argument("webhook", help="its id")
    add_paging(log)
    _ready(log, _log)


def _ready(command: argparse.ArgumentParser, run: Any) -> None:
    add_operator_flags(command)
    command.set_defaults(run=run)


def _add(given: argparse.Namespace) -> None:
    body = WebhookBody(url=given.url, events=given.event)
    show(given, ask(given, lambda admin: admin.create_webhook(CreateWebhook(by=NOBODY, body=body))))


def _list(given: argparse.Namespace) -> None:
    found = ask(given, lambda admin: admin.webhook_list(ListWebhooks(by=NOBODY)))
    show_all(given, found, found.webhooks, COLUMNS)


def _remove(given: argparse.Namespace) -> None:
    ask(given, lambda admin: admin.delete_webhook(DeleteWebhook(by=NOBODY, webhook=given.webhook)))


def _log(given: argparse.Namespace) -> None:
    asked = ListDeliveries(by=NOBODY, webhook=given.webhook, cursor=given.cursor, limit=given.limit)
    page = ask(given, lambda admin: admin.deliveries(asked))
    show_all(given, page, page.deliveries, DELIVERIES)
