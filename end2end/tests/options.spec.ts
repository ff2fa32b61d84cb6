/** Options of a destination and of a source: with scripts, without, and what they do to events. */
import { expect, test } from '../support/world.js';
import { configured } from '../support/configured.js';
import { signIn } from '../support/steps.js';
import { noViolations } from '../support/axe.js';

async function openConfiguration(page: any, world: any): Promise<void> {
  await configured(world);
  await signIn(page, world);
  await page.goto(`${world.url}/destinations`);
  await page.getByRole('link', { name: 'Snapchat US' }).click();
  await page.getByRole('link', { name: 'Configuration Settings' }).first().click();
  await expect(page.getByRole('heading', { name: 'Options' })).toBeVisible();
}

test('options are checked in the page, saved and shown again', async ({ page, world }) => {
  await openConfiguration(page, world);
  await page.getByLabel('Snap App ID').fill('1234567890');
  await page.getByRole('button', { name: 'Save options' }).click();
  await expect(page.getByText("This is the app's number in Apple's store.")).toBeVisible();
  await expect(page.getByLabel('Snap App ID')).toBeFocused();

  await page.getByLabel('Snap App ID').fill('4f2b7c1a-8d3e-4a5f-9b6c-1d2e3f4a5b6c');
  await page.getByLabel('Hold events for (seconds)').fill('45');
  await page.getByRole('switch', { name: 'Hold purchases, too' }).check();
  await page.getByLabel('Limited data use').selectOption('LMU');
  await page.getByRole('button', { name: 'Save options' }).click();
  await expect(page.getByRole('status')).toContainText('The options were saved.');
  await page.reload();
  await expect(page.getByLabel('Hold events for (seconds)')).toHaveValue('45');
  await expect(page.getByRole('switch', { name: 'Hold purchases, too' })).toBeChecked();
  await expect(page.getByLabel('Limited data use')).toHaveValue('LMU');
  await expect(page.getByText('Events are held for 45 seconds')).toBeVisible();
  await noViolations(page);
});

test('a source asks for marketing consent', async ({ page, world }) => {
  await configured(world);
  await signIn(page, world);
  await page.goto(`${world.url}/sources`);
  await page.getByRole('link', { name: 'Web shop' }).click();
  await page.getByRole('switch', { name: 'Require marketing consent' }).check();
  await page.getByRole('button', { name: 'Save consent' }).click();
  await expect(page.getByRole('status')).toContainText('only events with marketing consent');
  await page.reload();
  await expect(page.getByRole('switch', { name: 'Require marketing consent' })).toBeChecked();
  await noViolations(page);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('options are saved, and mistakes told beside their fields', async ({ page, world }) => {
    await openConfiguration(page, world);
    await page.getByLabel('Hold events for (seconds)').fill('a while');
    await page.getByRole('button', { name: 'Save options' }).click();
    await expect(page.getByText('Give whole seconds from 0')).toBeVisible();
    await page.getByLabel('Hold events for (seconds)').fill('60');
    await page.getByRole('button', { name: 'Save options' }).click();
    await expect(page.getByRole('status')).toContainText('The options were saved.');
    await expect(page.getByLabel('Hold events for (seconds)')).toHaveValue('60');
  });
});
