/** What the browser tag promises visitors and shops: consent, Global Privacy Control, and that nothing is lost on the way. */
import { get, type IncomingMessage } from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import { configured } from '../support/configured.js';
import { Shop } from '../support/shop.js';
import { signIn } from '../support/steps.js';
import { expect, test, type World } from '../support/world.js';

const bothSides = '"Order Completed" = { server = true, client = true }';
const purchase = `window.switchyard = window.switchyard || [];
  switchyard.push(['identify', 'user-1', { email: 'person@example.com' }]);
  switchyard.push(['track', 'Order Completed', { order_id: 'N-1', total: 20, currency: 'USD' }]);`;

// Requests that a test cuts are told on the console.
test.use({ tolerated: /net::ERR_/ });

async function shop(world: World, script = purchase): Promise<Shop> {
  const head = `<script src="/shop.js"></script><script async src="${world.url}/tag/wk_northwind_web.js"></script>`;
  return Shop.start(head, [world.url, world.simulator.url], { '/shop.js': script });
}

/** The purchases that arrived, by side. */
async function sides(world: World): Promise<string[]> {
  const events = await world.simulator.received();
  return events.filter((event) => event.event_name === 'PURCHASE').map((event) => event.side).sort();
}

/** What the shop's pages keep in the browser. */
const kept = (page: Page) => page.evaluate(() => [document.cookie, ...Object.keys(localStorage), ...Object.keys(sessionStorage)].join());

const outbox = (page: Page) => page.evaluate(() => localStorage.getItem('sy_outbox') ?? '');

test('nothing is sent, stored or loaded before the visitor agrees', async ({ page, world }) => {
  await configured(world, bothSides);
  await world.apply('[workspace]\nname = "Northwind Outdoor"\n\n[[source]]\nname = "Web shop"\nrequire_consent = true\n');
  const site = await shop(world);
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(site.url);
  await page.waitForFunction(() => (window as any).switchyard.loaded);
  expect(await kept(page)).toBe('');
  expect(requests.filter((url) => !url.startsWith(site.url))).toEqual([`${world.url}/tag/wk_northwind_web.js`]);

  await page.evaluate(() => (window as any).switchyard.consent({ marketing: true }));
  await expect.poll(() => sides(world)).toEqual(['api', 'pixel']);
  // Whoever takes it back is forgotten, and the next page sends nothing.
  await page.evaluate(() => (window as any).switchyard.consent({ marketing: false }));
  expect(await kept(page)).not.toMatch(/sy_anonymous_id|sy_user_id|sy_outbox|sy_consent/);
  requests.length = 0;
  await page.goto(`${site.url}/next`);
  await page.waitForFunction(() => (window as any).switchyard.loaded);
  expect(requests.filter((url) => /v1\/batch|scevent/.test(url))).toEqual([]);
  await site.stop();
});

test('Global Privacy Control keeps the pixel away and limits the use of the data', async ({ page, world }) => {
  await configured(world, bothSides);
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true }));
  const site = await shop(world);
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(site.url);
  await expect.poll(() => sides(world)).toEqual(['api']);
  const [sent] = (await world.simulator.received()).filter((event) => event.event_name === 'PURCHASE');
  expect(sent.event.data_processing_options).toEqual(['LMU']);
  expect(requests.filter((url) => url.includes('scevent'))).toEqual([]);
  await site.stop();
});

test('what could not be sent goes with the next page, once', async ({ page, world }) => {
  await configured(world);
  const site = await shop(world, '');
  await page.goto(site.url);
  await page.waitForFunction(() => (window as any).switchyard.loaded);
  // The server itself must be away: the beacon of a page that is left passes by the tests' routes.
  await world.crashAndRestart(async () => {
    await page.evaluate(purchase);
    await expect.poll(() => outbox(page)).toContain('N-1');
    await page.goto('about:blank');
    expect(await sides(world)).toEqual([]);
  });
  await page.goto(`${site.url}/next`);
  await expect.poll(() => outbox(page)).not.toContain('N-1');
  await expect.poll(() => sides(world)).toEqual(['api']);
  await site.stop();
});

test('an answer that is lost makes no second purchase', async ({ page, context, world }) => {
  await configured(world);
  let lost = 0;
  await context.route('**/v1/batch', async (route) => {
    if (lost++ > 0) return route.continue();
    await route.fetch();
    await route.abort();
  });
  const site = await shop(world);
  await page.goto(site.url);
  await expect.poll(() => sides(world)).toEqual(['api']);
  // Sent again after some seconds, and answered as known.
  await expect.poll(() => outbox(page), { timeout: 30_000 }).not.toContain('N-1');
  expect(lost).toBeGreaterThan(1);
  expect(await sides(world)).toEqual(['api']);
  await site.stop();
});

test('an event of the very last moment arrives', async ({ page, world }) => {
  await configured(world);
  const site = await shop(world, '');
  await page.goto(site.url);
  await page.waitForFunction(() => (window as any).switchyard.loaded);
  await page.evaluate(() => {
    const { switchyard } = window as any;
    switchyard.identify('user-1', { email: 'person@example.com' });
    switchyard.track('Order Completed', { order_id: 'N-9', total: 20, currency: 'USD' });
    location.href = 'about:blank';
  });
  await expect.poll(() => sides(world)).toEqual(['api']);
  await site.stop();
});

test('a switch that is changed reaches browsers within a minute', async ({ page, world }) => {
  await configured(world, bothSides);
  const tag = `${world.url}/tag/wk_northwind_web.js`;
  const before = await fetch(tag);
  expect(await before.text()).toContain('"PURCHASE ordercompleted"');
  expect(before.headers.get('cache-control')).toBe('public, max-age=60');
  await signIn(page, world);
  await page.getByRole('link', { name: 'Snapchat US' }).click();
  await page.getByRole('link', { name: 'Setup Event Workflow' }).click();
  await page.getByRole('switch', { name: 'Client-side for Order Completed', exact: true }).uncheck();
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByRole('status')).not.toBeEmpty();
  expect(await (await fetch(tag)).text()).not.toContain('ordercompleted');
});

/** Every standard event that becomes one of Snapchat's by itself. */
const standard = [
  'Order Completed', 'Purchased', 'Checkout Started', 'Checkout made', 'Product Added', 'Added to cart', 'Payment Info Entered',
  'Product Added to Wishlist', 'added_to_wishlist', 'Page View', 'Product Viewed', 'Product List Viewed', 'Category viewed',
  'Products Searched', 'Search made', 'Product Shared', 'Promotion Viewed', 'Promotion Clicked', 'Signed Up', 'Create user', 'Signed In',
  'Subscribed', 'Trial Started', 'Application Installed', 'Application Opened', 'Screen View',
];

test('what is really served stays under 4 kB with every standard event client-side at two destinations', async ({ world }) => {
  const events = standard.map((event) => `"${event}" = { client = true }`).join('\n');
  const pixel = '7d0b4c1e-93f2-4a86-b5d7-2c18e0f9a364';
  const other = `[[destination]]\ntype = "snapchat"\nname = "Snapchat UK"\nenabled = true\npixel_id = "${pixel}"
[destination.events]\n${events}`;
  await configured(world, `${events}\n${other}`);
  const sizes: Record<string, number> = {};
  for (const encoding of ['gzip', 'gzip, deflate, br, zstd']) {
    const answer = await new Promise<IncomingMessage>((resolve, reject) =>
      get(`${world.url}/tag/wk_northwind_web.js`, { headers: { 'Accept-Encoding': encoding } }, resolve).on('error', reject),
    );
    const chunks: Buffer[] = await answer.toArray();
    const body = Buffer.concat(chunks);
    for (const part of ['LIST_VIEW categoryviewed', pixel]) expect(gunzipSync(body).toString()).toContain(part);
    sizes[encoding] = body.length;
    expect(gzipSync(gunzipSync(body), { level: 9 }).length).toBeLessThan(4_096);
  }
  expect(Math.max(...Object.values(sizes)), JSON.stringify(sizes)).toBeLessThan(4_096);
});

test('both sides are refused for an event whose ids can not match', async ({ page, world }) => {
  await configured(world, '"Order Completed" = { server = true, fields = { event_id = "properties.order_id" } }');
  await signIn(page, world);
  await page.getByRole('link', { name: 'Snapchat US' }).click();
  await page.getByRole('link', { name: 'Setup Event Workflow' }).click();
  const client = page.getByRole('switch', { name: 'Client-side for Order Completed', exact: true });
  await client.check();
  await page.getByRole('button', { name: 'Save Changes' }).click();
  const row = page.getByRole('row').filter({ has: client });
  await expect(row).toContainText('Snapchat would count “Order Completed” twice');
  await expect(row).toContainText('properties.order_id');
  await page.reload();
  await expect(client).not.toBeChecked();
});
