/** Audiences built by hand: what a marketer clicks, and whom it finds. */
import { expect, test } from '../support/world.js';
import { configured } from '../support/configured.js';
import { signIn } from '../support/steps.js';
import type { World } from '../support/world.js';
import type { Page } from '@playwright/test';

/** Anna bought twice for 300 in all, Ben once for 700, Cleo put something into her cart, Dan came by through a campaign. */
async function fourPeople(world: World): Promise<void> {
  const track = (who: string, event: string, properties: object = {}, context: object = {}) =>
    world.send('track', { event, userId: who, properties, context: { traits: { email: `${who}@example.com` }, ...context } });
  await track('anna', 'Order Completed', { order_id: 'A-1', value: 100, currency: 'USD', category: 'tents' });
  await track('anna', 'Order Completed', { order_id: 'A-2', value: 200, currency: 'USD', category: 'shoes' });
  await track('ben', 'Order Completed', { order_id: 'B-1', value: 700, currency: 'USD', category: 'tents' });
  await track('cleo', 'Product Added', { product_id: 'P-1' });
  await track('dan', 'Product Viewed', {}, { campaign: { source: 'snapchat', medium: 'paid' } });
  await world.send('identify', { userId: 'anna', traits: { country: 'US', plan: 'gold' } });
  await world.send('identify', { userId: 'cleo', traits: { country: 'DE' } });
}

const live = (page: Page) => page.getByRole('complementary', { name: 'Who matches now' });

async function open(page: Page, world: World): Promise<void> {
  await page.goto(`${world.url}/audiences`);
  await page.getByRole('link', { name: 'Create Audience' }).click();
  await expect(page.getByRole('heading', { name: 'Create Audience' })).toBeVisible();
}

test.beforeEach(async ({ page, world }) => {
  await configured(world);
  await fourPeople(world);
  await signIn(page, world);
});

test('a nested audience with counts, sums and a property', async ({ page, world }) => {
  await open(page, world);
  await page.getByLabel('Audience name').fill('tent buyers or big spenders');
  await page.getByRole('combobox', { name: 'How conditions combine', exact: true }).selectOption('at least one');
  await page.getByLabel('Condition 1: event name').fill('Order Completed');
  await expect(live(page)).toContainText('2 people match now');
  await page.getByLabel('Condition 1: what happened').selectOption('has the sum of');
  await page.getByLabel('Condition 1: property', { exact: true }).fill('value');
  await page.getByLabel('Condition 1: at least').fill('500');
  await expect(live(page)).toContainText('1 person matches now');

  await page.getByRole('button', { name: 'Add group' }).click();
  await page.getByLabel('Group 1, condition 1: event name').fill('Order Completed');
  await page.getByRole('button', { name: 'Group 1, condition 1: add a property test' }).click();
  await page.getByLabel('Group 1, condition 1, property 1: property name').fill('category');
  await page.getByLabel('Group 1, condition 1, property 1: value').fill('tents');
  await page.getByRole('button', { name: 'Another condition in Group 1' }).click();
  await page.getByLabel('Group 1, condition 2: kind').selectOption('Trait');
  await page.getByLabel('Group 1, condition 2: trait').fill('country');
  await page.getByLabel('Group 1, condition 2: value').fill('us');
  await page.getByRole('combobox', { name: 'Group 1, how conditions combine' }).selectOption('all');
  await expect(live(page)).toContainText('2 people match now');
  await expect(live(page)).toContainText('a•••@e•••.com');

  await page.getByRole('button', { name: 'Save and Activate' }).click();
  await expect(page.getByRole('status')).toContainText('active');
  await expect(page.getByRole('heading', { name: 'tent buyers or big spenders' })).toBeVisible();
  await expect(async () => {
    await page.reload();
    await expect(page.getByText('2 people are in it.')).toBeVisible({ timeout: 500 });
  }).toPass();
  // What was saved is what the form shows.
  await expect(page.getByLabel('Group 1, condition 1, property 1: value')).toHaveValue('tents');
  await page.getByRole('link', { name: 'All audiences' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'tent buyers' })).toContainText('2');
});

test('a suggestion is a draft in two clicks, then active, then archived', async ({ page, world }) => {
  await open(page, world);
  await page.getByText('Start from a suggestion').click();
  await page.getByRole('link', { name: 'cart_abandoners_7d' }).click();
  await expect(page.getByLabel('Audience name')).toHaveValue('cart_abandoners_7d');
  await expect(live(page)).toContainText('1 person matches now');
  await page.getByRole('button', { name: 'Save as draft' }).click();
  await expect(page.getByRole('status')).toContainText('draft');
  await expect(page.getByText('Nobody is in it yet.')).toBeVisible();
  await page.getByRole('button', { name: 'Activate' }).click();
  await expect(async () => {
    await page.reload();
    await expect(page.getByText('1 person is in it.')).toBeVisible({ timeout: 500 });
  }).toPass();
  await page.getByRole('button', { name: 'Archive' }).click();
  await expect(page.getByRole('status')).toContainText('archived');
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete audience' }).click();
  await expect(page.getByRole('status')).toContainText('deleted');
  await expect(page.getByText('No audience yet')).toBeVisible();
});

test('a campaign and a list of values, and what makes no sense is told beside its condition', async ({ page, world }) => {
  await open(page, world);
  await page.getByRole('button', { name: 'Save and Activate' }).click();
  await expect(page.getByText('The event has no name.')).toBeVisible();
  await expect(page.getByText('Give the audience a name.')).toBeVisible();

  await page.getByLabel('Audience name').fill('from snapchat');
  await page.getByLabel('Condition 1: kind').selectOption('Campaign (UTM)');
  await page.getByLabel('Condition 1: parameter').fill('source');
  await page.getByLabel('Condition 1: comparison').selectOption('is one of');
  await page.getByLabel('Condition 1: values').fill('snap\nsnapchat');
  await expect(live(page)).toContainText('1 person matches now');
  await page.getByRole('button', { name: 'Add condition' }).click();
  await page.getByLabel('Condition 2: event name').fill('Product Viewed');
  await page.getByLabel('Condition 2: period').selectOption('within the last … days');
  await page.getByLabel('Condition 2: days').fill('soon');
  await page.getByRole('button', { name: 'Save and Activate' }).click();
  await expect(page.getByText('“soon” is not a number')).toBeVisible();
  await expect(page.getByLabel('Condition 2: event name')).toBeFocused();
  await page.getByLabel('Condition 2: days').fill('7');
  await expect(live(page)).toContainText('1 person matches now');
  await page.getByRole('button', { name: 'Remove condition 2' }).click();
  // What is removed is what was asked to be, also if the rest was typed a moment ago.
  await page.getByRole('button', { name: 'Add condition' }).click();
  await page.getByLabel('Condition 2: event name').fill('Order Completed');
  await page.getByRole('button', { name: 'Add condition' }).click();
  await page.getByLabel('Condition 2: event name').fill('Product Added');
  await page.getByLabel('Condition 3: event name').fill('Lead');
  await page.getByRole('button', { name: 'Remove condition 2' }).click();
  await expect(page.getByLabel('Condition 2: event name')).toHaveValue('Lead');
  await page.getByRole('button', { name: 'Remove condition 2' }).click();
  await page.getByRole('checkbox', { name: 'Snapchat US' }).check();
  await page.getByRole('button', { name: 'Save and Activate' }).click();
  await expect(page.getByRole('heading', { name: 'from snapchat' })).toBeVisible();
  await expect(page.getByText('added_to_segment is off for this destination')).toBeVisible();

  // A change that is not saved is asked about.
  await page.getByLabel('Description').fill('to be lost');
  page.once('dialog', (dialog) => dialog.dismiss());
  await page.getByRole('link', { name: 'All audiences' }).click();
  await expect(page.getByLabel('Description')).toHaveValue('to be lost');
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByRole('status')).toContainText('saved');
  // The form that was drawn anew is as alive as the first one.
  await page.getByLabel('Condition 1: values').fill('nobody');
  await expect(live(page)).toContainText('0 people match now');
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(async () => {
    await page.reload();
    await expect(page.getByText('0 people are in it.')).toBeVisible({ timeout: 500 });
  }).toPass();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the same form builds an audience', async ({ page, world }) => {
    await open(page, world);
    await page.getByLabel('Audience name').fill('buyers in the US');
    await page.getByLabel('Condition 1: event name').fill('Order Completed');
    await page.getByRole('button', { name: 'Add condition' }).click();
    await page.getByLabel('Condition 2: kind').selectOption('Trait');
    await page.getByRole('button', { name: 'Count again' }).click();
    await page.getByLabel('Condition 2: trait').fill('country');
    await page.getByRole('button', { name: 'Save and Activate' }).click();
    await expect(page.getByLabel('Condition 2: value')).toHaveAttribute('aria-invalid', 'true');
    await page.getByLabel('Condition 2: value').fill('US');
    await page.getByRole('button', { name: 'Count again' }).click();
    await expect(live(page)).toContainText('1 person matches now');
    await page.getByRole('button', { name: 'Save and Activate' }).click();
    await expect(page.getByRole('heading', { name: 'buyers in the US' })).toBeVisible();
  });
});
