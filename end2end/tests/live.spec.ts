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

test('what is said of a destination above its events stays true', async ({ page, world }) => {
  await configured(world);
  await signIn(page, world);
  await page.getByRole('link', { name: 'Snapchat US', exact: true }).click();
  await page.getByRole('link', { name: 'Events', exact: true }).click();
  await expect(page.getByText('0 delivered today, 0 waiting, 0 failed.')).toBeVisible();
  await expect(page.getByText('Live: new events appear by themselves')).toBeVisible();
  await world.send('track', order('H-1'));
  await expect(page.getByText('1 delivered today, 0 waiting, 0 failed.')).toBeVisible();
});

test('events that no destination took part in can be asked for', async ({ page, world }) => {
  await world.apply(`
    [workspace]
    name = "Northwind Outdoor"
    [[source]]
    name = "Web shop"
    write_key = "wk_northwind_web"
  `);
  await world.send('track', order('before', 'Poll Answered'));
  await configured(world);
  await world.send('track', order('after', 'Poll Answered'));
  await signIn(page, world);
  await page.goto(`${world.url}/events`);
  const rows = page.getByRole('row').filter({ hasText: 'Poll Answered' });
  await expect(rows).toHaveCount(2);
  await page.getByRole('combobox', { name: 'Status' }).selectOption({ label: 'Received' });
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText('before');
  await page.getByRole('link', { name: 'Remove filter “Status: Received”' }).click();
  await expect(rows).toHaveCount(2);
});
