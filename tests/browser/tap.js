// Put before web/sdk/e2ee-worker.js by tests: keeps each frame of a receiver as the server sent it and as it was opened, and
// opens on demand, with the keys that this worker holds, frames that others recorded.
const tapped = [];
const channel = new BroadcastChannel("tap");
const text = (bytes) => btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""));
const RealStream = TransformStream;

globalThis.TransformStream = class extends RealStream {
  constructor({ transform }) {
    super({
      async transform(frame, out) {
        const isVideo = "type" in frame;
        const came = frame.data.slice(0);
        const began = performance.now();
        let opened = null;
        await transform(frame, {
          enqueue(done) {
            opened = done.data.slice(0);
            out.enqueue(done);
          },
        });
        const ms = performance.now() - began;
        tapped.push({ isVideo, key: frame.type === "key", came, opened, ms, at: Date.now(), size: came.byteLength });
        if (tapped.length > 3000) tapped.shift();
      },
    });
  }
};

channel.onmessage = async ({ data }) => {
  if (data.ask === "clear") tapped.length = 0;
  if (data.ask === "times") channel.postMessage({ answer: tapped.map(({ isVideo, size, ms }) => ({ isVideo, size, ms })) });
  if (data.ask === "video") {
    const frames = tapped.filter(({ isVideo }) => isVideo).slice(-data.most);
    channel.postMessage({ answer: frames.map(({ key, came, opened }) => ({ key, came: text(came), opened: opened && text(opened) })) });
  }
  if (data.ask === "open") {
    let opened = 0;
    for (const frame of data.frames) {
      const bytes = Uint8Array.from(atob(frame), (char) => char.charCodeAt(0));
      if (await openers.get(data.participant)?.open(bytes, data.source)) opened += 1;
    }
    channel.postMessage({ answer: { opened, keys: openers.size } });
  }
};
