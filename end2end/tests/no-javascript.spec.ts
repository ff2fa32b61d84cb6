/** Forms work before wasm has arrived and without it. */
import { dana, expect, test } from '../support/world.js';
import { configured } from '../support/configured.js';
import { addSnapchat, authenticate, createFirstAccount, storeToken } from '../support/steps.js';
import { capiToken, northwind } from '../support/simulator.js';

test.use({ javaScriptEnabled: false });

test('the whole set-up without JavaScript', async ({ page, world }) => {
  await createFirstAccount(page, world);
  // The search is a form here: Enter sends it.
  await page.goto(`${world.url}/destinations/catalog`);
  await page.getByRole('link', { name: 'Snapchat', exact: true }).click();
  await page.getByRole('textbox', { name: 'Destination name' }).fill('Snapchat US');
  await page.getByRole('button', { name: 'Save and Enable' }).click();
  await expect(page).toHaveURL(/\/configuration/);

  await authenticate(page);
  await page.getByLabel('Business Manager account').selectOption({ label: northwind.business });
  await page.getByRole('button', { name: 'Show ad accounts' }).click();
  await page.getByLabel('Ad Account').selectOption({ label: northwind.adAccount });
  await page.getByRole('button', { name: 'Show pixels' }).click();
  await page.getByLabel('Snap Pixel').selectOption({ label: northwind.pixel });
  await page.getByRole('button', { name: 'Submit' }).click();
  await expect(page.getByRole('status')).not.toBeEmpty();

  await storeToken(page, capiToken);

  await page.getByRole('link', { name: 'Setup Event Workflow' }).click();
  await page.getByRole('switch', { name: 'Server-side for Order Completed', exact: true }).check();
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByRole('status')).not.toBeEmpty();
  await expect(page.getByRole('switch', { name: 'Server-side for Order Completed', exact: true })).toBeChecked();

  await page.getByRole('link', { name: 'Events Manager' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
});

test('a mistake is told beside its field', async ({ page, world }) => {
  await page.goto(`${world.url}/setup`);
  await page.getByLabel('Workspace name').fill('Northwind Outdoor');
  await page.getByLabel('Your name').fill('Dana Lopez');
  await page.getByLabel('Email').fill('dana@northwind.example');
  await page.getByLabel('Password').fill('short');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByText(/at least 10 characters/).first()).toBeVisible();
});

test('a refused sign-in keeps the address, and never the password', async ({ page, world }) => {
  await configured(world);
  await page.goto(`${world.url}/login`);
  await page.getByLabel('Email').fill('dana+shop@northwind.example');
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('E-mail or password is wrong.')).toBeVisible();
  await expect(page.getByLabel('Email')).toHaveValue('dana+shop@northwind.example');
  await expect(page.getByLabel('Password')).toHaveValue('');
  expect(page.url()).not.toContain('northwind');
  await page.getByLabel('Email').fill(dana.email);
  await page.getByLabel('Password').fill(dana.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByLabel('Email')).toHaveValue('');
});
