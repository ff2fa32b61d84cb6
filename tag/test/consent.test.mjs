import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser, US, settle } from "./browser.mjs";

const SHOP = "https://shop.example/?ScCid=c-1";
const required = { config: { consentRequired: true, destinations: [US] } };
const nothingKept = (browser) => browser.jar.all.size === 0 && browser.local.keys.length === 0 && browser.session.keys.length === 0;

test("where consent is required nothing is sent or stored before it, then everything of this page", async () => {
  const browser = new Browser();
  const page = await browser.open(SHOP, required);
  page.switchyard.identify("u-1", { email: "dana@northwind.example" });
  page.switchyard.track("Order Completed", { value: 1, currency: "USD" });
  await page.fire("online");
  await page.fire("pagehide");
  assert.equal(browser.requests.length + browser.beacons.length, 0);
  assert.ok(nothingKept(browser));
  assert.equal(page.scripts.length, 0);

  page.switchyard.consent({ marketing: true });
  await settle();
  assert.deepEqual(browser.events.map((e) => e.event ?? e.type), ["page", "identify", "Order Completed"]);
  assert.ok(browser.events.every((e) => e.anonymousId && e.context.sc_click_id === "c-1"));
  assert.deepEqual(browser.events[0].context.consent, { marketing: true });
  assert.equal(page.scripts.length, 1);
  assert.deepEqual(page.snaptr.map((call) => call[0]), ["init", "track"]);

  await browser.open(SHOP, required);
  assert.equal(browser.events.length, 4, "the choice is remembered");
});

test("the script element can require consent as well", async () => {
  const browser = new Browser();
  await browser.open(SHOP, { dataset: { consent: "required" } });
  assert.equal(browser.requests.length, 0);
  assert.ok(nothingKept(browser));
});

test("a refusal drops what waited and leaves no trace", async () => {
  const browser = new Browser();
  const page = await browser.open(SHOP, required);
  page.switchyard.consent({ marketing: false });
  assert.equal(browser.jar.attributes.size, 0, "not even for a moment");
  page.switchyard.track("A");
  page.switchyard.consent({ marketing: true });
  await settle();
  assert.equal(browser.events.length, 0, "neither the page view nor A were meant to be sent");
  page.switchyard.track("B");
  await settle();
  assert.deepEqual(browser.events.map((e) => e.event), ["B"]);
});

test("revocation stops, forgets the visitor and what was not sent yet", async () => {
  const browser = new Browser();
  browser.status = 0;
  const page = await browser.open(SHOP, required);
  page.switchyard.consent({ marketing: true });
  page.switchyard.identify("u-1", { email: "dana@northwind.example" });
  await settle();
  browser.status = 200;
  page.switchyard.consent({ marketing: false });
  const told = page.snaptr.length;
  page.switchyard.track("Order Completed");
  await page.wait();
  await page.fire("online");
  await page.fire("pagehide");
  assert.equal(browser.requests.length + browser.beacons.length, 0);
  assert.equal(page.snaptr.length, told);
  assert.ok(nothingKept(browser));
  await browser.open(SHOP, required);
  assert.equal(browser.requests.length, 0);
});

test("where consent is not required an objection is kept, and nothing else", async () => {
  const browser = new Browser();
  const page = await browser.open(SHOP);
  page.switchyard.consent({ marketing: false });
  await browser.open(SHOP);
  assert.equal(browser.events.length, 1, "only the page view before the objection");
  assert.deepEqual([...browser.jar.all.entries()], [["sy_consent|shop.example", "0"]]);
  assert.deepEqual(browser.local.keys, []);
});

test("Global Privacy Control: no pixel, and the server is told to limit the use", async () => {
  const browser = new Browser();
  browser.gpc = true;
  const page = await browser.open(SHOP, { config: { destinations: [US] } });
  page.switchyard.consent({ marketing: true });
  page.switchyard.track("Order Completed");
  await settle();
  assert.equal(page.scripts.length, 0);
  assert.equal(page.window.snaptr, undefined);
  assert.deepEqual(browser.events[0].context.consent, { gpc: true });
  assert.deepEqual(browser.events[1].context.consent, { marketing: true, gpc: true });
  for (const { context } of browser.events) {
    assert.deepEqual(context.data_processing_options, ["LMU"]);
    assert.equal(context.switchyard, undefined);
  }
});

test("a revocation on one subdomain holds on the others", async () => {
  const browser = new Browser();
  let page = await browser.open("https://www.shop.example/", required);
  page.switchyard.consent({ marketing: true });
  page = await browser.open("https://checkout.shop.example/", required);
  page.switchyard.consent({ marketing: false });
  await settle();
  const sent = browser.requests.length;
  await browser.open("https://www.shop.example/", required);
  assert.equal(browser.requests.length, sent);
});

test("events that were kept under a consent that has ended are dropped", async () => {
  const browser = new Browser();
  browser.local.setItem("sy_outbox", JSON.stringify({ a: [Date.now(), "{}"] }));
  await browser.open(SHOP, required);
  assert.ok(nothingKept(browser));
});

test("a page that is drawn in advance sends and loads nothing until it is looked at", async () => {
  const browser = new Browser();
  browser.status = 0;
  await browser.open("https://shop.example/before", { config: { destinations: [US] } });
  browser.status = 200;
  browser.prerendering = true;
  const page = await browser.open(SHOP, { config: { destinations: [US] } });
  const id = page.switchyard.track("Order Completed", { value: 1, currency: "USD" });
  await page.fire("pagehide");
  assert.deepEqual([browser.events.length, browser.beacons.length, page.scripts.length], [0, 0, 0]);
  browser.prerendering = false;
  await page.fire("prerenderingchange");
  assert.deepEqual(browser.events.map((e) => e.event ?? e.context.page.path), ["/before", "/", "Order Completed"]);
  assert.equal(browser.events[2].messageId, id);
  assert.deepEqual(page.snaptr.map((call) => call[0]), ["init", "track"]);
});

test("what was chosen while a page was drawn in advance counts there, too", async () => {
  const browser = new Browser();
  const before = await browser.open(SHOP);
  browser.prerendering = true;
  const page = await browser.open(SHOP);
  before.switchyard.consent({ marketing: false });
  browser.prerendering = false;
  const sent = browser.events.length;
  await page.fire("prerenderingchange");
  page.switchyard.track("Order Completed", { value: 1, currency: "USD" });
  await settle();
  assert.equal(browser.events.length, sent);
});
