import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser, settle } from "./browser.mjs";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("one line in the head is enough: the first page view goes by itself", async () => {
  const browser = new Browser();
  await browser.open("https://www.shop.example/boots?utm_source=snap&utm_campaign=spring&ScCid=Click-1");
  assert.equal(browser.requests.length, 1);
  const [{ to, options, body }] = browser.requests;
  assert.equal(to, "https://switchyard.example/v1/batch");
  assert.equal(options.method, "POST");
  assert.equal(options.keepalive, true);
  assert.equal(options.credentials, "omit");
  assert.equal(options.headers, undefined, "a plain text body needs no preflight");
  assert.equal(body.writeKey, "wk_web");
  assert.ok(Date.parse(body.sentAt));
  const [page] = body.batch;
  assert.equal(page.type, "page");
  assert.match(page.messageId, UUID);
  assert.match(page.anonymousId, UUID);
  assert.ok(Date.parse(page.originalTimestamp));
  assert.equal(page.properties.path, "/boots");
  assert.deepEqual(page.context.campaign, { source: "snap", name: "spring" });
  assert.equal(page.context.sc_click_id, "Click-1");
  assert.equal(page.context.page.url, "https://www.shop.example/boots?utm_source=snap&utm_campaign=spring&ScCid=Click-1");
  assert.equal(page.context.page.title, "A page");
  assert.deepEqual(page.context.library, { name: "switchyard-tag", version: "0.1.0" });
  assert.deepEqual(page.context.screen, { width: 1280, height: 800, density: 2 });
  assert.equal(page.context.userAgent, "Tests/1.0");
  assert.equal(page.context.locale, "en-US");
  assert.ok(page.context.timezone);
  assert.equal(page.context.switchyard, undefined);
});

test("the automatic page view can be switched off, and is left out if the page makes its own", async () => {
  const browser = new Browser();
  await browser.open("https://shop.example/", { dataset: { autoPage: "false" } });
  assert.equal(browser.events.length, 0);
  await browser.open("https://shop.example/", { before: (window) => (window.switchyard = [["page", "Home"]]) });
  assert.deepEqual(browser.events.map((e) => [e.type, e.name]), [["page", "Home"]]);
});

test("calls made before the tag came are kept in order, and the stub goes on working", async () => {
  const browser = new Browser();
  let stub;
  const page = await browser.open("https://shop.example/", {
    before: (window) => {
      stub = window.switchyard = [];
      for (const name of ["page", "track", "identify", "group", "reset", "consent"]) stub[name] = (...values) => stub.push([name, ...values]);
      stub.identify("u-1", { email: "dana@northwind.example" });
      stub.track("Product Viewed", { sku: "A" });
      stub.track("Product Added");
    },
  });
  assert.equal(page.switchyard, stub);
  stub.track("Order Completed");
  stub.push(["track", "Signed Up"]);
  await settle();
  assert.deepEqual(
    browser.events.map((e) => e.event ?? e.type),
    ["identify", "Product Viewed", "Product Added", "page", "Order Completed", "Signed Up"],
  );
  assert.ok(browser.events.every((e) => e.userId === "u-1"));
  assert.equal(browser.events[1].context.traits.email, "dana@northwind.example");
});

test("the tag works once, however often it is on the page", async () => {
  const browser = new Browser();
  const page = await browser.open("https://shop.example/");
  await page.load();
  assert.equal(browser.events.length, 1);
});

test("events of one moment share a request, and a call tells its message id", async () => {
  const browser = new Browser();
  const page = await browser.open("https://shop.example/", { dataset: { autoPage: "false" } });
  const first = page.switchyard.track("A", { n: 1 });
  page.switchyard.track("B", {}, { messageId: "order-7" });
  page.switchyard.group("g-1", { plan: "pro" });
  await settle();
  assert.equal(browser.requests.length, 1);
  assert.deepEqual(browser.events.map((e) => e.messageId).slice(0, 2), [first, "order-7"]);
  assert.deepEqual([browser.events[2].groupId, browser.events[2].traits], ["g-1", { plan: "pro" }]);
});

test("a mistake in a call doesn't stop the page", async () => {
  const browser = new Browser();
  const page = await browser.open("https://shop.example/", { dataset: { autoPage: "false" } });
  const ring = {};
  ring.ring = ring;
  page.switchyard.track();
  page.switchyard.track(" - ");
  page.switchyard.track("Ring", ring);
  page.switchyard.identify("dana", ring);
  page.switchyard.identify("dana", { visits: 10n });
  page.switchyard.track("Huge", { text: "ä".repeat(20_000) });
  page.switchyard.consent();
  page.switchyard.push(["hack"]);
  page.switchyard.track("Fine", null);
  await settle();
  assert.deepEqual(browser.events.map((e) => e.event), ["Fine"]);
  assert.equal(browser.warnings.length, 7);
});

test("the ids stay over pages and subdomains; another person and reset() begin anew", async () => {
  const browser = new Browser();
  let page = await browser.open("https://www.shop.co.uk/?sccid=c-1");
  page.switchyard.identify(42, { email: "dana@northwind.example" });
  page = await browser.open("https://checkout.shop.co.uk/");
  await settle();
  const [first, , second] = browser.events;
  assert.equal(second.anonymousId, first.anonymousId);
  assert.equal(second.userId, "42");
  assert.equal(second.context.sc_click_id, "c-1", "kept from the landing page");
  const attributes = browser.jar.attributes.get("sy_anonymous_id");
  for (const wanted of ["path=/", "SameSite=Lax", "max-age=31536000", "domain=shop.co.uk", "Secure"]) assert.ok(attributes.includes(wanted), wanted);
  assert.equal(browser.jar.read("www.shop.co.uk").includes("sy_probe"), false);

  page.switchyard.identify("43", {});
  await settle();
  const other = browser.events.at(-1);
  assert.notEqual(other.anonymousId, first.anonymousId);
  assert.equal(other.context.traits, undefined);
  page.switchyard.reset();
  page.switchyard.track("After");
  await settle();
  const after = browser.events.at(-1);
  assert.notEqual(after.anonymousId, other.anonymousId);
  assert.equal(after.userId, undefined);
});

test("without cookies the storage keeps the id, without either the page's memory does", async () => {
  const browser = new Browser();
  browser.jar.blocked = true;
  await browser.open("http://localhost:8080/");
  await browser.open("http://localhost:8080/");
  const [first, second] = browser.events;
  assert.equal(second.anonymousId, first.anonymousId);
  browser.local.broken = browser.session.broken = true;
  const page = await browser.open("http://localhost:8080/");
  page.switchyard.track("A");
  await settle();
  const [, , third, fourth] = browser.events;
  assert.match(third.anonymousId, UUID);
  assert.equal(fourth.anonymousId, third.anonymousId);
});

test("the click id: any case of the name, the value as it was, also from the page before", async () => {
  for (const name of ["ScCid", "sccid", "SCCID"]) {
    const browser = new Browser();
    await browser.open(`https://shop.example/?a=1&${name}=AbC-1`);
    assert.equal(browser.events[0].context.sc_click_id, "AbC-1", name);
  }
  const later = new Browser();
  await later.open("https://shop.example/two", { referrer: "https://shop.example/?ScCid=R-1" });
  assert.equal(later.events[0].context.sc_click_id, "R-1");
  const elsewhere = new Browser();
  elsewhere.jar.write("shop.example", "_scclid=S-1");
  elsewhere.jar.write("shop.example", "_scid=cookie-1");
  await elsewhere.open("https://shop.example/");
  assert.equal(elsewhere.events[0].context.sc_click_id, "S-1");
  assert.equal(elsewhere.events[0].context.sc_cookie1, "cookie-1");
});
