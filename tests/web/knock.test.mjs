/** How a host hears of the door: each newcomer once, also across Sessions. */
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { doorBell } from "../../web/app/lib/knock.js";

/** @type {{title: string, closed: boolean}[]} */
let notifications = [];
const waiter = (participant) => ({ participant, name: participant, guest: true, since: 0 });
const open = () => notifications.filter(({ closed }) => !closed).length;

beforeEach(() => {
  notifications = [];
  mock.timers.reset();
  mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  globalThis.document = /** @type {any} */ ({ hidden: true, title: "Meeting" });
  globalThis.Notification = /** @type {any} */ (class {
    static permission = "granted";
    closed = false;
    constructor(title) {
      this.title = title;
      notifications.push(this);
    }
    close() {
      this.closed = true;
    }
  });
});

test("each newcomer is told once, and what was told goes with the last who waits", () => {
  const bell = doorBell({ sound: () => false });
  bell.update([waiter("a")]);
  bell.update([waiter("a")]);
  bell.update([waiter("a"), waiter("b")]);
  assert.equal(notifications.length, 2);
  bell.update([]);
  assert.equal(open(), 0);
});

test("a new Session, which hears anew of those who wait, tells nobody twice", () => {
  const bell = doorBell({ sound: () => false });
  bell.update([waiter("a")]);
  mock.timers.tick(60_000);
  bell.update([]);
  mock.timers.tick(2_000);
  bell.update([waiter("a")]);
  assert.equal(notifications.length, 1);
  bell.update([]);
  mock.timers.tick(60_000);
  bell.update([waiter("a")]); // knocks again
  assert.equal(notifications.length, 2);
});

test("what was told in a hidden tab goes also when another came while one looked", () => {
  const bell = doorBell({ sound: () => false });
  bell.update([waiter("a")]);
  document.hidden = false;
  bell.update([waiter("a"), waiter("b")]);
  bell.update([]);
  assert.equal(open(), 0);
});
