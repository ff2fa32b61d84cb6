/** Profiles: finding a person, what is known of them, and erasing. */
import { type Page } from '@playwright/test';
import { noViolations } from '../support/axe.js';
import { type World, expect, test } from '../support/world.js';
import { configured } from '../support/configured.js';
import { signIn, viewerPage } from '../support/steps.js';


const order = (messageId: string, user: string, email: string) => ({
  type: 'track',
  event: 'Order Completed',
  messageId,
  userId: user,
  anonymousId: `cookie-${user}`,
  properties: { order_id: messageId, value: 59.9, currency: 'USD' },
  context: { traits: { email, phone: '+1 (415) 555-0123', plan: 'pro' }, page: { url: 'https://shop.example/' } },
});

/** Searches until the events were followed: that takes a moment. */
async function find(page: Page, world: World, text: string): Promise<void> {
  await expect(async () => {
    await page.goto(`${world.url}/profiles`);
    await page.getByRole('searchbox', { name: 'Search profiles' }).fill(text);
    await page.getByRole('button', { name: 'Search' }).click();
    await expect(page.getByRole('link', { name: /^Person \d+/ })).toBeVisible({ timeout: 1_000 });
  }).toPass();
}

async function open(page: Page, world: World, text: string): Promise<string> {
  await find(page, world, text);
  await page.getByRole('link', { name: /^Person \d+/ }).click();
  await expect(page).toHaveURL(/\/profiles\/\d+/);
  return new URL(page.url()).pathname.split('/').pop() ?? '';
}

async function erase(page: Page, id: string, when: RegExp): Promise<void> {
  await page.getByRole('button', { name: 'Erase person' }).click();
  await page.getByRole('radio', { name: when }).check();
  await page.getByRole('textbox', { name: 'Id of the person' }).fill(id);
  await page.getByRole('button', { name: 'Erase', exact: true }).click();
}

test.beforeEach(async ({ page, world }) => {
  await configured(world);
  await signIn(page, world);
  await world.send('batch', {
    batch: [order('m-1', 'Cust-1', 'Dana@Northwind.example'), order('m-2', 'Cust-1', 'dana@northwind.example')],
  });
});

test('a person is found however they are typed, and shown masked', async ({ page, world }) => {
  for (const text of ['DANA@northwind.example', '1 415 555 0123', ' cust-1']) await find(page, world, text);
  await open(page, world, 'cust-1');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('d•••@n•••.example');
  await expect(page.getByRole('table', { name: 'Traits' }).getByRole('row').filter({ hasText: 'plan' })).toContainText('pro');
  await expect(page.getByRole('table', { name: 'What they did' })).toContainText('119.80');
  await expect(page.locator('body')).not.toContainText('555');
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole('table', { name: 'Last events' })).toContainText('Delivered', { timeout: 500 });
  }).toPass();
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await noViolations(page);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByRole('link', { name: /^Order Completed, event \d+/ }).first().click();
  await expect(page).toHaveURL(/\/events\/\d+/);

  await page.goto(`${world.url}/audiences`);
  await page.getByRole('link', { name: 'Profiles' }).click();
  await expect(page.getByRole('link', { name: /^Person \d+/ })).toHaveCount(1);
  await noViolations(page);
  await page.goto(`${world.url}/profiles?q=nobody@n.example`);
  await expect(page.getByText('Nobody found')).toBeVisible();
  await noViolations(page);
});

test('an erasure is taken back, and then made at once', async ({ page, world }) => {
  const id = await open(page, world, 'cust-1');
  await erase(page, '0', /24 hours/);
  await expect(page.getByText(`Type ${id}, the number of this person.`)).toBeVisible();
  await page.getByRole('textbox', { name: 'Id of the person' }).fill(id);
  await page.getByRole('button', { name: 'Erase', exact: true }).click();
  await expect(page.getByRole('status')).toContainText('in 24 hours');
  await expect(page.getByText('This person will be erased')).toBeVisible();
  await page.getByRole('button', { name: 'Keep this person' }).click();
  await expect(page.getByRole('status')).toContainText('kept');
  await expect(page.getByText('This person will be erased')).toHaveCount(0);

  await erase(page, id, /At once/);
  await expect(page.getByRole('status')).toContainText('erased');
  await expect(page).toHaveURL(/\/profiles($|\?)/);
  expect((await page.request.get(`${world.url}/profiles/${id}`)).status()).toBe(404);
  // What comes later is accepted, and leaves nothing.
  await world.send('track', order('m-3', 'Cust-1', 'dana@northwind.example'));
  await expect(async () => {
    await page.goto(`${world.url}/events`);
    await expect(page.getByRole('row').filter({ hasText: 'Order Completed' })).toHaveCount(0, { timeout: 500 });
  }).toPass();
  const { code, output } = await world.command('check');
  expect(code, output).toBe(0);
  await page.goto(`${world.url}/settings`);
  await expect(page.getByText(/Erased person \d+: 2 events/)).toBeVisible();
});

test('a viewer sees people and erases nobody', async ({ page, world, browser }) => {
  const other = await viewerPage(browser, world);
  await open(other, world, 'cust-1');
  await expect(other.getByRole('heading', { name: 'Identifiers' })).toBeVisible();
  await expect(other.getByRole('button', { name: 'Erase person' })).toHaveCount(0);
  await other.context().close();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a person is found and erased', async ({ page, world }) => {
    const id = await open(page, world, 'dana@northwind.example');
    // The dialog opens without a script by the button's command.
    await erase(page, 'wrong', /At once/);
    await expect(page.getByText(`Type ${id}, the number of this person.`)).toBeVisible();
    await page.getByRole('radio', { name: /At once/ }).check();
    await page.getByRole('textbox', { name: 'Id of the person' }).fill(id);
    await page.getByRole('button', { name: 'Erase', exact: true }).click();
    await expect(page.getByRole('status')).toContainText('erased');
  });
});
