/** Pages that draw themselves anew, and what a person did on them meanwhile: all of it stays. */
import { type World, dana, expect, test } from '../support/world.js';
import { configured } from '../support/configured.js';
import { signIn } from '../support/steps.js';

const order = (world: World, id: string) =>
  world.send('track', {
    event: 'Order Completed',
    anonymousId: id,
    properties: { order_id: id, total: 1, currency: 'USD' },
    context: { traits: { email: 'person@example.com' }, page: { url: 'https://shop.example/' } },
  });

test('what was folded up in an event that is still on its way stays so', async ({ page, world }) => {
  await configured(world);
  await world.simulator.outage();
  await order(world, 'N-1');
  await signIn(page, world);
  await page.goto(`${world.url}/events`);
  await page.getByRole('row').filter({ hasText: 'N-1' }).getByRole('link', { name: 'Order Completed' }).click();
  await expect(page.getByText(/Attempts \(\d/)).toBeVisible();
  const looks = () => page.waitForResponse((response) => /\/api\/event\d/.test(response.url()));
  const open = page.locator('main details[open]');
  await expect(open).not.toHaveCount(0);
  while ((await open.count()) > 0) await open.last().locator('> summary').click();
  await looks();
  await looks();
  await looks();
  await expect(open).toHaveCount(0);
});

test('a choice stays when another form is saved, and the focus stays with its row', async ({ page, world }) => {
  await configured(world);
  for (const id of ['N-1', 'N-2', 'N-3']) await order(world, id);
  await signIn(page, world);
  await page.goto(`${world.url}/sources`);
  await page.getByRole('link', { name: 'Web shop', exact: true }).click();
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  const row = page.getByRole('row').filter({ hasText: 'N-2' }).getByRole('link');
  await row.focus();
  const address = await row.getAttribute('href');
  await order(world, 'N-4');
  await expect(page.getByRole('row').filter({ hasText: 'N-4' })).toBeVisible();
  await expect(row).toBeFocused();
  await expect(row).toHaveAttribute('href', address!);

  await page.getByLabel('Source name').fill('Shop');
  await page.getByLabel('Default country').selectOption({ label: 'Germany' });
  await page.getByRole('switch', { name: 'Require marketing consent' }).check();
  const read = page.waitForResponse((response) => /\/api\/find_source\d/.test(response.url()));
  await page.getByRole('button', { name: 'Save consent' }).click();
  await read;
  await expect(page.getByRole('status')).not.toBeEmpty();
  await expect(page.getByLabel('Default country')).toHaveValue('DE');
  await expect(page.getByLabel('Source name')).toHaveValue('Shop');
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByRole('heading', { name: 'Shop', exact: true })).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('Default country')).toHaveValue('DE');
});

test('a double click sends once, and what is answered before the page was read anew breaks nothing', async ({ page, world }) => {
  await configured(world);
  await signIn(page, world);
  await page.getByRole('link', { name: 'Snapchat US', exact: true }).click();
  const name = page.getByLabel('Destination name');
  await expect(name).toBeVisible();
  const sent: string[] = [];
  page.on('request', (request) => sent.push(new URL(request.url()).pathname.replace(/\d+$/, '')));
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(/\/api\/destination\d/, async (route) => {
    await released;
    await route.continue();
  });
  await page.getByRole('button', { name: 'Disable', exact: true }).dblclick();
  await expect(page.getByRole('status')).toContainText('disabled');
  await name.fill('Snapchat North');
  await page.getByRole('button', { name: 'Rename' }).click();
  await expect(page.getByRole('status')).toContainText('renamed');
  release();
  await expect(page.getByRole('heading', { name: 'Snapchat North' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Enable', exact: true })).toBeVisible();
  expect(sent.filter((path) => path === '/api/set_destination_enabled')).toHaveLength(1);
});

test('what is typed into an audience stays when it is activated', async ({ page, world }) => {
  await configured(world);
  await order(world, 'N-1');
  await signIn(page, world);
  await page.goto(`${world.url}/audiences/new`);
  await page.getByLabel('Audience name').fill('Buyers');
  await page.locator('[name="rule[c0.name]"]').fill('Order Completed');
  await page.getByRole('button', { name: 'Save as draft' }).click();
  const state = page.getByRole('region', { name: 'State' });
  await expect(state).toContainText('Nobody is in it yet.');
  await page.getByLabel('Description').fill('Everybody who ordered');
  await page.getByRole('button', { name: 'Activate' }).click();
  await expect(state).toContainText('1 person is in it.');
  await expect(page.getByLabel('Description')).toHaveValue('Everybody who ordered');
  await page.getByRole('button', { name: 'Archive' }).click();
  await expect(state).toContainText('It stands as it was');
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByRole('status')).not.toBeEmpty();
  await page.reload();
  await expect(page.getByLabel('Description')).toHaveValue('Everybody who ordered');
});

test('what was sent is not offered again: no password stays, and a dialog opens empty', async ({ page, world }) => {
  await configured(world);
  await signIn(page, world);
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Add person' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Ann Lee');
  await dialog.getByLabel('Email').fill('ann@northwind.example');
  await dialog.getByLabel('First password').fill('eight blue bottles');
  await dialog.getByRole('button', { name: 'Add to workspace' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'Ann Lee' })).toBeVisible();
  await page.getByRole('button', { name: 'Add person' }).click();
  for (const label of ['Name', 'Email', 'First password']) await expect(dialog.getByLabel(label)).toHaveValue('');
  await page.keyboard.press('Escape');
  const [current, next] = [page.getByLabel('Current password'), page.getByLabel('New password')];
  await current.fill(dana.password);
  await next.fill('nine green bottles');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('status')).toContainText('password was changed');
  await expect(current).toHaveValue('');
  await expect(next).toHaveValue('');
});
