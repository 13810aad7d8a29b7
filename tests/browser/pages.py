"""A static page whose two peer connections call each other: proves a browser rig before there is a server."""

PAGE_TO_PAGE = """<!doctype html><title>page to page</title>
<video id=far autoplay playsinline></video>
<script>
async function call({ width, height, frameRate }) {
  const video = { width, height, frameRate };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video });
  const near = new RTCPeerConnection(), far = new RTCPeerConnection();
  near.onicecandidate = ({ candidate }) => far.addIceCandidate(candidate);
  far.onicecandidate = ({ candidate }) => near.addIceCandidate(candidate);
  far.ontrack = ({ streams }) => { document.getElementById("far").srcObject = streams[0]; };
  for (const track of stream.getTracks()) near.addTrack(track, stream);
  await near.setLocalDescription();
  await far.setRemoteDescription(near.localDescription);
  await far.setLocalDescription();
  await near.setRemoteDescription(far.localDescription);
  window.near = near; window.far = far;
}
async function inbound() {
  const found = {};
  for (const report of (await window.far.getStats()).values()) {
    if (report.type === "inbound-rtp") found[report.kind] = report;
    if (report.type === "candidate-pair" && report.state === "succeeded") found.pair = report;
  }
  return { state: window.far.connectionState, frames: found.video?.framesDecoded ?? 0,
           width: found.video?.frameWidth, height: found.video?.frameHeight,
           audio: found.audio?.packetsReceived ?? 0, energy: found.audio?.totalAudioEnergy ?? 0 };
}
</script>"""
