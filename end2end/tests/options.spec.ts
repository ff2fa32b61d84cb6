/** Options of a destination and of a source: with scripts, without, and what they do to events. */
import { expect, test } from '../support/world.js';
import { configured } from '../support/configured.js';
import { signIn } from '../support/steps.js';
import { noViolations } from '../support/axe.js';

async function openConfiguration(page: any, world: any): Promise<void> {
  await configured(world);
  await signIn(page, world);
  await page.goto(`${world.url}/destinations`);
  await page.getByRole('link', { name: 'Snapchat US' }).click();
  await page.getByRole('link', { name: 'Configuration Settings' }).first().click();
  await expect(page.getByRole('heading', { name: 'Options' })).toBeVisible();
}

test('options are checked in the page, saved and shown again', async ({ page, world }) => {
  await openConfiguration(page, world);
  await page.getByLabel('Snap App ID').fill('1234567890');
  await page.getByRole('button', { name: 'Save options' }).click();
  await expect(page.getByText("This is the app's number in Apple's store.")).toBeVisible();
  await expect(page.getByLabel('Snap App ID')).toBeFocused();

  await page.getByLabel('Snap App ID').fill('4f2b7c1a-8d3e-4a5f-9b6c-1d2e3f4a5b6c');
  await page.getByLabel('Hold events for (seconds)').fill('45');
  await page.getByRole('switch', { name: 'Hold purchases, too' }).check();
  await page.getByLabel('Limited data use').selectOption('LMU');
  await page.getByRole('button', { name: 'Save options' }).click();
  await expect(page.getByRole('status')).toContainText('The options were saved.');
  await page.reload();
  await expect(page.getByLabel('Hold events for (seconds)')).toHaveValue('45');
  await expect(page.getByRole('switch', { name: 'Hold purchases, too' })).toBeChecked();
  await expect(page.getByLabel('Limited data use')).toHaveValue('LMU');
  await expect(page.getByText('Events are held for 45 seconds')).toBeVisible();
  await noViolations(page);
});

test('a source asks for marketing consent', async ({ page, world }) => {
  await configured(world);
  await signIn(page, world);
  await page.goto(`${world.url}/sources`);
  await page.getByRole('link', { name: 'Web shop' }).click();
  await page.getByRole('switch', { name: 'Require marketing consent' }).check();
  await page.getByRole('button', { name: 'Save consent' }).click();
  await expect(page.getByRole('status')).toContainText('only events with marketing consent');
  await page.reload();
  await expect(page.getByRole('switch', { name: 'Require marketing consent' })).toBeChecked();
  await noViolations(page);
  // The debugger would look again while the server stops.
  await page.goto('about:blank');
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('options are saved, and mistakes told beside their fields', async ({ page, world }) => {
    await openConfiguration(page, world);
    await page.getByLabel('Hold events for (seconds)').fill('a while');
    await page.getByRole('button', { name: 'Save options' }).click();
    await expect(page.getByText('Give whole seconds from 0')).toBeVisible();
    await page.getByLabel('Hold events for (seconds)').fill('60');
    await page.getByRole('button', { name: 'Save options' }).click();
    await expect(page.getByRole('status')).toContainText('The options were saved.');
    await expect(page.getByLabel('Hold events for (seconds)')).toHaveValue('60');
    await page.waitForLoadState('networkidle');
  });
});

const personDigest = '542d240129883c019e106e3b1b2d3f3cb3537c43c425364de8e951d5a3083345';
const viewed = (messageId: string, anonymousId: string) => ({
  type: 'track',
  event: 'Product Viewed',
  messageId,
  anonymousId,
  properties: { product_id: 'tent-2', price: 149, currency: 'USD' },
  context: { page: { url: 'https://shop.example/p/tent-2' } },
});

async function option(world: any, line: string): Promise<void> {
  await world.apply(`
[workspace]
name = "Northwind Outdoor"
[[destination]]
type = "snapchat"
name = "Snapchat US"
${line}
`);
}

async function receivedAs(world: any, id: string): Promise<any> {
  const all = await world.simulator.received();
  return all.map((one: any) => one.event).find((event: any) => event.event_id === id);
}

test('what identify tells while an event is held goes with it', async ({ world }) => {
  await configured(world, '"Product Viewed" = { server = true }');
  await option(world, 'hold_seconds = 8');
  await world.send('track', viewed('held-1', 'visitor-1'));
  await world.send('identify', { anonymousId: 'visitor-1', userId: 'user-1', traits: { email: 'Person@Example.com' } });
  expect(await receivedAs(world, 'held-1')).toBeUndefined();
  await expect.poll(() => receivedAs(world, 'held-1'), { timeout: 20_000 }).toBeTruthy();
  expect((await receivedAs(world, 'held-1')).user_data.em).toEqual([personDigest]);
});

test('what was told before an event fills it, also within one batch', async ({ world }) => {
  await configured(world, '"Product Viewed" = { server = true }');
  const landing = {
    type: 'page',
    messageId: 'land-1',
    anonymousId: 'visitor-1',
    context: { page: { url: 'https://shop.example/?ScCid=Click-1' }, cookies: { _scid: 'cookie-1' } },
  };
  const who = { type: 'identify', anonymousId: 'visitor-1', userId: 'user-1', traits: { email: 'person@example.com', firstName: 'John' } };
  const { context, ...pageless } = viewed('later-1', 'visitor-1');
  await world.send('batch', { batch: [landing, who, pageless] });
  await expect.poll(() => receivedAs(world, 'later-1')).toBeTruthy();
  const event = await receivedAs(world, 'later-1');
  expect(event.user_data).toMatchObject({
    em: [personDigest],
    fn: ['96d9632f363564cc3032521409cf22a852f2032eec099ed5967c0d000cec607a'],
    sc_click_id: 'Click-1',
    sc_cookie1: 'cookie-1',
  });
  expect(event.event_source_url).toBe('https://shop.example/?ScCid=Click-1');
});
