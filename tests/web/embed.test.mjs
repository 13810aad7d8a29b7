/** The page in another page's frame: what it tells, and the address that its element makes. */
import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";
import { embedded } from "../../web/app/lib/embed.js";
import { Emitter } from "../../web/sdk/emitter.js";

const SHOP = "https://shop.example.org";
const ADA = { id: "a", name: "Ada" };
const BEA = { id: "b", name: "Bea" };
let told = [];

before(() => {
  globalThis.parent = { postMessage: ({ treble, detail }) => told.push([treble, detail]) };
  globalThis.addEventListener ??= () => {};
});

beforeEach(() => {
  told = [];
});

/** A Room in which Ada is. */
function enter() {
  const room = Object.assign(new Emitter(), { localParticipant: { ...ADA }, remoteParticipants: new Map() });
  const frame = embedded(SHOP);
  frame.follow(room);
  return { room, frame };
}

test("who is there is told again where somebody comes or oneself is renamed, and not where nothing is new", () => {
  const { room } = enter();
  room.emit("connected");
  room.remoteParticipants.set("b", BEA);
  room.emit("participantConnected");
  room.emit("localChanged");
  room.localParticipant.name = "Ada L.";
  room.emit("localChanged");
  assert.deepEqual(told, [
    ["joined", ADA],
    ["participants", { participants: [ADA] }],
    ["participants", { participants: [ADA, BEA] }],
    ["participants", { participants: [{ id: "a", name: "Ada L." }, BEA] }],
  ]);
});

test("whoever goes before being let in has left; what kept one out is an error", () => {
  const { frame } = enter();
  frame.failed({ code: "left" });
  frame.failed({ code: "full" });
  assert.deepEqual(told, [["left", { code: "left" }], ["error", { code: "full" }]]);
});

test("the element passes the password and the secret of an encrypted room", async () => {
  Object.assign(globalThis, {
    HTMLElement: class {
      attachShadow = () => ({ append() {} });
      getAttribute(name) {
        return this.given[name] ?? null;
      }
    },
    customElements: { get: () => null, define: () => {} },
    document: { createElement: () => ({ style: {} }) },
    location: { origin: SHOP },
  });
  const { TrebleRoom } = await import("../../web/embed/treble-room.js");
  const address = (given) => Object.assign(new TrebleRoom(), { given: { server: "https://x", room: "otter", ...given } }).address;
  const embed = encodeURIComponent(SHOP);
  assert.equal(address({ password: "p&w" }), `https://x/r/otter?embed=${embed}#p%26w`);
  assert.equal(address({ password: "pw", e2ee: "a b&c" }), `https://x/r/otter?embed=${embed}#pw&e2ee=a%20b%26c`);
});
