/** The journey with keys alone: every stop can be reached and seen, and the focus is never lost. */
import { type Page } from '@playwright/test';
import { dana, expect, test } from '../support/world.js';
import { capiToken, northwind } from '../support/simulator.js';

/** Stops that a page may have before the one that is looked for. */
const STOPS = 120;

/** What has the focus: role or tag, and name. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLElement & { labels?: NodeListOf<HTMLElement> };
    const name = element.getAttribute('aria-label') ?? element.labels?.[0]?.innerText ?? element.innerText;
    const kind = element.getAttribute('role') ?? element.tagName.toLowerCase();
    return element === document.body ? 'nothing' : `${kind} ${name.trim()}`;
  });

/** Presses Tab until `stop` has the focus, which has to be seen there. */
async function tabTo(page: Page, stop: string): Promise<void> {
  for (let stops = 0; stops < STOPS && (await focused(page)) !== stop; stops++) await page.keyboard.press('Tab');
  expect(await focused(page)).toBe(stop);
  const seen = await page.evaluate(() => {
    const rings = [null, '::before', '::after'].map((part) => getComputedStyle(document.activeElement!, part));
    return rings.some((ring) => ring.outlineStyle !== 'none' && parseFloat(ring.outlineWidth) > 0);
  });
  expect(seen, `the focus on ${stop} is not seen`).toBe(true);
}

async function press(page: Page, stop: string, key = 'Enter'): Promise<void> {
  await tabTo(page, stop);
  await page.keyboard.press(key);
}

async function type(page: Page, stop: string, text: string): Promise<void> {
  await tabTo(page, stop);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type(text);
}

/** After a change of page its heading has the focus. */
const arrives = (page: Page, heading: string) => expect.poll(() => focused(page)).toBe(`h1 ${heading}`);

test('from the first run to a purchase without a mouse', async ({ page, world }) => {
  test.slow();
  await page.goto(world.url);
  await expect(page.getByRole('button', { name: 'Create account' })).toBeEnabled();
  await type(page, 'input Workspace name', 'Northwind Outdoor');
  await type(page, 'input Your name', dana.name);
  await type(page, 'input Email', dana.email);
  await type(page, 'input Password', dana.password);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/destinations$/);
  await world.apply('[workspace]\nname = "Northwind Outdoor"\n[[source]]\nname = "Web shop"\nwrite_key = "wk_northwind_web"\n');

  await test.step('add Snapchat', async () => {
    await press(page, 'a All Destinations');
    await arrives(page, 'All Destinations');
    await press(page, 'a Snapchat');
    await expect.poll(() => focused(page)).toBe('input Destination name');
    await page.keyboard.press('Escape');
    await expect.poll(() => focused(page)).toBe('a Snapchat');
    // The focus is back before the address is, and the link would lead to where the page still is.
    await expect(page).toHaveURL(/\/catalog$/);
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(page)).toBe('input Destination name');
    await type(page, 'input Destination name', 'Snapchat US');
    await press(page, 'button Save and Enable');
    await arrives(page, 'Configuration Settings');
  });

  await test.step('authenticate', async () => {
    await press(page, 'button Authenticate Snapchat');
    await expect(page).toHaveURL(/oauth2\/authorize/);
    await type(page, 'input Email or username', northwind.login.user);
    await type(page, 'input Password', northwind.login.password);
    await press(page, 'button Continue');
    await expect(page).toHaveURL(/\/configuration/);
    await expect(page.getByRole('combobox', { name: 'Business Manager account' })).toBeEnabled();
    for (const [list, choice] of [
      ['Business Manager account', northwind.business],
      ['Ad Account', northwind.adAccount],
      ['Snap Pixel', northwind.pixel],
    ] as const) {
      const field = page.getByRole('combobox', { name: list });
      await expect(field.getByRole('option', { name: choice })).toBeAttached();
      await expect(async () => {
        await field.focus();
        await page.keyboard.type(choice);
        await expect(field.getByRole('option', { name: choice })).toHaveJSProperty('selected', true);
      }).toPass();
    }
    await press(page, 'button Submit');
    await expect(page.getByRole('status')).toHaveText('The Snap Pixel was saved.');
    // The form is gone, and the button with it.
    await arrives(page, 'Configuration Settings');
  });

  await test.step('token and switch', async () => {
    await type(page, 'input Conversion API Token', capiToken);
    await press(page, 'switch Send data via Server-side', 'Space');
    await press(page, 'button Save Changes');
    await expect(page.getByText(`…${capiToken.slice(-4)}`)).toBeVisible();
    await expect.poll(() => focused(page)).toBe('button Save Changes');
  });

  await test.step('workflow', async () => {
    await page.getByRole('link', { name: 'Setup Event Workflow' }).focus();
    await page.keyboard.press('Enter');
    await arrives(page, 'Setup Event Workflow');
    // The search leaves a few of the hundred rows.
    await page.keyboard.press('/');
    await expect.poll(() => focused(page)).toBe('input Search this list');
    await page.keyboard.type('order completed');
    await press(page, 'switch Server-side for Order Completed', 'Space');
    await press(page, 'button Save Changes');
    await expect(page.getByRole('status')).toContainText('Your changes were saved.');
    await expect.poll(() => focused(page)).not.toBe('nothing');
  });

  await test.step('Events Manager', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('e');
    await arrives(page, 'Events Manager');
    await world.send('track', {
      event: 'Order Completed',
      anonymousId: 'visitor-1',
      properties: { order_id: 'N-1', total: 5, currency: 'USD' },
      context: { traits: { email: 'person@example.com' }, page: { url: 'https://shop.example/' } },
    });
    await expect(page.getByRole('row').filter({ hasText: 'N-1' })).toContainText('Delivered');
    await press(page, 'a Order Completed');
    await arrives(page, 'Order Completed');
    await page.goBack();
    await arrives(page, 'Events Manager');
  });

  await test.step('a dialog keeps the focus and gives it back', async () => {
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog');
    await expect(dialog).toBeVisible();
    expect(await dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true);
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await arrives(page, 'Events Manager');
  });
});
