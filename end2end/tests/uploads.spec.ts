/** Files of people: what is in one is told before anything is imported, and what was not taken can be downloaded. */
import { readFile } from 'node:fs/promises';
import { type Page } from '@playwright/test';
import { noViolations } from '../support/axe.js';
import { type World, expect, test } from '../support/world.js';
import { configured } from '../support/configured.js';
import { signIn, viewerPage } from '../support/steps.js';


const people = [
  '\ufeffE-mail;Phone;Name;Plan',
  'Dana@Northwind.example;+1 415 555 0123;Dana;pro',
  'no address;;Lee;pro',
  'max@northwind.example;12;"Max; the ""great""";basic',
  'too;few',
].join('\r\n');

async function upload(page: Page, world: World, text: string | Buffer, name = 'vip.csv'): Promise<void> {
  await page.goto(`${world.url}/uploads/new`);
  const buffer = typeof text === 'string' ? Buffer.from(text) : text;
  await page.getByLabel('CSV file').setInputFiles({ name, mimeType: 'text/csv', buffer });
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
}

/** Without scripts the page is looked at again. */
async function imported(page: Page): Promise<void> {
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole('heading', { name: 'Imported' })).toBeVisible({ timeout: 500 });
  }).toPass();
}

test.beforeEach(async ({ page, world }) => {
  await configured(world);
  await signIn(page, world);
});

test('a file with mistakes goes into a static audience, and the mistakes come back', async ({ page, world }) => {
  await page.goto(`${world.url}/audiences`);
  await page.getByRole('link', { name: 'Upload people' }).click();
  await expect(page.getByText('No file yet')).toBeVisible();
  await noViolations(page);
  await page.getByRole('link', { name: 'Upload a file' }).click();
  await noViolations(page);
  await upload(page, world, people);

  await expect(page.getByRole('heading', { level: 1 })).toHaveText('vip.csv');
  await expect(page.getByLabel('What E-mail holds')).toHaveValue('email');
  await expect(page.getByText('2 rows will be taken')).toBeVisible();
  await expect(page.getByText(/1 row: None of its columns .* First on line 3\./)).toBeVisible();
  await expect(page.getByText(/1 value: Not a phone number in the column “Phone”/)).toBeVisible();
  await page.getByText('The first 2 of those that will not be taken').click();
  await expect(page.getByRole('table', { name: 'Rows that will not be taken' })).toContainText('It has 2 columns, the first line has 4.');
  await expect(page.locator('body')).not.toContainText('northwind.example;');
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await noViolations(page);
  }
  await page.setViewportSize({ width: 1280, height: 900 });

  // Without a column that tells who it is, nothing can be imported.
  await page.getByLabel('What E-mail holds').selectOption('skip');
  await page.getByLabel('What Phone holds').selectOption('skip');
  await page.getByRole('button', { name: 'Read it like this' }).click();
  await expect(page.getByText('Choose at least one column')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Start the import' })).toHaveCount(0);
  await page.getByLabel('What E-mail holds').selectOption('email');
  await page.getByLabel('What Phone holds').selectOption('phone');
  await page.getByRole('button', { name: 'Read it like this' }).click();
  await expect(page.getByText('2 rows will be taken')).toBeVisible();

  await page.getByRole('radio', { name: 'Into a new static audience, too' }).check();
  await page.getByRole('button', { name: 'Start the import' }).click();
  await expect(page.getByText('Give the audience a name.')).toBeVisible();
  await page.getByRole('textbox', { name: 'Name of the new audience' }).fill('VIP list');
  await page.getByRole('radio', { name: 'Into a new static audience, too' }).check();
  await page.getByRole('button', { name: 'Start the import' }).click();
  // The page looks again by itself.
  await expect(page.getByRole('heading', { name: 'Imported' })).toBeVisible();
  await expect(page.getByText('2 rows taken, 2 not.')).toBeVisible();
  await noViolations(page);

  const waiting = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download 2 rows not taken' }).click();
  const download = await waiting;
  const lines = (await readFile(await download.path(), 'utf8')).split('\r\n');
  expect(lines[0]).toBe('Line,Reason,E-mail,Phone,Name,Plan');
  expect(lines[1]).toContain('3,');
  expect(lines[1]).toContain('no address,,Lee,pro');
  expect(lines[2]).toContain('5,');

  await page.goto(`${world.url}/profiles?q=dana@northwind.example`);
  await page.getByRole('link', { name: /^Person \d+/ }).click();
  await expect(page.getByRole('table', { name: 'In these audiences' })).toContainText('Came with an uploaded file.');
  await page.goto(`${world.url}/audiences`);
  await expect(page.getByRole('row').filter({ hasText: 'VIP list' })).toContainText('2');
  await page.goto(`${world.url}/uploads`);
  await expect(page.getByRole('row').filter({ hasText: 'vip.csv' })).toContainText('Imported');
  await noViolations(page);
});

test('what is no list of people says why', async ({ page, world }) => {
  for (const [bytes, told] of [
    [Buffer.from('PK\u0003\u0004rest'), 'This is an Excel workbook.'],
    [Buffer.from('\ufeffemail\ndana@n.example\n', 'utf16le'), 'This file is UTF-16.'],
    [Buffer.from('email\n'), 'no rows below'],
    [Buffer.from(' \n'), 'This file is empty.'],
  ] as const) {
    await upload(page, world, bytes);
    await expect(page.getByText(told)).toBeVisible();
  }
  await noViolations(page);
});

test('an import goes on after the server was killed', async ({ page, world }) => {
  const rows = Array.from({ length: 12_000 }, (_, n) => `p${n}@n.example,plan-${n % 3}`);
  await upload(page, world, ['email,plan', ...rows].join('\n'), 'many.csv');
  await page.getByRole('button', { name: 'Start the import' }).click();
  await expect(page).toHaveURL(/\/uploads\/[0-9a-f-]{36}/);
  await expect(page.getByRole('progressbar').or(page.getByRole('heading', { name: 'Imported' }))).toBeVisible();
  // A page that asks while nobody answers writes to the console.
  const address = page.url();
  await page.goto('about:blank');
  await world.crashAndRestart();
  await page.goto(address);
  await imported(page);
  await expect(page.getByText('12,000 rows taken, 0 not.')).toBeVisible();
  await expect(page.getByRole('definition').filter({ hasText: /^12,000$/ })).toHaveCount(2);
});

test('a viewer uploads nothing and downloads nothing', async ({ page, world, browser }) => {
  await upload(page, world, people);
  await page.getByRole('button', { name: 'Start the import' }).click();
  await imported(page);
  const address = page.url();
  const other = await viewerPage(browser, world);
  await other.goto(`${world.url}/uploads/new`);
  await expect(other.getByText('Only marketers and admins upload files.')).toBeVisible();
  await other.goto(address);
  await expect(other.getByText('2 rows taken, 2 not.')).toBeVisible();
  await expect(other.getByRole('link', { name: /Download/ })).toHaveCount(0);
  const answer = await other.context().request.get(`${new URL(address).href}/rejected.csv`);
  expect(answer.status()).toBe(403);
  const posted = await other.context().request.post(`${world.url}/uploads/file`, {
    headers: { Origin: world.url },
    multipart: { file: { name: 'x.csv', mimeType: 'text/csv', buffer: Buffer.from(people) } },
  });
  expect(posted.status()).toBe(403);
  const foreign = await other.context().request.post(`${world.url}/uploads/file`, {
    headers: { Origin: 'https://evil.example' },
    multipart: { file: { name: 'x.csv', mimeType: 'text/csv', buffer: Buffer.from(people) } },
  });
  expect(foreign.status()).toBe(403);
  await other.context().close();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a file is uploaded, read and imported', async ({ page, world }) => {
    await upload(page, world, people);
    await page.getByLabel('What Plan holds').selectOption('skip');
    await page.getByRole('button', { name: 'Read it like this' }).click();
    await expect(page.getByRole('status')).toContainText('looked through');
    await expect(page.getByLabel('What Plan holds')).toHaveValue('skip');
    await page.getByRole('button', { name: 'Start the import' }).click();
    await expect(page.getByRole('status')).toContainText('started');
    await imported(page);
    await expect(page.getByText('2 rows taken, 2 not.')).toBeVisible();
  });
});
