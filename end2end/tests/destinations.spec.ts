/** My Destinations with many of them. */
import { type World, dana, expect, test } from '../support/world.js';
import { capiToken, northwind } from '../support/simulator.js';
import { signIn } from '../support/steps.js';

const HUNDRED = 100;

/** One that is set up, and many that nobody has finished. */
async function hundredDestinations(world: World): Promise<void> {
  const unfinished = Array.from({ length: HUNDRED - 1 }, (_, number) => `
    [[destination]]
    type = "snapchat"
    name = "Shop ${number + 1}"
  `);
  await world.apply(`
    [workspace]
    name = "Northwind Outdoor"
    [[user]]
    name = "${dana.name}"
    email = "${dana.email}"
    password = "${dana.password}"
    role = "admin"
    [[destination]]
    type = "snapchat"
    name = "Flagship"
    business_id = "${northwind.businessId}"
    ad_account_id = "${northwind.adAccountId}"
    pixel_id = "${northwind.pixelId}"
    capi_token = "${capiToken}"
    send_server_side = true
    [destination.events]
    "Order Completed" = { server = true }
    ${unfinished.join('\n')}
  `);
}

test('a hundred are searched in place, and the address keeps what was searched', async ({ page, world }) => {
  await hundredDestinations(world);
  await signIn(page, world);
  await page.goto(`${world.url}/destinations`);
  const rows = page.getByRole('row').filter({ has: page.getByRole('rowheader') });
  await expect(rows).toHaveCount(HUNDRED);

  const search = page.getByRole('searchbox', { name: 'Search by name' });
  await expect(async () => {
    await search.fill('shop 42');
    await expect(rows).toHaveCount(1, { timeout: 500 });
  }).toPass();
  await expect(page).toHaveURL(/\/destinations\?q=shop%2042$/);
  await page.reload();
  await expect(search).toHaveValue('shop 42');
  await expect(rows).toHaveCount(1);

  await page.getByRole('link', { name: 'Shop 42', exact: true }).click();
  await expect(page).toHaveURL(/\/destinations\/[^/?]+$/);
  await page.goBack();
  await expect(search).toHaveValue('shop 42');
  await expect(rows).toHaveCount(1);

  await search.fill('flagship');
  await expect(rows).toHaveCount(1);
  await page.getByRole('checkbox', { name: 'Only those that need somebody' }).check();
  await expect(page.getByText('No destination is like this.')).toBeVisible();
  await search.fill('');
  await expect(rows).toHaveCount(HUNDRED - 1);
  await expect(page).toHaveURL(/\/destinations\?needing=1$/);
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('the filter is a form', async ({ page, world }) => {
    await hundredDestinations(world);
    await signIn(page, world);
    await page.goto(`${world.url}/destinations`);
    await page.getByRole('checkbox', { name: 'Only those that need somebody' }).check();
    await page.getByRole('searchbox', { name: 'Search by name' }).fill('1');
    await page.getByRole('button', { name: 'Filter' }).click();
    await expect(page.getByRole('link', { name: 'Shop 17', exact: true })).toBeVisible();
    await expect(page.getByRole('link', { name: 'Shop 20', exact: true })).toBeHidden();
    await expect(page.getByRole('link', { name: 'Flagship', exact: true })).toBeHidden();
  });
});
