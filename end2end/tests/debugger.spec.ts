/** The debugger of a source: what came in, what was made of it, and what was refused and why; each source on its own. */
import { expect, test } from '../support/world.js';
import { configured } from '../support/configured.js';
import { signIn } from '../support/steps.js';
import { noViolations } from '../support/axe.js';

test('an event as it came and as it was understood, while others come in', async ({ page, world }) => {
  await configured(world);
  await world.apply('[workspace]\nname = "Northwind Outdoor"\n[[source]]\nname = "App"\nwrite_key = "wk_northwind_app"\n');
  await signIn(page, world);
  await page.goto(`${world.url}/sources`);
  await page.getByRole('link', { name: 'Web shop' }).click();
  await expect(page.getByText('Nothing recent.')).toBeVisible();
  await page.waitForLoadState('networkidle');

  await world.send('track', { event: 'Elsewhere', userId: 'u-2' }, 'wk_northwind_app');
  await world.send('track', {
    event: 'Purchased',
    anonymousId: 'a-1',
    messageId: 'm-1',
    properties: {
      customProperties: {
        transaction_number: { t: 'string', v: 'T-77' },
        identify_by_email: { t: 'string', v: 'person@example.com' },
      },
    },
  });
  await world.send('batch', { batch: [{ type: 'track', userId: 'u-1' }] });
  // The page looks again by itself.
  const row = page.getByRole('row').filter({ hasText: 'Purchased' });
  await expect(row).toContainText('T-77');
  await expect(page.getByRole('row').filter({ hasText: 'missing_event' })).toBeVisible();
  await expect(page.getByText('Elsewhere')).toHaveCount(0);
  await noViolations(page);

  await row.getByRole('link', { name: 'Purchased' }).click();
  await expect(page.getByRole('heading', { name: 'Received' })).toBeVisible();
  const received = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Received' }) });
  const understood = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Understood' }) });
  await expect(received).toContainText('customProperties');
  await expect(understood).toContainText('transaction_number');
  await expect(understood).not.toContainText('customProperties');
  await expect(page.locator('body')).not.toContainText('person@example.com');
  await noViolations(page);
  await page.goto('about:blank');
});
