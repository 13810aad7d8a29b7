"""What can be done in a Room, and what the answer to "may I?" can be."""

from enum import StrEnum


class Action(StrEnum):
    # of oneself
    ENTER = "enter"
    WATCH = "watch"
    TALK = "talk"  # publish a microphone, unmute it
    SHOW = "show"  # publish a camera
    SHARE = "share"  # publish a screen, with its sound
    RENAME = "rename"
    PICTURE = "picture"  # change one's picture
    CHAT = "chat"
    WHISPER = "whisper"  # a private message
    HISTORY = "history"  # read what was said before one came
    FILES = "files"  # send files and pictures
    REACT = "react"
    HAND = "hand"
    RECORD = "record"
    BROADCAST = "broadcast"
    CAPTION = "caption"  # start captions, say what is spoken
    INVITE = "invite"  # see link and password
    # of others
    ADMIT = "admit"
    ANSWER = "answer"  # allow or refuse what somebody asks for
    MUTE = "mute"
    ASK_UNMUTE = "ask-unmute"
    STOP_CAMERA = "stop-camera"
    STOP_SHARE = "stop-share"
    UNMUTE_OTHERS = "unmute-others"
    LOWER_HANDS = "lower-hands"
    PERMIT = "permit"  # allow or forbid one participant an action
    SPOTLIGHT = "spotlight"
    REMOVE = "remove"
    BAN = "ban"
    ERASE = "erase"  # delete others' chat messages
    # of the Room
    LOCK = "lock"
    SETTINGS = "settings"
    ROLES = "roles"
    HAND_OVER = "hand-over"
    AUDIT = "audit"
    EXPORT = "export"  # the chat as a file
    END = "end"


class Verdict(StrEnum):
    """`ask`: a host or co-host decides each time."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"
