/** An audience in Snapchat: built by hand, filled by a visitor, seen in Ads Manager, and what happens when somebody meddles there. */
import { createHash } from 'node:crypto';
import { type Page } from '@playwright/test';
import { noViolations } from '../support/axe.js';
import { type World, expect, test } from '../support/world.js';
import { configured } from '../support/configured.js';
import { authenticate, signIn, viewerPage } from '../support/steps.js';

const both = 'added_to_segment = { server = true }\nremoved_from_segment = { server = true }';
const sha = (text: string) => createHash('sha256').update(text).digest('hex');

const buys = (world: World, who: string) =>
  world.send('track', {
    event: 'Order Completed',
    anonymousId: `cookie-${who}`,
    properties: { order_id: `order-${who}`, value: 59.9, currency: 'USD' },
    context: { traits: { email: `${who}@example.com` }, page: { url: 'https://shop.example/' } },
  });

/** With the workflow's events and the login at Snapchat. */
async function connected(page: Page, world: World, events = both): Promise<void> {
  await configured(world, events);
  await signIn(page, world);
  await page.getByRole('link', { name: 'Snapchat US' }).click();
  await page.getByRole('link', { name: 'Configuration Settings', exact: true }).click();
  await authenticate(page);
}

async function build(page: Page, world: World): Promise<void> {
  await page.goto(`${world.url}/audiences/new`);
  await page.getByLabel('Audience name').fill('buyers');
  await page.getByLabel('Condition 1: event name').fill('Order Completed');
  await page.getByRole('checkbox', { name: 'Snapchat US' }).check();
  await page.getByRole('button', { name: 'Save and Activate' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('buyers');
  await page.getByRole('link', { name: 'Sync and receipts' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sync');
}

/** How a destination stands, in a word. */
const state = (page: Page, word: string) => page.locator('.sync-link .section-head .chip-word', { hasText: word });

/** The page's own figure. */
const figure = (page: Page, name: string) => page.locator('.figures div').filter({ hasText: name }).locator('dd');

async function inAdsManager(page: Page, world: World, name: string, who: string[]): Promise<void> {
  await page.goto(`${world.simulator.url}/ads-manager`);
  await page.getByRole('link', { name, exact: true }).click();
  for (const one of who) await expect(page.getByText(sha(`${one}@example.com`))).toBeVisible();
  await expect(page.locator('td code')).toHaveCount(who.length);
}

/** What happens at Snapchat is looked at in a tab of its own. */
async function inAnotherTab(page: Page, look: (tab: Page) => Promise<void>): Promise<void> {
  const tab = await page.context().newPage();
  await look(tab);
  await tab.close();
}

test('a question stays while the page looks again', async ({ page, world }) => {
  await connected(page, world);
  await build(page, world);
  await expect(state(page, 'In step')).toBeVisible();
  await page.getByRole('button', { name: 'Sync everything again' }).click();
  const answer = page.getByRole('button', { name: 'Send it all' });
  await expect(answer).toBeVisible();
  await buys(world, 'dana');
  await expect(figure(page, 'Synced')).toHaveText('1', { timeout: 30_000 });
  await answer.click();
  await expect(page.getByRole('status')).toContainText('Everything is sent again.');
  await page.getByRole('button', { name: 'Stop syncing' }).click();
});

test('a visitor buys, is in Ads Manager, and comes back into a list that is made anew', async ({ page, world }) => {
  test.slow();
  await connected(page, world);
  await build(page, world);
  await expect(state(page, 'In step')).toBeVisible();
  await expect(figure(page, 'Synced')).toHaveText('0');
  await buys(world, 'dana');
  // The page looks again by itself.
  await expect(figure(page, 'Synced')).toHaveText('1', { timeout: 30_000 });
  await expect(figure(page, 'Wanted')).toHaveText('1');
  await expect(figure(page, 'Waiting')).toHaveText('0');
  await inAnotherTab(page, (tab) => inAdsManager(tab, world, 'buyers', ['dana']));

  const run = page.getByRole('list', { name: 'Runs to Snapchat US' }).getByText('1 added');
  await run.click();
  await expect(page.getByText('1 identifier, 1 received by Snapchat.')).toBeVisible();
  await run.click();
  const table = page.getByRole('table', { name: 'Lists at Snapchat US' });
  await expect(table).toContainText('Too few users', { timeout: 40_000 });
  await expect(page.getByText(/Too few users: ads can be targeted at this list once Snapchat knows 1,000 or more/)).toBeVisible();
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await noViolations(page);
  }
  await page.setViewportSize({ width: 1280, height: 900 });

  await inAnotherTab(page, async (tab) => {
    await tab.goto(`${world.simulator.url}/ads-manager`);
    await tab.getByRole('link', { name: 'buyers', exact: true }).click();
    await tab.getByRole('button', { name: 'Delete audience' }).click();
    // A tab that is closed on its way to the next page may keep the browser busy for minutes.
    await expect(tab).toHaveURL(`${world.simulator.url}/ads-manager`);
    await expect(tab.getByRole('link', { name: 'buyers', exact: true })).toHaveCount(0);
  });
  await buys(world, 'max');
  await expect(state(page, 'List deleted')).toBeVisible({ timeout: 40_000 });
  await noViolations(page);
  await page.getByRole('button', { name: 'Create the list anew' }).click();
  await expect(page.getByRole('status')).toContainText('A new list is made');
  await expect(figure(page, 'Synced')).toHaveText('2', { timeout: 30_000 });
  await expect(state(page, 'In step')).toBeVisible();
  await inAnotherTab(page, (tab) => inAdsManager(tab, world, 'buyers', ['dana', 'max']));

  // That they came in is an event of its own.
  await inAnotherTab(page, async (tab) => {
    await tab.goto(`${world.url}/events?event=added_to_segment`);
    await expect(tab.getByRole('row').filter({ hasText: 'added_to_segment' })).toHaveCount(2);
    await tab.getByRole('row').filter({ hasText: 'added_to_segment' }).getByRole('link').first().click();
    await expect(tab.getByText('Somebody came into an audience.')).toBeVisible();
    await expect(tab.getByRole('link', { name: 'buyers', exact: true })).toBeVisible();
    await tab.getByRole('link', { name: /^Person \d+$/ }).click();
    await expect(tab.getByRole('table', { name: 'In these audiences' })).toContainText('buyers');
  });

  // Everything is sent again only once it was asked for.
  await page.getByRole('button', { name: 'Sync everything again' }).click();
  await page.getByRole('button', { name: 'Send it all' }).click();
  await expect(page.getByRole('status')).toContainText('Everything is sent again.');
  await expect(page.getByRole('list', { name: 'Runs to Snapchat US' }).getByText('2 added')).toHaveCount(2, { timeout: 30_000 });

  await page.getByRole('button', { name: 'Stop syncing' }).click();
  await expect(page.getByText('Everybody is taken out of the list there')).toBeVisible();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Sync to Snapchat US' })).toBeVisible();
  await inAnotherTab(page, async (tab) => {
    await tab.goto(`${world.simulator.url}/ads-manager`);
    await tab.getByRole('link', { name: 'buyers', exact: true }).click();
    await expect(tab.getByText('Nobody is in this audience.')).toBeVisible({ timeout: 30_000 });
  });
});

test('switches that are off, and a viewer', async ({ page, world, browser }) => {
  await connected(page, world, 'removed_from_segment = { server = false }');
  await build(page, world);
  const address = page.url();
  await expect(page.getByText('is off for this destination: nobody is added to a list there.')).toBeVisible();
  await page.getByRole('link', { name: 'Setup Event Workflow of Snapchat US' }).click();
  await page.getByRole('switch', { name: 'Server-side for added_to_segment', exact: true }).check();
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByRole('status')).not.toBeEmpty();
  await page.goto(address);
  await expect(page.getByText('people who leave the audience stay in the list.')).toBeVisible();

  const other = await viewerPage(browser, world);
  const builder = address.replace(/\/sync.*/, '');
  for (const shown of [address, builder, `${world.url}/audiences`, `${address}?settings=x`]) {
    await other.goto(shown);
    await expect(other.getByRole('heading', { level: 1 })).toBeVisible();
    const main = other.getByRole('main');
    const controls = /Sync|Stop|Create|Save|Delete|Archive|Activate|Duplicate|Add|Remove|Change/;
    await expect(main.getByRole('button', { name: controls })).toHaveCount(0);
    await expect(main.getByRole('link', { name: /^(Create Audience|Duplicate|Change)/ })).toHaveCount(0);
  }
  await other.goto(builder);
  await expect(other.getByText('Only marketers and admins build audiences.')).toBeVisible();
  await page.goto(builder);
  await expect(page.getByText('Only marketers and admins build audiences.')).toBeHidden();
  await other.context().close();
});

test('the list shows each audience, how it moves and where it is, and is filtered by its address', async ({ page, world }) => {
  await connected(page, world);
  await build(page, world);
  await buys(world, 'dana');
  await world.apply(`
    [workspace]
    name = "Northwind Outdoor"
    [[audience]]
    name = "on the shelf"
    state = "archived"
    conditions = [{ trait = "plan", is = "gold" }]
  `);
  const row = page.getByRole('row').filter({ hasText: 'buyers' });
  await expect(async () => {
    await page.goto(`${world.url}/audiences`);
    await expect(row).toContainText('1 joined', { timeout: 500 });
    await expect(row).toContainText('In step', { timeout: 500 });
  }).toPass();
  await expect(page.getByRole('row').filter({ hasText: 'on the shelf' })).toContainText('Archived');
  await page.getByRole('link', { name: 'Archived 1' }).click();
  await expect(row).toHaveCount(0);
  await expect(page).toHaveURL(/state=archived/);
  await page.getByRole('searchbox', { name: 'Search audiences' }).fill('BUY');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page.getByText('No audience is like this.')).toBeVisible();
  await page.getByRole('link', { name: 'Active 1' }).click();
  await expect(page).toHaveURL(/\?state=active&q=BUY$/);
  await expect(row).toBeVisible();
  await row.getByRole('link', { name: 'Snapchat US: sync of buyers' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sync');
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('settings, with a list that is in the ad account already', async ({ page, world }) => {
    await connected(page, world);
    await build(page, world);
    await expect(async () => {
      await page.reload();
      await expect(state(page, 'In step')).toBeVisible({ timeout: 500 });
    }).toPass();
    await page.getByRole('link', { name: 'Change the settings for Snapchat US' }).click();
    await page.getByLabel('Retention in days').fill('soon');
    await page.getByRole('button', { name: 'Save Changes' }).click();
    await expect(page.getByText('Enter 1 to 9999 days')).toBeVisible();
    await page.getByLabel('Retention in days').fill('30');
    await page.getByRole('radio', { name: /A list of its own for each kind/ }).check();
    await page.getByRole('button', { name: 'Save Changes' }).click();
    await expect(page.getByRole('status')).toContainText('The settings were saved.');
    await expect(page.getByText('has a list for each kind of identifier, people stay 30 days')).toBeVisible();
    await buys(world, 'dana');
    await expect(async () => {
      await page.reload();
      await expect(figure(page, 'Synced')).toHaveText('1', { timeout: 500 });
    }).toPass({ timeout: 40_000 });
    await expect(page.getByRole('table', { name: 'Lists at Snapchat US' })).toContainText('E-mail addresses');

    // The list that was made first is still there, empty by now, and can be chosen.
    await page.getByRole('link', { name: 'Change the settings for Snapchat US' }).click();
    await page.getByRole('radio', { name: 'A list that is in the ad account already' }).check();
    const list = page.getByLabel('List of the ad account');
    const before = (await list.getByRole('option').allTextContents()).find((label) => /^buyers \(\d+\)$/.test(label));
    await list.selectOption({ label: before ?? 'the list that was made first' });
    await page.getByRole('button', { name: 'Save Changes' }).click();
    await expect(page.getByRole('status')).toContainText('The settings were saved.');
    await expect(page.getByText(/It fills the list \d+/)).toBeVisible();
    await expect(async () => {
      await page.reload();
      await expect(page.getByText('Chosen from the ad account')).toBeVisible({ timeout: 500 });
      await expect(figure(page, 'Synced')).toHaveText('1', { timeout: 500 });
    }).toPass({ timeout: 40_000 });

    await page.goto(`${world.url}/audiences?state=active`);
    await page.getByRole('searchbox', { name: 'Search audiences' }).fill('nobody like that');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await expect(page).toHaveURL(/q=nobody/);
    await expect(page).toHaveURL(/state=active/);
    await expect(page.getByText('No audience is like this.')).toBeVisible();
    await page.waitForLoadState();
  });
});
