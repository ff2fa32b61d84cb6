/** axe finds nothing serious on any page, in light and dark, and pages fit a phone. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '../support/world.js';
import { configured } from '../support/configured.js';
import { signIn } from '../support/steps.js';

async function check(page: import('@playwright/test').Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
  expect(serious.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' | ')}`)).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow, 'the page scrolls sideways').toBeLessThanOrEqual(0);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`pages in ${colorScheme}`, async ({ page, world }) => {
    test.slow();
    await page.emulateMedia({ colorScheme });
    await page.goto(`${world.url}/setup`);
    await check(page);
    await configured(world);
    await page.goto(`${world.url}/login`);
    await check(page);
    await signIn(page, world);
    await world.send('track', {
      event: 'Order Completed',
      anonymousId: 'v',
      properties: { order_id: 'A', total: 1, currency: 'USD' },
      context: { traits: { email: 'person@example.com' }, page: { url: 'https://shop.example/' } },
    });
    await page.getByRole('link', { name: 'Snapchat US' }).click();
    await expect(page).toHaveURL(/destinations\/[0-9a-f-]{36}/);
    const destination = page.url().replace(/\/$/, '');
    await page.goto(`${world.url}/events`);
    const event = await page.getByRole('row').filter({ hasText: 'Order Completed' }).getByRole('link').first().getAttribute('href');
    const pages = [
      '/destinations',
      '/destinations/catalog',
      '/destinations/catalog?add=snapchat',
      destination,
      `${destination}/configuration`,
      `${destination}/workflow`,
      `${destination}/events`,
      `${destination}/test`,
      `${destination}/workflow/ordercompleted`,
      `${destination}/quality`,
      '/events',
      event ?? '',
      '/sources',
      '/audiences',
      '/settings',
      '/no-such-page',
    ];
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      for (const path of pages) {
        await test.step(`${path} at ${width}`, async () => {
          await page.goto(new URL(path, world.url).href);
          await check(page);
        });
      }
    }
  });
}
