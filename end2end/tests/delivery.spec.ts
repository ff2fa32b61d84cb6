/** Faults of Snapchat, and of our own process: nothing is lost, and the page says what is the matter. */
import { expect, test } from '../support/world.js';
import { configured } from '../support/configured.js';
import { signIn } from '../support/steps.js';

const purchase = (id: string) => ({
  event: 'Order Completed',
  messageId: `message-${id}`,
  anonymousId: 'visitor-1',
  properties: { order_id: id, total: 10, currency: 'USD' },
  context: { traits: { email: 'person@example.com' }, page: { url: 'https://shop.example/' } },
});

test('an outage is shown and waited out, also across a crash', async ({ page, world }) => {
  // The pause after a try grows with each that failed.
  test.setTimeout(180_000);
  await configured(world);
  await signIn(page, world);
  await world.simulator.outage();
  await world.send('track', purchase('N-1'));

  await page.goto(`${world.url}/events`);
  const row = page.getByRole('row').filter({ hasText: 'Order Completed' });
  await expect(row).toContainText('Waiting');
  // The page is whole, so that the crash finds nothing of it under way.
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();

  await world.crashAndRestart(() => world.simulator.faults());
  await expect.poll(async () => (await world.simulator.received()).length, { timeout: 90_000 }).toBe(1);
  await page.reload();
  await expect(row).toContainText('Delivered');
  const { code, output } = await world.command('check');
  expect(code, output).toBe(0);
});

test('an event that Snapchat refuses is dead with its words, its neighbours arrive', async ({ page, world }) => {
  await configured(world);
  await signIn(page, world);
  await world.simulator.faults({
    path: '/v3/',
    times: 1,
    status: 400,
    body: JSON.stringify({ status: 'INVALID', event: 2, reason: 'value is not plausible', errors: { codes: [], error_msgs: [] } }),
  });
  await world.send('batch', { batch: ['N-1', 'N-2', 'N-3'].map((id) => ({ type: 'track', ...purchase(id) })) });

  await page.goto(`${world.url}/events`);
  await expect(page.getByRole('row').filter({ hasText: 'Delivered' })).toHaveCount(2);
  const dead = page.getByRole('row').filter({ hasText: 'Dead' });
  await expect(dead).toHaveCount(1);
  await dead.getByRole('link').first().click();
  await expect(page.getByText('value is not plausible').first()).toBeVisible();
});

test('a refused token pauses the destination and loses nothing', async ({ page, world }) => {
  await configured(world);
  await signIn(page, world);
  await world.simulator.faults({ path: '/v3/', times: 1000, status: 401, body: 'Invalid access token' });
  await world.send('track', purchase('N-1'));
  await page.goto(`${world.url}/destinations`);
  await expect(async () => {
    await page.reload();
    await expect(page.getByText('Needs reconnecting')).toBeVisible({ timeout: 500 });
  }).toPass();
});

test('a server that is asked to stop ends what is under way', async ({ page, world }) => {
  await configured(world);
  await signIn(page, world);
  await world.simulator.faults({ path: '/v3/', times: 1, delay_ms: 1_500 });
  await world.send('track', purchase('N-1'));
  await expect.poll(() => world.simulator.faulted()).toBe(1);
  // No page is open that would miss the server.
  await page.goto('about:blank');
  await world.stopAndRestart();
  // The lease would have held the event for more than a minute: it was not left behind.
  await page.goto(`${world.url}/events`);
  await expect(page.getByRole('row').filter({ hasText: 'Order Completed' })).toContainText('Delivered');
  expect((await world.simulator.received()).length).toBe(1);
});
