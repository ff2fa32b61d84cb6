import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser, settle } from "./browser.mjs";

const SHOP = "https://shop.example/";
const quiet = { dataset: { autoPage: "false" } };

test("what the network lost goes again on the next page with the same id, and only once more", async () => {
  const browser = new Browser();
  browser.status = 0;
  const page = await browser.open(SHOP, quiet);
  const id = page.switchyard.track("Order Completed", { order_id: "N-1" });
  await settle();
  assert.equal(browser.requests.length, 0);
  browser.status = 200;
  await browser.open(SHOP, quiet);
  assert.deepEqual(browser.events.map((e) => e.messageId), [id]);
  assert.equal(browser.local.keys.includes("sy_outbox"), false);
  await browser.open(SHOP, quiet);
  assert.equal(browser.events.length, 1);
});

test("a server that is throttling or down is asked again after a while, or when the network is back", async () => {
  for (const status of [408, 429, 500, 503]) {
    const browser = new Browser();
    browser.status = status;
    const page = await browser.open(SHOP);
    assert.equal(page.timers.size, 1, String(status));
    await page.wait();
    assert.equal(browser.requests.length, 2);
    browser.status = 200;
    await page.fire("online");
    assert.equal(browser.requests.length, 3);
    assert.equal(new Set(browser.events.map((e) => e.messageId)).size, 1);
    await page.wait();
    assert.equal(browser.requests.length, 3, "acknowledged");
  }
});

test("a refusal is final", async () => {
  for (const status of [400, 401, 413]) {
    const browser = new Browser();
    browser.status = status;
    const page = await browser.open(SHOP);
    assert.equal(page.timers.size, 0);
    assert.equal(browser.local.keys.includes("sy_outbox"), false);
  }
});

test("what is unanswered when the page goes is sent once more as a beacon", async () => {
  const browser = new Browser();
  browser.status = 0;
  const page = await browser.open(SHOP, quiet);
  const id = page.switchyard.track("A");
  await page.fire("pagehide");
  assert.deepEqual(browser.beacons.map(({ to, body }) => [to, body.writeKey, body.batch[0].messageId]), [
    ["https://switchyard.example/v1/batch", "wk_web", id],
  ]);
  browser.status = 200;
  await page.wait();
  await page.fire("pagehide");
  assert.equal(browser.beacons.length, 1);
});

test("a long absence of the network is bounded, and sent in requests that may outlive a page", async () => {
  const browser = new Browser();
  browser.status = 0;
  const page = await browser.open(SHOP, quiet);
  for (let i = 0; i < 130; i++) page.switchyard.track(`E${i}`, { text: "x".repeat(2_000) });
  await settle();
  assert.ok(browser.local.getItem("sy_outbox").length <= 250_000);
  browser.status = 200;
  await browser.open(SHOP, quiet);
  await settle();
  const names = browser.events.map((e) => e.event);
  assert.ok(names.length > 80 && names.length < 130);
  assert.equal(names[0], `E${130 - names.length}`, "the oldest gave way");
  assert.equal(names.at(-1), "E129");
  assert.ok(browser.requests.every((request) => request.options.body.length <= 64 * 1024));
});

test("events that the server would no longer recognise as repeats are dropped", async () => {
  const browser = new Browser();
  const days = (n) => Date.now() - n * 86_400_000;
  browser.local.setItem("sy_outbox", JSON.stringify({ old: [days(6.1), '{"messageId":"old"}'], new: [days(5.9), '{"messageId":"new"}'] }));
  await browser.open(SHOP, quiet);
  assert.deepEqual(browser.events.map((e) => e.messageId), ["new"]);
});

test("a storage that someone damaged costs nothing but what was in it", async () => {
  for (const damage of ["{", "null", "[]", '{"a":1}', '"x"']) {
    const browser = new Browser();
    browser.local.setItem("sy_outbox", damage);
    const page = await browser.open(SHOP, quiet);
    page.switchyard.track("A");
    await settle();
    assert.equal(browser.events.filter((e) => e?.event === "A").length, 1, damage);
  }
});
