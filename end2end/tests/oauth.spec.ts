/** Each way in which the consent can go wrong ends on the configuration page with a plain sentence. */
import { expect, test } from '../support/world.js';
import { addSnapchat, authenticate, choosePixel, createFirstAccount } from '../support/steps.js';
import { northwind } from '../support/simulator.js';

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

test('a failing token exchange leaves nothing behind', async ({ page, world }) => {
  await world.simulator.faults({ path: '/login/oauth2/access_token', times: 1, status: 503 });
  await authenticate(page);
  await expect(page).toHaveURL(/problem=unavailable/);
  await expect(page.getByRole('alert').first()).not.toBeEmpty();
  await authenticate(page);
  await choosePixel(page);
  await expect(page.getByText(northwind.pixel).first()).toBeVisible();
});
