/** The browser tag in real Chromium, on a page of another origin with a strict policy of its own. */
import { configured } from '../support/configured.js';
import { Shop } from '../support/shop.js';
import { expect, test, type World } from '../support/world.js';

async function shop(world: World): Promise<Shop> {
  const head = `<script src="/shop.js"></script><script async src="${world.url}/tag/wk_northwind_web.js"></script>`;
  // The page's own script makes calls before the tag has loaded.
  const script = `
    window.switchyard = window.switchyard || [];
    switchyard.push(['identify', 'user-1', { email: 'person@example.com' }]);
    switchyard.push(['track', 'Order Completed', { order_id: 'N-1', total: 20, currency: 'USD' }]);
  `;
  return Shop.start(head, [world.url, world.simulator.url], { '/shop.js': script });
}

test('an event with both sides on arrives twice with one id and counts once', async ({ page, world }) => {
  await configured(world, '"Order Completed" = { server = true, client = true }');
  const site = await shop(world);
  await page.goto(`${site.url}/?sccid=a1b2c3d4-0000-4000-8000-5e6f7a8b9c0d`);
  await expect
    .poll(async () => (await world.simulator.received()).filter((e) => JSON.stringify(e).includes('PURCHASE')).length)
    .toBe(2);
  const [first, second] = (await world.simulator.received()).filter((e) => JSON.stringify(e).includes('PURCHASE'));
  const sides = [first, second].map((e) => e.side).sort();
  expect(sides).toEqual(['api', 'pixel']);
  const server = [first, second].find((e) => e.side === 'api');
  const browser = [first, second].find((e) => e.side === 'pixel');
  expect(browser.event.client_dedup_id).toBe(server.event.event_id);
  expect(server.event.user_data.sc_click_id).toBe('a1b2c3d4-0000-4000-8000-5e6f7a8b9c0d');
  expect(Boolean(first.duplicate_of) !== Boolean(second.duplicate_of)).toBe(true);
  await site.stop();
});

test('without client-side events no pixel is loaded', async ({ page, world }) => {
  await configured(world);
  const site = await shop(world);
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(site.url);
  await expect
    .poll(async () => (await world.simulator.received()).filter((e) => JSON.stringify(e).includes('PURCHASE')).length)
    .toBe(1);
  expect(requests.filter((url) => url.includes('scevent'))).toEqual([]);
  await site.stop();
});
