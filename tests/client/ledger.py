"""How much was looked at, and how much of it was as it should be; printed after the run."""

from dataclasses import dataclass, field


@dataclass
class Account:
    asked: int = 0
    held: int = 0
    short: list[str] = field(default_factory=list)


ACCOUNTS: dict[str, Account] = {}


def note(concern: str, where: str, held: bool, why: str = "") -> None:
    account = ACCOUNTS.setdefault(concern, Account())
    account.asked += 1
    account.held += held
    if not held:
        account.short.append(f"{where}: {why}" if why else where)


def table() -> str:
    rows = []
    for concern, account in ACCOUNTS.items():
        mark = "ok  " if account.held == account.asked else "FAIL"
        rows.append(f"  {mark} {concern:<66} expected {account.asked:<5} measured {account.held}")
        rows += [f"         {line}" for line in account.short]
    return "\n".join(rows)
