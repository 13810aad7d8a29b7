import assert from "node:assert/strict";
import { test } from "node:test";
import { Networks } from "../../web/sdk/networks.js";
import { View } from "../../web/sdk/view.js";

test("one's own finding holds until the server tells of us", () => {
  const networks = new Networks();
  assert.ok(networks.find("good", "me"));
  networks.take([{ participant: "a", level: "poor" }], "me");
  assert.deepEqual([...networks.levels], [["a", "poor"], ["me", "good"]]);
  networks.take([{ participant: "me", level: "fair" }], "me");
  assert.ok(!networks.find("excellent", "me"));
  assert.deepEqual([...networks.levels], [["me", "fair"]]);
  networks.take([], "me");
  assert.deepEqual([...networks.levels], []);
});

test("a view is sent once, again to a new connection, later where it could not be, and smaller on a busy machine", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const sent = [];
  let open = false;
  const view = new View((tiles) => open && sent.push(tiles[0].width) > 0, Date.now);
  const tile = { participant: "a", source: "camera", width: 640, height: 360, priority: 0, cap: 0 };
  view.set([tile]);
  open = true;
  const later = (act) => {
    context.mock.timers.tick(300);
    act();
    context.mock.timers.tick(300);
  };
  later(() => view.resend());
  later(() => view.set([{ ...tile }]));
  assert.deepEqual(sent, [640]);
  later(() => view.resend(true));
  later(() => view.setLoad(1));
  later(() => view.setLoad(0));
  assert.deepEqual(sent, [640, 640, 320, 640]);
});
