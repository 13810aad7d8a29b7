import assert from "node:assert/strict";
import { test } from "node:test";
import { Exchange } from "../../web/sdk/e2ee/exchange.js";
import { Opener, Sealer } from "../../web/sdk/e2ee/frames.js";

const FRAME = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9]);
const SECRET = "a secret of this room";

/** A room as the server runs it: passes messages on in order, and keeps a copy of all that it sees. */
class Room {
  /** @type {Map<string, Person>} */
  people = new Map();
  /** @type {{from: string, to: string, body: string}[]} */
  seen = [];
  /** What the server does to a message on its way. @type {(message: {from: string, to: string, body: string}) => string} */
  tamper = ({ body }) => body;

  /** @param {string} from @param {{to: string | null, body: string}[]} items */
  async pass(from, items) {
    for (const { to, body } of items) {
      for (const receiver of to === null ? this.people.keys() : [to]) {
        if (receiver === from || !this.people.has(receiver)) continue;
        this.seen.push({ from, to: receiver, body });
        this.people.get(receiver)?.exchange.take(from, this.tamper({ from, to: receiver, body }));
      }
    }
  }

  /** @param {string} id @param {string} [secret] */
  async enter(id, secret = SECRET) {
    const present = [...this.people.keys()];
    const person = new Person(this, id, secret, present);
    this.people.set(id, person);
    for (const other of present) this.people.get(other)?.exchange.joined(id);
    await this.settle();
    return person;
  }

  /** @param {string} id */
  async leave(id) {
    const gone = /** @type {Person} */ (this.people.get(id));
    this.people.delete(id);
    for (const other of this.people.values()) other.exchange.left(id);
    await this.settle();
    return gone;
  }

  /** All messages are read and answered: the queues of everybody are empty, and stay so. */
  async settle() {
    for (let before = -1; before !== this.seen.length; ) {
      before = this.seen.length;
      for (let round = 0; round < 3; round += 1) for (const { exchange } of this.people.values()) await exchange.settled;
    }
  }
}

class Person {
  sealer = new Sealer();
  /** @type {Map<string, Opener>} */
  openers = new Map();
  /** @type {string[]} */
  uses = [];

  /** @param {Room} room @param {string} id @param {string} secret @param {string[]} present */
  constructor(room, id, secret, present) {
    this.id = id;
    this.exchange = new Exchange(
      { room: "room", self: id, secret, present },
      {
        isPresent: (other) => room.people.has(other),
        send: (items) => room.pass(id, items),
        use: (chain) => {
          this.uses.push(`${chain.epoch}.${chain.step}`);
          this.sealer.use(chain);
        },
        learn: (other, chain) => {
          if (!this.openers.has(other)) this.openers.set(other, new Opener());
          this.openers.get(other)?.learn(chain);
        },
        forget: (other) => this.openers.delete(other),
        changed: () => {},
      },
    );
  }

  /** @param {Person} other  whether its next frame can be read */
  async reads(other) {
    return this.readsFrame(other.id, await other.speak());
  }

  /** @param {string} from @param {Uint8Array} frame */
  async readsFrame(from, frame) {
    return Boolean(await this.openers.get(from)?.open(frame, 0));
  }

  async speak() {
    return /** @type {Uint8Array} */ (await this.sealer.seal(FRAME, 0, "opus"));
  }
}

test("everybody with the secret reads everybody, and sees the same code", async () => {
  const room = new Room();
  const people = [await room.enter("ada"), await room.enter("bob"), await room.enter("cyd")];
  for (const one of people) for (const other of people) if (one !== other) assert.ok(await one.reads(other), `${one.id} ${other.id}`);
  const codes = await Promise.all(people.map(({ exchange }) => exchange.safetyCode()));
  assert.match(codes[0], /^(\d{4} ){5}\d{4}$/);
  assert.deepEqual(new Set(codes).size, 1);
  assert.equal(people[0].exchange.of("bob"), "verified");
});

test("a newcomer cannot read what was said before, and changes the code", async () => {
  const room = new Room();
  const [ada, bob] = [await room.enter("ada"), await room.enter("bob")];
  const before = await ada.speak();
  assert.ok(await bob.readsFrame("ada", before));
  const code = await ada.exchange.safetyCode();
  const cyd = await room.enter("cyd");
  assert.equal(await cyd.readsFrame("ada", before), false);
  assert.ok(await cyd.reads(ada));
  assert.ok(await bob.reads(ada), "by the same step, without a message");
  assert.notEqual(await ada.exchange.safetyCode(), code);
});

test("who was removed keeps all its keys and the secret, and reads nothing that follows", async () => {
  const room = new Room();
  const [ada, bob] = [await room.enter("ada"), await room.enter("bob")];
  const eve = await room.enter("eve");
  assert.ok(await eve.reads(ada));
  await room.leave("eve");
  const [epoch] = ada.uses[ada.uses.length - 1].split(".");
  assert.equal(epoch, "1");
  assert.ok(await bob.reads(ada));
  assert.ok(await ada.reads(bob));
  assert.equal(await eve.reads(ada), false);
  assert.equal(await eve.reads(bob), false);
  for (const { body } of room.seen) eve.exchange.take("ada", body); // with all that went through the server
  await eve.exchange.settled;
  assert.equal(await eve.reads(ada), false);
});

test("who has another secret reads nothing and disturbs nobody", async () => {
  const room = new Room();
  const [ada, bob] = [await room.enter("ada"), await room.enter("bob")];
  const mal = await room.enter("mal", "a guess");
  assert.equal(await mal.reads(ada), false);
  assert.equal(await ada.reads(mal), false);
  assert.ok(await ada.reads(bob));
  assert.equal(ada.exchange.of("mal"), "other-key");
  assert.notEqual(await mal.exchange.safetyCode(), await ada.exchange.safetyCode());
  const messages = room.seen.filter(({ to, body }) => to === "mal" && JSON.parse(body).t === "key");
  assert.deepEqual(messages, [], "nobody wraps for it");
});

test("a server that puts its own keys in is not believed", async () => {
  const room = new Room();
  const { publicKey } = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  const own = Buffer.from(await crypto.subtle.exportKey("raw", publicKey)).toString("base64url");
  room.tamper = ({ body }) => {
    const message = JSON.parse(body);
    return message.t === "hello" ? JSON.stringify({ ...message, k: own }) : body;
  };
  const [ada, bob] = [await room.enter("ada"), await room.enter("bob")];
  assert.equal(ada.exchange.of("bob"), "other-key");
  assert.equal(await bob.reads(ada), false);
});

test("a hello of one participant is worth nothing under another's name", async () => {
  const room = new Room();
  const [ada, bob] = [await room.enter("ada"), await room.enter("bob")];
  const hello = room.seen.find(({ from, body }) => from === "bob" && JSON.parse(body).t === "hello")?.body ?? "";
  room.people.set("ghost", new Person(room, "ghost", "nothing", []));
  ada.exchange.take("ghost", hello);
  await room.settle();
  assert.equal(ada.exchange.of("ghost"), "other-key");
  assert.ok(await bob.reads(ada));
});

test("rubbish is passed over", async () => {
  const room = new Room();
  const [ada, bob] = [await room.enter("ada"), await room.enter("bob")];
  for (const body of ["", "x", "null", "{}", '{"t":"key"}', '{"t":"hello"}', '{"t":"key","e":0,"s":0,"i":"","c":"AAAA"}', '{"t":"hello","k":"!!","m":"%"}']) {
    ada.exchange.take("bob", body);
  }
  await room.settle();
  assert.ok(await ada.reads(bob));
  assert.ok(await bob.reads(ada));
});

test("whose keys were lost on the way asks for them", async () => {
  const room = new Room();
  const ada = await room.enter("ada");
  room.tamper = ({ body }) => (JSON.parse(body).t === "key" ? "{}" : body);
  const bob = await room.enter("bob");
  assert.equal(await bob.reads(ada), false);
  room.tamper = ({ body }) => body;
  bob.exchange.ask("ada");
  await room.settle();
  assert.ok(await bob.reads(ada));
  bob.exchange.resume();
  await room.settle();
  assert.ok(await bob.reads(ada));
  assert.ok(await ada.reads(bob));
});

test("who comes back with another identity gets fresh keys, and the one before reads on no more", async () => {
  const room = new Room();
  const [ada, bob] = [await room.enter("ada"), await room.enter("bob")];
  room.people.delete("bob"); // the same participant enters anew: the others see no leave
  const again = await room.enter("bob");
  assert.ok(await again.reads(ada));
  assert.ok(await ada.reads(again));
  assert.equal(await bob.reads(ada), false);
});

/** What the server has seen of `from` for `to`, played again, with a frame of then; `change`: the texts. */
async function playAgain(room, to, from, frame, change = (body) => body) {
  const told = room.seen.filter((one) => one.from === from.id && one.to === to.id);
  room.people.set(from.id, from); // says the server
  for (const { body } of told) to.exchange.take(from.id, change(body));
  await to.exchange.settled;
  return to.readsFrame(from.id, frame);
}

test("the server cannot play again what somebody has sent who has left", async () => {
  const room = new Room();
  const [ada, bob] = [await room.enter("ada"), await room.enter("bob")];
  const frame = await bob.speak();
  assert.ok(await ada.readsFrame("bob", frame));
  await room.leave("bob");
  assert.equal(await playAgain(room, ada, bob, frame), false);
  assert.equal(ada.exchange.of("bob"), "unknown");
  room.people.delete("bob");
  const again = await room.enter("bob");
  assert.ok(await ada.reads(again), "with another identity");
});

test("the server cannot play again what somebody has sent in an earlier Session, nor write a key in other letters", async () => {
  const room = new Room();
  const [ada, bob] = [await room.enter("ada"), await room.enter("bob")];
  const frame = await bob.speak();
  assert.ok(await ada.readsFrame("bob", frame));
  assert.equal(await playAgain(room, ada, bob, frame, (body) => body.replace('","m"', '=","m"')), false);
  room.people.delete("bob");
  const again = await room.enter("bob");
  assert.ok(await ada.reads(again));
  assert.equal(await playAgain(room, ada, bob, frame), false);
  room.people.set("bob", again);
  assert.ok(await ada.reads(again), "nothing is disturbed");
});

test("people who leave together cost one new key", async () => {
  const room = new Room();
  const ada = await room.enter("ada");
  for (const id of ["bob", "cyd", "dov"]) await room.enter(id);
  for (const id of ["bob", "cyd"]) room.people.delete(id);
  for (const other of room.people.values()) for (const id of ["bob", "cyd"]) other.exchange.left(id);
  await room.settle();
  assert.equal(ada.uses.filter((name) => name.endsWith(".0")).length, 2);
});
