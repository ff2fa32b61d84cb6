/** Each way in which the consent can go wrong ends on the configuration page with a plain sentence. */
import { dana, expect, test } from '../support/world.js';
import { addSnapchat, authenticate, choosePixel, createFirstAccount, storeToken } from '../support/steps.js';
import { capiToken, northwind } from '../support/simulator.js';

test.beforeEach(async ({ page, world }) => {
  await createFirstAccount(page, world);
  await addSnapchat(page, world, 'Snapchat US');
});

test('a cancelled consent', async ({ page }) => {
  await page.getByRole('button', { name: 'Authenticate Snapchat' }).click();
  await page.getByText('Cancel').click();
  await expect(page).toHaveURL(/problem=cancelled/);
  await expect(page.getByRole('alert').first()).toContainText(/cancel/i);
  await expect(page.getByRole('button', { name: 'Authenticate Snapchat' })).toBeVisible();
});

test('a replayed, a forged and a foreign callback', async ({ page, world, browser }) => {
  let callback = '';
  page.on('request', (request) => {
    if (request.url().includes('/oauth/snapchat/callback')) callback = request.url();
  });
  await authenticate(page);
  expect(callback).toContain('state=');

  await page.goto(callback);
  await expect(page).toHaveURL(/problem=replayed/);
  await expect(page.getByRole('alert').first()).not.toBeEmpty();

  await page.goto(`${world.url}/oauth/snapchat/callback?code=x&state=made-up`);
  await expect(page).toHaveURL(/problem=forged/);
  await page.goto(`${world.url}/oauth/snapchat/callback?code=x&state=one&state=two`);
  await expect(page).toHaveURL(/problem=forged/);

  // Somebody else's browser with a state of this session.
  await page.goto(`${world.url}/destinations`);
  await page.getByRole('link', { name: 'Snapchat US' }).click();
  await page.getByRole('link', { name: 'Configuration Settings' }).click();
  const consent = page.waitForRequest((request) => request.url().includes('/login/oauth2/authorize'));
  await page.getByRole('button', { name: /Authenticate|Re-authenticate/ }).first().click();
  const state = new URL((await consent).url()).searchParams.get('state');
  const stranger = await browser.newContext();
  const other = await stranger.newPage();
  await other.goto(`${world.url}/oauth/snapchat/callback?code=x&state=${state}`);
  await expect(other).toHaveURL(/login|problem=foreign/);
  await stranger.close();
});

test('authenticating again keeps the pixel, and a return without a session is explained after signing in', async ({ page, world }) => {
  await authenticate(page);
  await expect(page.getByRole('status')).toContainText('Next: choose the Snap Pixel');
  await choosePixel(page);
  await authenticate(page);
  await expect(page.getByRole('status')).toContainText('The chosen Snap Pixel stays');
  await expect(page.getByText(northwind.pixel).first()).toBeVisible();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto(`${world.url}/oauth/snapchat/callback?code=x&state=made-up`);
  await page.getByLabel('Email').fill(dana.email);
  await page.getByLabel('Password').fill(dana.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('belongs to another session');
});

test('a failing token exchange leaves nothing behind', async ({ page, world }) => {
  await world.simulator.faults({ path: '/login/oauth2/access_token', times: 1, status: 503 });
  await authenticate(page);
  await expect(page).toHaveURL(/problem=unavailable/);
  await expect(page.getByRole('alert').first()).not.toBeEmpty();
  await authenticate(page);
  await choosePixel(page);
  await expect(page.getByText(northwind.pixel).first()).toBeVisible();
});

test('without a token the login delivers, is renewed once, and says when it can be no more', async ({ page, world }) => {
  await authenticate(page);
  await choosePixel(page);
  await page.getByRole('switch', { name: 'Send data via Server-side' }).check();
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByText('“Send data via Server-side” switched on')).toBeVisible();
  await page.getByRole('link', { name: 'Setup Event Workflow' }).click();
  await page.getByRole('switch', { name: 'Server-side for Order Completed' }).check();
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByRole('status')).toContainText('events that arrive from now on');
  await world.apply(`
    [workspace]
    name = "Northwind Outdoor"
    [[source]]
    name = "Web shop"
    write_key = "wk_northwind_web"
  `);
  const buy = (id: string) =>
    world.send('track', {
      event: 'Order Completed',
      messageId: `message-${id}`,
      anonymousId: 'visitor-1',
      properties: { order_id: id, total: 10, currency: 'USD' },
      context: { traits: { email: 'person@example.com' }, page: { url: 'https://shop.example/' } },
    });
  const arrived = () => expect.poll(async () => (await world.simulator.received()).map(({ event_id }) => event_id));

  await world.simulator.post('/_sim/expire-tokens');
  await buy('N-1');
  await arrived().toEqual(['message-N-1']);
  const refreshes = async () =>
    (await world.simulator.requests()).filter((request) => request.path === '/login/oauth2/access_token').length;
  // The consent's exchange, and one renewal.
  expect(await refreshes()).toBe(2);

  await world.simulator.post('/_sim/revoke');
  await buy('N-2');
  await page.goto(`${world.url}/destinations`);
  await expect(async () => {
    await page.reload();
    await expect(page.getByText('Needs reconnecting')).toBeVisible({ timeout: 500 });
  }).toPass();
  await page.getByRole('link', { name: 'Snapchat US' }).click();
  await page.getByRole('link', { name: 'Configuration Settings' }).click();
  await authenticate(page);
  await arrived().toEqual(['message-N-1', 'message-N-2']);
});

test.describe('with a token of its own', () => {
  // What Snapchat refuses, the page is refused.
  test.use({ tolerated: /status of 422/ });

  test('a login that is over is told where the token still sends', async ({ page, world }) => {
    await authenticate(page);
    await choosePixel(page);
    await storeToken(page, capiToken);
    await world.simulator.post('/_sim/revoke');
    // Whatever asks Snapchat for something finds out.
    await world.simulator.post('/_sim/expire-tokens');
    await page.getByRole('link', { name: 'Change', exact: true }).click();
    await expect(page.getByText(/Snapchat no longer accepts this login/).first()).toBeVisible();
    await world.apply(`
      [workspace]
      name = "Northwind Outdoor"
      [[destination]]
      type = "snapchat"
      name = "Snapchat US"
      [destination.events]
      "Order Completed" = { server = true }
    `);
    await page.goto(`${world.url}/destinations`);
    const row = page.getByRole('row').filter({ hasText: 'Snapchat US' });
    await expect(row).toContainText('Connected');
    await row.getByRole('link', { name: 'Sign in again to sync audiences of Snapchat US' }).click();
    await expect(page).toHaveURL(/\/configuration$/);
    await authenticate(page);
    await page.goto(`${world.url}/destinations`);
    await expect(row).toContainText('Connected');
    await expect(row.getByRole('link', { name: /Sign in again/ })).toHaveCount(0);
  });
});
