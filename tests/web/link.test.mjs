import assert from "node:assert/strict";
import { test } from "node:test";
import { invitationLink, invitationPath, parseAddress, parseInvitation } from "../../web/app/lib/link.js";
import { newSecret } from "../../web/sdk/secret.js";

const ROOM = "01hzx3q4r5s6t7v8w9xyzabcde";
const BOTH = { room: ROOM, password: "kd83-hs7q-p2mx-9aef" };

test("an invitation survives its own link", () => {
  const link = invitationLink("https://meet.example.org", BOTH);
  assert.equal(link, `https://meet.example.org/r/${ROOM}#${BOTH.password}`);
  assert.deepEqual(parseInvitation(link), BOTH);
  const odd = { room: "room", password: "ä #/%?" };
  assert.deepEqual(parseInvitation(invitationLink("https://x", odd)), odd);
});

test("what people paste is understood", () => {
  for (const text of [
    `https://meet.example.org:8443/r/${ROOM}#${BOTH.password}`,
    `  meet.example.org/r/${ROOM}#${BOTH.password}  `,
    `Join us: https://meet.example.org/r/${ROOM}#${BOTH.password} at nine`,
    `<https://meet.example.org/r/${ROOM}#${BOTH.password}>`,
    `https://meet.example.org/r/${ROOM}?debug#${BOTH.password}`,
    `${ROOM}#${BOTH.password}`,
  ]) {
    assert.deepEqual(parseInvitation(text), BOTH, text);
  }
  assert.deepEqual(parseInvitation(ROOM), { room: ROOM, password: "" });
  assert.deepEqual(parseInvitation(`https://meet.example.org/r/${ROOM}/`), { room: ROOM, password: "" });
});

test("what is no invitation is none", () => {
  for (const text of ["", "  ", "two words", "https://example.org/", "https://x/r/", "a/b", "x".repeat(65), "<script>"]) {
    assert.equal(parseInvitation(text), null, text);
  }
});

test("a broken escape is taken as it stands", () => {
  assert.deepEqual(parseInvitation("room#100%"), { room: "room", password: "100%" });
});

test("the page's address names its room", () => {
  assert.deepEqual(parseAddress({ pathname: `/r/${ROOM}`, hash: "#pass" }), { room: ROOM, password: "pass" });
  assert.deepEqual(parseAddress({ pathname: `/r/${ROOM}/`, hash: "" }), { room: ROOM, password: "" });
  assert.equal(parseAddress({ pathname: "/", hash: "#new" }), null);
  assert.equal(parseAddress({ pathname: "/r/a/b", hash: "" }), null);
  assert.equal(invitationPath({ room: ROOM, password: "" }), `/r/${ROOM}`);
});

test("the secret of an encrypted meeting stands behind the password", () => {
  const sealed = { ...BOTH, secret: newSecret() };
  assert.match(sealed.secret, /^[\w-]{24}$/);
  const link = invitationLink("https://meet.example.org", sealed);
  assert.equal(link, `https://meet.example.org/r/${ROOM}#${BOTH.password}&e2ee=${sealed.secret}`);
  assert.deepEqual(parseInvitation(link), sealed);
  const odd = { room: "room", password: "a&e2ee=b#c", secret: "four words & more = %" };
  assert.deepEqual(parseInvitation(invitationLink("https://x", odd)), odd);
  const open = { room: "room", password: "", secret: "s" };
  assert.equal(invitationPath(open), "/r/room#&e2ee=s");
  assert.deepEqual(parseAddress({ pathname: "/r/room", hash: "#&e2ee=s" }), open);
});
