"""What is done to a browser before a page loads, so that devices, clocks and connections are as a state needs them."""


def still(*milliseconds: int) -> str:
    """Timers of these lengths never end: what would go by itself stays to be looked at."""
    return f"""(() => {{
      const real = window.setTimeout;
      window.setTimeout = (work, after, ...more) => {list(milliseconds)}.includes(after) ? 0 : real(work, after, ...more);
    }})();"""


def quick(*milliseconds: int) -> str:
    """Timers of these lengths end after half a second."""
    return f"""(() => {{
      const real = window.setTimeout;
      window.setTimeout = (work, after, ...more) => real(work, {list(milliseconds)}.includes(after) ? 500 : after, ...more);
    }})();"""


TOASTS_STAY = still(5_000)


def fails(error: str, *kinds: str) -> str:
    """Devices of these kinds (`audio`, `video`) do not open; `mend()` ends it, `fail(error, kinds)` begins it."""
    return f"""(() => {{
      const media = navigator.mediaDevices;
      const real = media.getUserMedia.bind(media);
      let [error, kinds] = [{error!r}, {list(kinds)}];
      window.mend = () => {{ kinds = []; }};
      window.fail = (name, which) => {{ [error, kinds] = [name, which]; }};
      media.getUserMedia = async (wanted) => {{
        if (kinds.some((kind) => wanted[kind])) throw new DOMException("no", error);
        return real(wanted);
      }};
    }})();"""


FAILS_LATER = fails("NotReadableError")

NO_OFFER_IS_ANSWERED = """(() => {
  const real = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (description) {
    return description.type === "offer" ? new Promise(() => {}) : real.call(this, description);
  };
})();"""

OFFLINE = """window.goOffline = () => {
  Object.defineProperty(navigator, "onLine", { get: () => false, configurable: true });
  dispatchEvent(new Event("offline"));
};"""

INSECURE = "Object.defineProperty(window, 'isSecureContext', { value: false });"

SOUND_IS_BLOCKED = """(() => {
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    return this.muted ? play.call(this) : Promise.reject(new DOMException("no", "NotAllowedError"));
  };
})();"""

# A microphone that is as loud as `loud(gain)` says.
TONE = """(() => {
  const media = navigator.mediaDevices;
  if (!media) return;
  let gain;
  let context;
  window.loud = (value) => { gain.gain.value = value; context.resume(); };
  const real = media.getUserMedia.bind(media);
  media.getUserMedia = async (wanted) => {
    const stream = await real(wanted);
    if (!wanted.audio) return stream;
    if (!gain) {
      context = new AudioContext();
      const tone = new OscillatorNode(context, { frequency: 300 });
      gain = new GainNode(context, { gain: 0 });
      tone.connect(gain);
      tone.start();
    }
    const out = context.createMediaStreamDestination();
    gain.connect(out);
    return new MediaStream([...out.stream.getTracks(), ...stream.getVideoTracks()]);
  };
})();"""

# A camera that `unplug()` ends as the browser would: its pictures come by a connection. (An event that a script makes
# is not given to the listeners of a track in Firefox.)
CAMERA_TO_UNPLUG = """(() => {
  const media = navigator.mediaDevices;
  if (!media) return;
  const real = media.getUserMedia.bind(media);
  media.getUserMedia = async (wanted) => {
    const stream = await real(wanted);
    const [camera] = stream.getVideoTracks();
    if (!camera || window.unplug) return stream;
    const [from, to] = [new RTCPeerConnection(), new RTCPeerConnection()];
    const come = new Promise((resolve) => { to.ontrack = ({ track }) => resolve(track); });
    from.onicecandidate = ({ candidate }) => to.addIceCandidate(candidate);
    to.onicecandidate = ({ candidate }) => from.addIceCandidate(candidate);
    from.addTrack(camera, stream);
    await from.setLocalDescription();
    await to.setRemoteDescription(from.localDescription);
    await to.setLocalDescription();
    await from.setRemoteDescription(to.localDescription);
    window.unplug = () => { camera.stop(); from.close(); to.close(); };
    return new MediaStream([...stream.getAudioTracks(), await come]);
  };
})();"""

SCREEN_TO_SHARE = """navigator.mediaDevices.getDisplayMedia = async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
  canvas.getContext("2d").fillRect(0, 0, 640, 360);
  return canvas.captureStream(5);
};"""
