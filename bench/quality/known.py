"""Which figures stay short of their bars, and why: for the page, and for the tests, which hold all others."""

_FULL_QUEUE = (
    "lost in the 200 ms between the drop and the first feedback that can tell: the queue was full in 40 ms"
)
_THREE = (
    "the smallest layers of three people and a voice do not fit 300 kbit/s, so lower temporal layers are tried and left; "
    "keyframes and repairs then fill the queue again for seconds"
)
_FLOWS = (
    "two flows that fill layers, not the link: one that rests on a lower layer does not press, the other probes what that "
    "leaves, and each keeps what was last proven until it is disproved; it evens out in tens of seconds"
)
_KEY_PICTURE = (
    "a key picture of SVC holds all spatial layers of the publisher's and is large; on a link that has just become "
    "narrow it takes most of a second, and comes right after the old layer has filled the queue"
)
_AV1_LOSS = (
    "one of several runs, cause not found: some pictures are dropped after packets that FEC brought back"
)

SHORT: dict[tuple[str, str], str] = {
    ("downlink-drop", "freezes"): (
        "two of 0.2 s, each just over the definition's 183 ms: what was sent in the 150 ms before feedback could "
        "tell comes out of the full queue one large frame at a time"
    ),
    ("downlink-drop", "audio lost, receiver without NACK"): _FULL_QUEUE,
    ("downlink-drop-three", "time in the queue from 3 s on, p95"): _THREE,
    ("downlink-drop-three", "audio lost after repair"): _THREE,
    ("downlink-drop-three", "audio lost, receiver without NACK"): _FULL_QUEUE,
    ("downlink-drop-three", "the same from 1 s after the drop on"): _THREE,
    ("downlink-drop-three", "freezes"): _THREE,
    ("rfc8867-5.2", "estimate in steady state, lowest"): _FLOWS,
    ("rfc8867-5.2", "estimate in steady state, highest"): _FLOWS,
    ("rfc8867-5.2", "sent in steady state"): _FLOWS,
    ("browser-drop-vp9", "longest still picture"): _KEY_PICTURE,
    ("browser-drop-vp9", "frozen in all, as the browser counts"): _KEY_PICTURE,
    ("browser-drop-vp9", "time in the queue from 3 s on, p95"): _KEY_PICTURE,
    ("browser-drop-av1", "frozen in all, as the browser counts"): _KEY_PICTURE,
    ("browser-drop-av1", "time in the queue from 3 s on, p95"): _KEY_PICTURE,
    ("browser-drop-av1", "top layer shown after the link is back"): _KEY_PICTURE,
    ("browser-loss-10-av1", "longest still picture"): _AV1_LOSS,
    ("browser-loss-10-av1", "losses that needed a keyframe"): _AV1_LOSS,
    ("browser-audio-loss-10", "sound concealed"): (
        "the short form's 20 s hold the moments before the loss is noticed; the long form is over ten minutes"
    ),
    ("grid-20", "layer changes of a tile"): (
        "the estimate swings between 80 and 99 % of the capacity where the queue is met; tiles that rose into it fall again"
    ),
}
"""(case, figure): the cause."""
