"""The states that the client has words for, and the words: what happened, then what to do.

`{...}` stands for what varies; `buttons` are seen beside the words.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    words: str
    buttons: tuple[str, ...] = ()

    @property
    def pattern(self) -> str:
        """A regular expression that JavaScript understands, of the words as the page shows them."""
        return pattern_of(self.words)


def pattern_of(words: str) -> str:
    parts = re.split(r"\{\w+\}", words)
    return ".+?".join(re.sub(r"[.*+?^${}()|[\]\\]", r"\\\g<0>", part) for part in parts)


ROWS = {
    "joining": Row("Joining…"),
    "joining.slow": Row("Still joining. The server {what} slowly."),
    "reconnecting": Row("Connection lost. Reconnecting… Your sound and picture may still work."),
    "back": Row("You are back."),
    "gone": Row("The server cannot be reached. Trying again in {s} s.", ("Try now",)),
    "offline": Row("You are offline. We rejoin as soon as you are back."),
    "auth.wrong": Row("That link or password is not right. Check both with the person who invited you."),
    "auth.slow": Row("Too many tries. Wait {s} s."),
    "full": Row("This meeting is full. Try again later, or ask the host."),
    "login.wrong": Row("That e-mail or password is not right.", ("Forgotten your password?",)),
    "session.ended": Row("You were signed out. Sign in to go on."),
    "wait.host": Row("The meeting starts when the host joins. This page goes on by itself."),
    "wait.knock": Row("Asking to join… The host has been told."),
    "wait.refused": Row("The host did not let you in.", ("Ask again in {s} s",)),
    "wait.expired": Row("Nobody answered.", ("Ask again",)),
    "locked": Row("The host has locked this meeting."),
    "removed": Row("The host removed you from this meeting."),
    "ended": Row("The host ended the meeting for everyone."),
    "elsewhere": Row("You joined from another tab. This one has been disconnected.", ("Use here",)),
    "perm.mic": Row(
        "The browser blocks your microphone. Click the lock beside the address, allow it, then try again.",
        ("Try again",),
    ),
    "perm.cam": Row(
        "The browser blocks your camera. Click the lock beside the address, allow it, then try again.",
        ("Try again",),
    ),
    "dev.none": Row("No microphone found. Plug one in, or join and listen.", ("Try again",)),
    "dev.none.cam": Row("No camera found. Plug one in, or join without it.", ("Try again",)),
    "dev.busy": Row("Another program uses your camera. Close it, then try again.", ("Try again",)),
    "dev.lost": Row("{device} was unplugged. Using {other}."),
    "insecure": Row("This address is not secure, so the browser gives no camera. Open https://{address}."),
    "autoplay": Row("Click to hear the others."),
    "mic.silent": Row("We hear nothing from {device}.", ("Choose another",)),
    "mic.mutedTalk": Row("You are muted. Press M to speak.", ("Unmute",)),
    "host.muted": Row("The host muted you.", ("Unmute",)),
    "host.muted.ask": Row("The host muted you.", ("Ask to speak",)),
    "host.askUnmute": Row("The host asks you to unmute.", ("Unmute", "Not now")),
    "host.camOff": Row("The host stopped your camera."),
    "ask.sent": Row("Asked the host."),
    "ask.yes": Row("The host allowed it."),
    "ask.no": Row("The host did not allow it."),
    "ask.expired": Row("No host answered.", ("Ask again",)),
    "ask.rename": Row("{old} asks to be called “{new}”.", ("Allow", "Refuse")),
    "share.denied": Row("Only hosts may share here.", ("Ask",)),
    "share.ended": Row("{name} stopped sharing."),
    "reason.bandwidth": Row("Your connection is slow, so this is smaller."),
    "reason.publisher": Row("{name}'s connection or camera limits this."),
    "reason.cap": Row("You chose 180p."),
    "reason.viewport": Row("Fits this tile."),
    "reason.hidden": Row("Not on screen."),
    "reason.paused-by-host": Row("Stopped by the host."),
    "reason.codec": Row("Your browser cannot show H264."),
    "net.excellent": Row("Excellent"),
    "net.good": Row("Good"),
    "net.fair": Row("Fair: video may be blurry."),
    "net.poor": Row("Poor", ("Audio only",)),
    "chat.failed": Row("Not sent.", ("Retry",)),
    "chat.empty": Row("No messages yet. Everyone in the meeting can read what you write here."),
    "people.alone": Row("You are the only one here.", ("Copy invitation",)),
    "captions.started": Row("This meeting has captions: {language}.", ("Show captions",)),
    "captions.none": Row("Captions are on. What is said next stands here."),
    "captions.stopped": Row("The captions have been stopped."),
    "rec.start": Row("{name} records this meeting.", ("OK", "Leave")),
}

LATER = {"rec.start": "nothing can be recorded yet"}
"""Rows that no state can show as long as their key is in no language."""
