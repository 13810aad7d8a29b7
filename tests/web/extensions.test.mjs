/** A receiver asks for what its browser would not offer by itself, and for nothing else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { askForDescriptor, withDescriptor } from "../../web/sdk/extensions.js";

const MID = "urn:ietf:params:rtp-hdrext:sdes:mid";
const DESCRIPTOR = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";
const LAYERS = "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00";

const list = (descriptor) => [
  { uri: MID, direction: "sendrecv" },
  { uri: DESCRIPTOR, direction: descriptor },
  { uri: LAYERS, direction: "stopped" },
];

test("the dependency descriptor is received, the others stay as they are", () => {
  assert.deepEqual(withDescriptor(list("stopped")), list("recvonly"));
});

test("nothing is asked for where it is offered anyway, or not known", () => {
  assert.equal(withDescriptor(list("sendrecv")), null);
  assert.equal(withDescriptor([{ uri: MID, direction: "sendrecv" }]), null);
});

test("a browser without the call, or that refuses, is left as it is", () => {
  askForDescriptor({});
  askForDescriptor({
    getHeaderExtensionsToNegotiate: () => list("stopped"),
    setHeaderExtensionsToNegotiate() {
      throw new DOMException("no", "InvalidModificationError");
    },
  });
});

test("what was asked for is set once", () => {
  const asked = [];
  askForDescriptor({
    getHeaderExtensionsToNegotiate: () => list("stopped"),
    setHeaderExtensionsToNegotiate: (extensions) => asked.push(extensions),
  });
  assert.deepEqual(asked, [list("recvonly")]);
});
