/** The whole way of the seed page: from the first run to a purchase that Snapchat received. */
import { expect, test } from '../support/world.js';
import { addSnapchat, authenticate, choosePixel, createFirstAccount, storeToken } from '../support/steps.js';
import { capiToken, northwind } from '../support/simulator.js';

test('a newcomer connects Snapchat and sees a purchase arrive', async ({ page, world }) => {
  await createFirstAccount(page, world);

  await test.step('add a source', async () => {
    await page.getByRole('link', { name: 'Sources' }).click();
    await expect(page.getByRole('heading', { name: 'Sources' })).toBeVisible();
    await world.apply(`
      [workspace]
      name = "Northwind Outdoor"
      [[source]]
      name = "Web shop"
      write_key = "wk_northwind_web"
      default_country = "US"
    `);
    await page.reload();
    await expect(page.getByText('wk_northwind_web').first()).toBeVisible();
  });

  await addSnapchat(page, world, 'Snapchat US');
  await authenticate(page);
  await choosePixel(page);
  await expect(page.getByText(northwind.pixel).first()).toBeVisible();
  await storeToken(page, capiToken);
  await expect(page.getByText(`…${capiToken.slice(-4)}`)).toBeVisible();

  await test.step('switch the events on', async () => {
    await page.getByRole('link', { name: 'Setup Event Workflow' }).click();
    for (const event of ['Order Completed', 'Product Viewed', 'added_to_segment']) {
      await page.getByRole('switch', { name: `Server-side for ${event}`, exact: true }).check();
    }
    await page.getByRole('button', { name: 'Save Changes' }).click();
    await expect(page.getByRole('status')).not.toBeEmpty();
    await page.reload();
    await expect(page.getByRole('switch', { name: 'Server-side for Order Completed', exact: true })).toBeChecked();
  });

  await test.step('the shop sells', async () => {
    await world.send('track', {
      event: 'Order Completed',
      messageId: 'order-message-1',
      anonymousId: 'visitor-1',
      timestamp: new Date().toISOString(),
      properties: { order_id: 'N-20418', total: 84.5, currency: 'USD', products: [{ product_id: 'SKU-1', price: 84.5, quantity: 1 }] },
      context: { traits: { email: 'Person@Example.com' }, page: { url: 'https://shop.example/thanks' } },
    });
  });

  await test.step('Events Manager shows it', async () => {
    await page.getByRole('link', { name: 'Events Manager' }).click();
    const row = page.getByRole('row').filter({ hasText: 'Order Completed' });
    await expect(row).toContainText('Delivered');
    await row.getByRole('link').first().click();
    await expect(page.getByText('N-20418').first()).toBeVisible();
    // Personal data is masked, on the page and in what the page was made from.
    expect(await page.content()).not.toContain('Person@Example.com');
    expect(await page.content()).not.toContain(capiToken);
  });

  await test.step('Snapchat has it, hashed', async () => {
    const events = await world.simulator.received();
    expect(events).toHaveLength(1);
    const text = JSON.stringify(events[0]);
    expect(text).toContain('"event_name":"PURCHASE"');
    expect(text).toContain('"event_id":"order-message-1"');
    expect(text).toContain('542d240129883c019e106e3b1b2d3f3cb3537c43c425364de8e951d5a3083345');
  });
});

test('new rows appear in Events Manager without reloading', async ({ page, world }) => {
  await createFirstAccount(page, world);
  await world.apply('[workspace]\nname = "Northwind Outdoor"\n[[source]]\nname = "Web shop"\nwrite_key = "wk_northwind_web"\n');
  await page.goto(`${world.url}/events`);
  await page.waitForLoadState('networkidle');
  await world.send('track', { event: 'Order Completed', anonymousId: 'visitor-1', properties: { order_id: 'N-1' } });
  await expect(page.getByRole('row').filter({ hasText: 'Order Completed' }).first()).toBeVisible();
});
