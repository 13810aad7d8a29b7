"""GStreamer's webrtcbin as a WHIP publisher or a WHEP player: `gstreamer_client.py publish|play URL TOKEN`.

A program of its own for the system's Python, which has GObject introspection; nothing of Treble is imported.
It prints the lines of `aiortc_client.py`, with buffers counted behind the decoders. webrtcbin does nothing
for which its caller keeps no reference: promises, replies and descriptions are held in `self`.
"""

import json
import signal
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import gi  # type: ignore[import-not-found]

gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # type: ignore[import-not-found]  # noqa: E402

PUBLISH = """
webrtcbin name=rtc bundle-policy=max-bundle
audiotestsrc is-live=true freq=440 volume=0.3 ! audio/x-raw,rate=48000,channels=2 !
  opusenc ! rtpopuspay pt=111 !
  application/x-rtp,media=audio,encoding-name=OPUS,payload=111,encoding-params=(string)2 ! rtc.
videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=15/1 !
  vp8enc deadline=1 cpu-used=8 target-bitrate=500000 keyframe-max-dist=60 !
  rtpvp8pay pt=96 picture-id-mode=15-bit !
  application/x-rtp,media=video,encoding-name=VP8,payload=96 ! rtc.
"""
PLAY = "webrtcbin name=rtc bundle-policy=max-bundle fakesrc num-buffers=0 ! fakesink"
AUDIO_CAPS = (
    "application/x-rtp,media=audio,encoding-name=OPUS,payload=111,clock-rate=48000,encoding-params=(string)2"
)
VIDEO_CAPS = "application/x-rtp,media=video,encoding-name=VP8,payload=96,clock-rate=90000"
DECODERS = {
    "audio": "rtpopusdepay ! opusdec ! audioconvert",
    "video": "rtpvp8depay ! vp8dec",
}


def say(**fields: Any) -> None:
    print(json.dumps(fields), flush=True)


class Client:
    def __init__(self, verb: str, url: str, token: str) -> None:
        self.verb, self.url, self.token = verb, url, token
        self.seen = {"audio": 0, "video": 0, "width": 0, "height": 0}
        self.kept: list[Any] = []
        self.location = ""
        self.loop = GLib.MainLoop()
        self.status = 0
        self.pipeline = Gst.parse_launch(PUBLISH if verb == "publish" else PLAY)
        self.rtc = self.pipeline.get_by_name("rtc")

    def run(self) -> int:
        self.rtc.connect("notify::connection-state", self.on_state)
        self.rtc.connect("notify::ice-gathering-state", self.on_gathering)
        self.rtc.connect("pad-added", self.on_pad)
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, self.loop.quit)
        self.pipeline.set_state(Gst.State.PLAYING)
        if self.verb == "play":
            receive = GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY
            for caps in (AUDIO_CAPS, VIDEO_CAPS):
                self.rtc.emit("add-transceiver", receive, Gst.Caps.from_string(caps))
            GLib.timeout_add(500, self.on_tick)
            GLib.idle_add(self.offer)
        else:
            self.rtc.connect("on-negotiation-needed", lambda _: self.offer())
        self.loop.run()
        if self.location:
            say(deleted=self.ask("DELETE", urllib.parse.urljoin(self.url, self.location)).status)
        self.pipeline.set_state(Gst.State.NULL)
        return self.status

    def offer(self) -> bool:
        if not self.kept:
            promise = Gst.Promise.new_with_change_func(self.on_offer)
            self.kept.append(promise)
            self.rtc.emit("create-offer", None, promise)
        return False

    def on_offer(self, promise: Any) -> None:
        reply = promise.get_reply()
        offer = reply.get_value("offer")
        local = Gst.Promise.new()
        self.kept += [reply, offer, local]
        self.rtc.emit("set-local-description", offer, local)

    def on_gathering(self, *_: Any) -> None:
        if self.rtc.get_property("ice-gathering-state") == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            GLib.idle_add(self.post)

    def post(self) -> bool:
        """Non-trickle: the offer goes out with its candidates."""
        if self.location:
            return False
        sdp = self.rtc.get_property("local-description").sdp.as_text()
        try:
            answer = self.ask("POST", self.url, sdp.encode())
        except urllib.error.HTTPError as error:
            print(error.code, error.read().decode(), flush=True)
            self.status = 1
            self.loop.quit()
            return False
        self.location = answer.headers["location"]
        say(location=self.location)
        message = GstSdp.SDPMessage.new()[1]
        GstSdp.sdp_message_parse_buffer(answer.read(), message)
        remote = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
        promise = Gst.Promise.new()
        self.kept += [message, remote, promise]
        self.rtc.emit("set-remote-description", remote, promise)
        return False

    def ask(self, method: str, url: str, body: bytes | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/sdp"}
        request = urllib.request.Request(url, body, headers, method=method)
        return urllib.request.urlopen(request, timeout=10, context=ssl._create_unverified_context())

    def on_state(self, *_: Any) -> None:
        say(state=self.rtc.get_property("connection-state").value_nick)

    def on_pad(self, _: Any, pad: Any) -> None:
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        kind = pad.get_current_caps().get_structure(0).get_string("media")
        sink = "appsink name=sink emit-signals=true sync=false max-buffers=8 drop=true"
        tail = Gst.parse_bin_from_description(f"queue ! {DECODERS[kind]} ! {sink}", True)
        tail.get_by_name("sink").connect("new-sample", self.on_sample, kind)
        self.pipeline.add(tail)
        tail.sync_state_with_parent()
        pad.link(tail.get_static_pad("sink"))

    def on_sample(self, sink: Any, kind: str) -> Any:
        shape = sink.emit("pull-sample").get_caps().get_structure(0)
        self.seen[kind] += 1
        if kind == "video":
            self.seen["width"], self.seen["height"] = shape.get_int("width")[1], shape.get_int("height")[1]
        return Gst.FlowReturn.OK

    def on_tick(self) -> bool:
        say(**self.seen)
        return True


if __name__ == "__main__":
    Gst.init(None)
    sys.exit(Client(*sys.argv[1:4]).run())
