/** The test bench, the field mapping and the match quality: what they show is what is sent. */
import { type Page } from '@playwright/test';
import { AxeBuilder } from '@axe-core/playwright';
import { type World, expect, test } from '../support/world.js';
import { configured } from '../support/configured.js';
import { signIn } from '../support/steps.js';

const purchase = (messageId: string, order: string) => ({
  type: 'track',
  event: 'Order Completed',
  messageId,
  anonymousId: 'v-1',
  properties: { order_id: order, total: 59.9, grand_total: '84.50', currency: 'USD' },
  context: {
    traits: { email: 'Dana@Northwind.example', phone: '(415) 555-0123' },
    page: { url: 'https://shop.example/?ScCid=abc' },
  },
});

async function openTab(page: Page, world: World, tab: string): Promise<void> {
  await page.goto(`${world.url}/destinations`);
  await page.getByRole('link', { name: 'Snapchat US' }).click();
  await page.getByRole('link', { name: tab }).click();
}

async function paste(page: Page, event: object): Promise<void> {
  await page.getByLabel('Event as JSON').fill(JSON.stringify(event));
  await page.getByRole('button', { name: 'Test this event' }).click();
}

test.beforeEach(async ({ page, world }) => {
  await configured(world);
  await signIn(page, world);
});

test('a pasted event shows each step, and nothing is sent', async ({ page, world }) => {
  await openTab(page, world, 'Test an event');
  await page.waitForLoadState('networkidle');
  await paste(page, purchase('m-1', 'A-1'));
  await expect(page.getByText('This event would be sent.')).toBeVisible();
  const email = page.getByRole('row').filter({ hasText: 'user_data.em' });
  await expect(email).toContainText('context.traits.email');
  await expect(email).toContainText('dana@northwind.example');
  await expect(email).toContainText(/[0-9a-f]{64}/);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => v.id)).toEqual([]);

  await page.getByRole('button', { name: 'Ask Snapchat to validate it' }).click();
  await expect(page.getByText('Snapchat finds nothing wrong with this event.')).toBeVisible();
  expect(await world.simulator.received()).toEqual([]);

  await paste(page, { type: 'track', event: 'Lead', userId: '1' });
  await expect(page.getByText(/would not be sent/)).toBeVisible();
});

test('fields are mapped anew with a preview on the last event', async ({ page, world }) => {
  await world.send('track', purchase('m-1', 'A-1'));
  await openTab(page, world, 'Setup Event Workflow');
  await page.getByRole('link', { name: 'Fields of Order Completed' }).click();
  await page.waitForLoadState('networkidle');
  await page.getByLabel('Source of custom_data.value').selectOption('path');
  await page.getByLabel('Path or constant for custom_data.value').fill('propertis.grand_total');
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByText('Did you mean properties.grand_total?')).toBeVisible();
  await page.getByLabel('Source of user_data.em').selectOption('constant');
  await page.getByLabel('Path or constant for user_data.em').fill('x');
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'user_data.em' })).toContainText('Type an e-mail address such as dana@example.com');
  await page.getByLabel('Source of user_data.em').selectOption('default');
  await page.getByLabel('Path or constant for custom_data.value').fill('properties.grand_total');
  await page.getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'custom_data.value' })).toContainText('84.5');
  await expect(page.getByText('not saved yet')).toBeVisible();
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByRole('status')).toContainText('field mapping was saved');
  await expect(page.getByText('not saved yet')).toBeHidden();

  await world.send('track', purchase('m-2', 'A-2'));
  await expect.poll(async () => JSON.stringify(await world.simulator.received())).toContain('84.5');
  await openTab(page, world, 'Match quality');
  await expect(page.getByText('What would help most:').first()).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('an event is tried and a rule is saved', async ({ page, world }) => {
    await openTab(page, world, 'Test an event');
    await paste(page, purchase('m-1', 'A-1'));
    await expect(page.getByText('This event would be sent.')).toBeVisible();
    await page.getByRole('button', { name: 'Generate and test' }).click();
    await expect(page.getByRole('heading', { name: /becomes PURCHASE/ })).toBeVisible();
    await openTab(page, world, 'Setup Event Workflow');
    await page.getByRole('link', { name: 'Fields of Order Completed' }).click();
    await page.getByLabel('Source of custom_data.currency').selectOption('constant');
    await page.getByLabel('Path or constant for custom_data.currency').fill('GBP');
    await page.getByRole('button', { name: 'Save Changes' }).click();
    await expect(page.getByRole('status')).toContainText('field mapping was saved');
    await expect(page.getByLabel('Path or constant for custom_data.currency')).toHaveValue('GBP');
  });
});
