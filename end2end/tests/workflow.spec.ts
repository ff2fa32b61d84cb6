/** Setup Event Workflow: what can be switched, and that it takes effect. */
import { expect, test } from '../support/world.js';
import { configured } from '../support/configured.js';
import { signIn } from '../support/steps.js';

test.beforeEach(async ({ page, world }) => {
  await configured(world);
  await signIn(page, world);
  await page.getByRole('link', { name: 'Snapchat US' }).click();
  await page.getByRole('link', { name: 'Setup Event Workflow' }).click();
  await expect(page.getByRole('switch', { name: 'Server-side for Order Completed', exact: true })).toBeVisible();
});

const server = (event: string) => `Server-side for ${event}`;
const client = (event: string) => `Client-side for ${event}`;

test('switches are kept, searched and guarded', async ({ page }) => {
  await expect(page.getByRole('switch', { name: server('Order Completed'), exact: true })).toBeChecked();
  await expect(page.getByRole('switch', { name: server('Purchased'), exact: true })).not.toBeChecked();
  // Audience events have no client side.
  await expect(page.getByRole('switch', { name: server('added_to_segment'), exact: true })).toBeVisible();
  await expect(page.getByRole('switch', { name: client('added_to_segment'), exact: true })).toHaveCount(0);

  await page.getByRole('searchbox').first().fill('cart');
  await expect(page.getByRole('switch', { name: server('Product Added'), exact: true })).toBeVisible();
  await expect(page.getByRole('switch', { name: server('Order Completed'), exact: true })).toBeHidden();
  await page.getByRole('switch', { name: server('Product Added'), exact: true }).check();
  await page.getByRole('searchbox').first().fill('');

  // Leaving asks first.
  let asked = false;
  page.once('dialog', (dialog) => {
    asked = true;
    void dialog.dismiss();
  });
  await page.getByRole('link', { name: 'Sources' }).click();
  await expect.poll(() => asked).toBe(true);
  await expect(page).toHaveURL(/workflow/);

  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByRole('status')).not.toBeEmpty();
  await page.reload();
  await expect(page.getByRole('switch', { name: server('Product Added'), exact: true })).toBeChecked();
});

test('a page with unsaved changes is not left by keys or Back without a question', async ({ page }) => {
  const questions: string[] = [];
  page.on('dialog', (dialog) => {
    questions.push(dialog.message());
    void dialog.dismiss();
  });
  const change = page.getByRole('switch', { name: client('Signed Up'), exact: true });
  await change.check();
  await page.getByRole('searchbox').first().fill('signed');
  await page.evaluate(() => window.history.back());
  await expect.poll(() => questions.length).toBe(1);
  await page.getByRole('heading', { name: 'Setup Event Workflow' }).click();
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await expect.poll(() => questions.length).toBe(2);
  await expect(page).toHaveURL(/workflow\?q=signed$/);
  await expect(change).toBeChecked();

  await page.getByRole('button', { name: 'Discard' }).click();
  await page.evaluate(() => window.history.back());
  await expect(page.getByRole('heading', { name: 'Setup Event Workflow' })).toHaveCount(0);
  expect(questions).toHaveLength(2);
});

test('what was saved can be changed and checked again', async ({ page }) => {
  const saved = page.getByRole('status').filter({ hasText: 'Your changes were saved' });
  const change = page.getByRole('switch', { name: client('Signed Up'), exact: true });
  for (const on of [true, false]) {
    await change.setChecked(on);
    await page.getByRole('button', { name: 'Save Changes' }).click();
    await expect(page.getByText('Nothing is changed until you save.')).toBeVisible();
    await expect(saved).toBeVisible();
  }
  // Refused here, and not by the server.
  let asked = 0;
  page.on('request', (request) => (asked += Number(request.url().includes('save_workflow'))));
  await page.getByRole('textbox', { name: 'Name of new event' }).fill('order-completed');
  await page.getByRole('switch', { name: server('new event'), exact: true }).check();
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByText('“order-completed” is in the table already.').first()).toBeVisible();
  await expect(saved).toHaveCount(0);
  expect(asked).toBe(0);
});

test('an event that is switched off is kept and not sent', async ({ page, world }) => {
  const body = {
    event: 'Order Completed',
    anonymousId: 'v',
    properties: { order_id: 'A', total: 1, currency: 'USD' },
    context: { traits: { email: 'person@example.com' }, page: { url: 'https://shop.example/' } },
  };
  await page.getByRole('switch', { name: server('Order Completed'), exact: true }).uncheck();
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByRole('status')).not.toBeEmpty();
  await world.send('track', body);
  await page.getByRole('link', { name: 'Events Manager' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'Order Completed' }).first()).toContainText('Filtered');
  expect(await world.simulator.received()).toEqual([]);
});
