/** Every page, opened fresh with rows on it, comes alive: its code arrives, finds the page as the server drew it, and takes it over. */
import { readFileSync } from 'node:fs';
import { type Locator, type Page, type Response } from '@playwright/test';
import { type World, dana, expect, test } from '../support/world.js';
import { configured } from '../support/configured.js';
import { signIn } from '../support/steps.js';

const purchase = (id: string) => ({
  event: 'Order Completed',
  messageId: `message-${id}`,
  anonymousId: 'visitor-1',
  properties: { order_id: id, total: 10, currency: 'USD' },
  context: { traits: { email: 'person@example.com' }, page: { url: 'https://shop.example/' } },
});

/** The addresses of the application's pages, as the router writes them. */
const routes = [...readFileSync(new URL('../../app/src/routes.rs', import.meta.url), 'utf8').matchAll(/<Route path=at\(path!\("([^"]+)"\)\)/g)]
  .map(([, path]) => path)
  .filter((path) => !['/setup', '/login'].includes(path));

/** What only works once a page's own code has taken it over, beyond what all pages share. */
const proofs: Record<string, (page: Page) => Promise<void>> = {
  '/destinations': (page) => findsNothing(page, page.getByRole('row').filter({ hasText: 'Snapchat US' })),
  '/destinations/catalog': (page) => findsNothing(page, page.getByRole('link', { name: 'Snapchat', exact: true })),
  '/destinations/:id/configuration': async (page) => {
    await page.getByRole('button', { name: 'Check connection' }).click();
    await expect(page.locator('.check-result').getByRole('listitem')).not.toHaveCount(0);
  },
  '/destinations/:id/workflow': (page) =>
    findsNothing(page, page.getByRole('switch', { name: 'Server-side for Order Completed', exact: true })),
  '/destinations/:id/events': (page) => expect(page.getByRole('button', { name: 'Pause' })).toBeVisible(),
  '/destinations/:id/test': async (page) => {
    const stays = await thisDocument(page);
    await page.getByLabel('Event as JSON').fill('{"type": "track", "event": "Lead", "userId": "1"}');
    await page.getByRole('button', { name: 'Test this event' }).click();
    await expect(page.getByText(/would not be sent/)).toBeVisible();
    await stays();
  },
  '/events': (page) => expect(page.getByRole('button', { name: 'Pause' })).toBeVisible(),
  '/sources/:id': (page) => expect(page.getByText('Live', { exact: true })).toBeVisible(),
};

/** Forms work without the page's code as well, but then the browser loads another document. */
async function thisDocument(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  return async () => expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true);
}

async function findsNothing(page: Page, row: Locator): Promise<void> {
  await expect(row.first()).toBeVisible();
  await page.getByRole('main').getByRole('searchbox').first().fill('no such thing');
  await expect(row).toHaveCount(0);
}

/** The route whose page an address shows. A route without parameters is preferred. */
function routeOf(address: string): string | undefined {
  const matches = (route: string) => new RegExp(`^${route.replaceAll(/:\w+/g, '[^/]+')}/?$`).test(address);
  return routes.find((route) => route === address) ?? routes.find(matches);
}

/** Each reading is in the page once: what is read twice may differ between what is drawn and what the browser is given. */
async function expectReadOnce(response: Response | null, address: string): Promise<void> {
  const html = (await response?.text()) ?? '';
  const readings = [...html.matchAll(/__RESOLVED_RESOURCES\[\d+\] = ("(?:[^"\\]|\\.)*")/g)].map(([, json]) => json);
  expect(readings.length, `${address} carries its data`).toBeGreaterThan(0);
  const large = readings.filter((json) => json.length > 40);
  expect(large.length, `${address} reads the same data several times`).toBe(new Set(large).size);
}

async function expectAlive(page: Page): Promise<void> {
  await expect(async () => {
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible({ timeout: 500 });
  }).toPass();
  await page.keyboard.press('Escape');
  // The server writes UTC; the viewer's zone is known once the page is alive.
  await expect(page.getByRole('main').getByRole('time').filter({ hasText: 'UTC', visible: true })).toHaveCount(0);
}

/** Says so on the console, which fails the test, if a document is without the title that it came with while its code takes it over. */
async function watchTitle(page: Page): Promise<void> {
  await page.addInitScript(() => {
    let had = false;
    const look = () => {
      had ||= document.title !== '';
      // It may be set anew within one turn of the page's code, of which nobody sees anything.
      if (had && document.title === '') setTimeout(() => document.title === '' && console.error('the document lost its title'));
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
  });
}

async function withRows(page: Page, world: World): Promise<void> {
  await configured(world);
  await signIn(page, world);
  await world.send('batch', { batch: ['N-1', 'N-2', 'N-3'].map((id) => ({ type: 'track', ...purchase(id) })) });
  await expect.poll(async () => (await world.simulator.received()).length).toBe(3);
  await world.apply(`
    [workspace]
    name = "Northwind Outdoor"
    [[audience]]
    name = "buyers"
    conditions = [{ event = "Order Completed", within_days = 30 }]
    destinations = ["Snapchat US"]
  `);
  await page.goto(`${world.url}/uploads/new`);
  await page.getByLabel('CSV file').setInputFiles({ name: 'vip.csv', mimeType: 'text/csv', buffer: Buffer.from('email,city\nvip@example.com,Reno\n') });
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  await expect(page).toHaveURL(/\/uploads\/[^/]+$/);
}

test('set-up and sign-in come alive', async ({ page, world }) => {
  await expectReadOnce(await page.goto(`${world.url}/setup`), '/setup');
  const staysAtSetup = await thisDocument(page);
  await page.getByLabel('Workspace name').fill('Northwind Outdoor');
  await page.getByLabel('Your name').fill(dana.name);
  await page.getByLabel('Email').fill(dana.email);
  await page.getByLabel('Password').fill('short');
  await page.locator('form').evaluate((form: HTMLFormElement) => (form.noValidate = true));
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByLabel('Password')).toHaveAttribute('aria-invalid', 'true');
  await staysAtSetup();

  await configured(world);
  await expectReadOnce(await page.goto(`${world.url}/login`), '/login');
  const staysAtSignIn = await thisDocument(page);
  await page.getByLabel('Email').fill(dana.email);
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert').filter({ hasText: /./ })).toBeVisible();
  await staysAtSignIn();
});

test('every page comes alive when it is opened', async ({ page, world }) => {
  test.slow();
  await watchTitle(page);
  await withRows(page, world);
  const waiting = routes.filter((route) => !route.includes(':'));
  const opened = new Set<string>();
  for (let address = waiting.shift(); address !== undefined; address = waiting.shift()) {
    const route = routeOf(address);
    if (route === undefined || opened.has(route)) continue;
    opened.add(route);
    await test.step(`${route} at ${address}`, async () => {
      const response = await page.goto(world.url + address);
      expect(response?.status()).toBe(200);
      await expectReadOnce(response, address);
      await expectAlive(page);
      const links = await page.locator('a[href^="/"]').evaluateAll((all) => all.map((link) => new URL((link as HTMLAnchorElement).href).pathname));
      await proofs[route]?.(page);
      waiting.push(...links);
    });
  }
  expect(routes.filter((route) => !opened.has(route)), 'pages that nothing leads to').toEqual([]);
});

test('rows that arrive while the page is drawn do not stop it', async ({ page, world }) => {
  await configured(world);
  await signIn(page, world);
  for (let round = 0; round < 10; round++) {
    const sent = Promise.all(['A', 'B', 'C'].map((id) => world.send('track', purchase(`${round}-${id}`))));
    await page.goto(`${world.url}/events`);
    await sent;
    await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();
    await expect(page.getByRole('row').filter({ hasText: `Order ${round}-A` })).toBeVisible();
  }
});

test.describe('when the code of a page cannot be fetched', () => {
  test.use({ tolerated: /ERR_FAILED|Failed to fetch/ });

  test('its links and forms work without, and the way to it is an ordinary one', async ({ page, world }) => {
    await withRows(page, world);
    await page.goto(`${world.url}/destinations`);
    await expectAlive(page);
    await page.route('**/pkg/*.wasm', (route) => (/switchyard\.\w+\.wasm$/.test(route.request().url()) ? route.continue() : route.abort()));
    const stays = await thisDocument(page);
    await page.getByRole('link', { name: 'Events Manager' }).click();
    await expect(page).toHaveURL(`${world.url}/events`);
    await expect(page.getByRole('row').filter({ hasText: 'Order Completed' }).first()).toBeVisible();
    await expect(stays()).rejects.toThrow();
    await page.getByRole('searchbox').first().fill('no such thing');
    await page.getByRole('searchbox').first().press('Enter');
    await expect(page).toHaveURL(/no\+such\+thing/);
    await expect(page.getByRole('row').filter({ hasText: 'Order Completed' })).toHaveCount(0);
  });
});
