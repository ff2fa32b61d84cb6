/** Events Manager while it is looked at: nothing that arrives is left out, and nothing that is shown goes stale. */
import { type World, expect, test } from '../support/world.js';
import { configured } from '../support/configured.js';
import { signIn } from '../support/steps.js';

const order = (id: string, event = 'Order Completed') => ({
  type: 'track',
  event,
  anonymousId: id,
  properties: { order_id: id, total: 1, currency: 'USD' },
  context: { traits: { email: 'person@example.com' }, page: { url: 'https://shop.example/' } },
});

const many = (world: World, count: number, event: string) =>
  world.send('batch', { batch: Array.from({ length: count }, (_, number) => order(`${event}-${number}`, event)) });

test('more rows than an answer holds, counts, and states far down', async ({ page, world }) => {
  // The pause after a try grows with each that failed.
  test.setTimeout(180_000);
  await configured(world);
  await signIn(page, world);
  await page.goto(`${world.url}/events`);
  await expect(page.getByText('No event has arrived yet')).toBeVisible();
  await expect(page.getByText('Live: new events appear by themselves')).toBeVisible();
  const counts = page.getByRole('complementary', { name: 'Events of the last 24 hours' });
  await expect(counts).toContainText('Nothing arrived.');

  await world.simulator.outage();
  await world.send('track', order('T-503'));
  const waiting = page.getByRole('row').filter({ hasText: 'T-503' });
  await expect(waiting).toContainText('Waiting');
  await expect(counts).toContainText('Order Completed');

  await many(world, 70, 'Poll Answered');
  await expect(page.getByRole('row').filter({ hasText: 'Poll Answered' })).toHaveCount(70);
  await world.simulator.faults();
  await expect(waiting).toContainText('Delivered', { timeout: 90_000 });
});

test('a row says where it stands on a phone, too', async ({ page, world }) => {
  await configured(world);
  await signIn(page, world);
  await page.setViewportSize({ width: 390, height: 844 });
  await many(world, 1, 'Poll Answered');
  await page.goto(`${world.url}/events`);
  const row = page.getByRole('row').filter({ hasText: 'Poll Answered' });
  await expect(row).toContainText('Server-side was off');
  await expect(row.getByText('Filtered')).toBeInViewport({ ratio: 1 });
});
