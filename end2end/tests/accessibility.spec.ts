/** axe finds nothing serious on any page, in light and dark, and pages fit a phone. */
import { noViolations as check } from '../support/axe.js';
import { expect, test } from '../support/world.js';
import { configured } from '../support/configured.js';
import { signIn } from '../support/steps.js';

/** As long as a name may be, and without a place where it could break. */
const long = 'N'.repeat(100);

// One of the pages is not there.
test.use({ tolerated: /status of 404/ });

// A scheme changes no widths, and a width no colours: each page is looked at once in each.
for (const [colorScheme, width] of [['light', 1280], ['dark', 390]] as const) {
  test(`pages in ${colorScheme} at ${width}`, async ({ page, world }) => {
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
    await world.send('track', { event: long, anonymousId: 'v' });
    await world.apply(`
      [workspace]
      name = "Northwind Outdoor"
      [[destination]]
      type = "snapchat"
      name = "${long}"
      enabled = true
      [[audience]]
      name = "${long}"
      conditions = [{ event = "Order Completed", within_days = 30 }, { trait = "plan", is = "pro" }]
      destinations = ["Snapchat US"]
    `);
    const vip = { name: 'vip.csv', mimeType: 'text/csv', buffer: Buffer.from('email,city\nvip@example.com,Reno\nno address,Reno\n') };
    await page.goto(`${world.url}/uploads/new`);
    await page.getByLabel('CSV file').setInputFiles(vip);
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await expect(page).toHaveURL(/\/uploads\/[^/]+$/);
    const upload = page.url();
    await page.goto(`${world.url}/audiences`);
    const audience = await page.getByRole('link', { name: long, exact: true }).getAttribute('href');
    const someone = page.getByRole('link', { name: /^Person \d+/ });
    await expect(async () => {
      await page.goto(`${world.url}/profiles`);
      await expect(someone).toBeVisible({ timeout: 500 });
    }).toPass();
    const person = await someone.getAttribute('href');
    await page.goto(`${world.url}/destinations`);
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
      '/audiences/new',
      audience ?? '',
      `${audience}/sync`,
      '/profiles',
      person ?? '',
      '/uploads',
      '/uploads/new',
      upload,
      '/settings',
      '/no-such-page',
    ];
    await page.setViewportSize({ width, height: 900 });
    for (const path of pages) {
      await test.step(path, async () => {
        await page.goto(new URL(path, world.url).href);
        await check(page);
      });
    }
  });
}
