"""What our mails say: plain text, one link, and what to do if one did not ask for it."""

from signaling.storage.mails import Mail

_FOOT = "\n\nNobody needs to answer this mail."


def confirm_sign_up(to: str, base: str, code: str) -> Mail:
    return Mail(
        to=to,
        subject="Confirm your e-mail address",
        text=f"Open this link to finish your account. It works for 24 hours, once:\n\n{base}/account/verify#{code}\n\n"
        f"If you did not ask for an account, do nothing: there is none.{_FOOT}",
    )


def has_account(to: str, base: str) -> Mail:
    return Mail(
        to=to,
        subject="You have an account already",
        text="Somebody, probably you, wanted to use this e-mail address for an account. It has one.\n\n"
        f"Sign in, or ask for a new password:\n\n{base}/account/sign-in\n\n"
        f"If it was not you, do nothing: nothing has changed.{_FOOT}",
    )


def reset(to: str, base: str, code: str) -> Mail:
    return Mail(
        to=to,
        subject="Choose a new password",
        text=f"Open this link to choose a new password. It works for 30 minutes, once:\n\n{base}/account/reset#{code}\n\n"
        f"If you did not ask for it, do nothing: your password stays as it is.{_FOOT}",
    )


def confirm_email(to: str, base: str, code: str) -> Mail:
    return Mail(
        to=to,
        subject="Confirm your new e-mail address",
        text=f"Open this link and your account uses this address. It works for 24 hours, once:\n\n"
        f"{base}/account/verify#{code}\n\nIf you did not ask for it, do nothing.{_FOOT}",
    )


def password_changed(to: str, base: str) -> Mail:
    return _notice(
        to, base, "Your password was changed", "The password of your account was changed just now."
    )


def email_changed(to: str, base: str) -> Mail:
    return _notice(
        to, base, "Your e-mail address was changed", "Your account uses another e-mail address from now on."
    )


def account_deleted(to: str, base: str) -> Mail:
    return _notice(to, base, "Your account was deleted", "Your account and what belongs to it were deleted.")


def _notice(to: str, base: str, subject: str, what: str) -> Mail:
    return Mail(
        to=to,
        subject=subject,
        text=f"{what}\n\nIf it was not you, choose a new password at once, or write to those who run "
        f"{base}.{_FOOT}",
    )
