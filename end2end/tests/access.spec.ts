/** Who may come in, and what they see. */
import { dana, expect, test } from '../support/world.js';
import { configured } from '../support/configured.js';
import { addSnapchat, createFirstAccount, signIn } from '../support/steps.js';

test('the first run happens once', async ({ page, world }) => {
  await createFirstAccount(page, world);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/login/);
  await page.goto(`${world.url}/setup`);
  await expect(page.getByRole('button', { name: 'Create account' })).toHaveCount(0);
  await signIn(page, world);
});

test('a script that is signed out is redirected like a browser', async ({ request, world }) => {
  await configured(world);
  for (const [path, to] of [['/settings', '/login?next=%2Fsettings'], ['/setup', '/login']]) {
    const answer = await request.get(world.url + path, { maxRedirects: 0, headers: { Accept: '*/*' } });
    expect([answer.status(), answer.headers()['location']]).toEqual([302, to]);
  }
});

test('a new password ends the other sessions, and not this one', async ({ page, world, browser }) => {
  await createFirstAccount(page, world);
  const elsewhere = await (await browser.newContext()).newPage();
  await signIn(elsewhere, world);
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await page.getByLabel('Current password').fill(dana.password);
  await page.getByLabel('New password').fill('eleven green bottles');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('status')).toContainText('Your password was changed.');
  await page.reload();
  await expect(page).toHaveURL(/\/settings/);
  await elsewhere.reload();
  await expect(elsewhere).toHaveURL(/\/login/);
  await elsewhere.context().close();
});

test('an unknown user and a wrong password are answered alike', async ({ page, world }) => {
  await createFirstAccount(page, world);
  await page.getByRole('button', { name: 'Sign out' }).click();
  const answers: string[] = [];
  for (const email of ['dana@northwind.example', 'nobody@northwind.example']) {
    await page.goto(`${world.url}/login`);
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert').first()).not.toBeEmpty();
    answers.push((await page.getByRole('alert').first().textContent()) ?? '');
  }
  expect(answers[0]).toBe(answers[1]);
  expect(answers[0]).not.toBe('');
});

test('a workspace is invisible to others', async ({ page, world, browser }) => {
  await createFirstAccount(page, world);
  await addSnapchat(page, world, 'Snapchat US');
  const foreign = page.url();
  await world.apply(`
    [workspace]
    name = "Contoso"
    [[user]]
    name = "Max Weber"
    email = "max@contoso.example"
    password = "another long password"
    role = "admin"
  `);
  const context = await browser.newContext();
  const other = await context.newPage();
  await signIn(other, world, { name: 'Max Weber', email: 'max@contoso.example', password: 'another long password' });
  await expect(other.getByText('Snapchat US')).toHaveCount(0);
  const answer = await other.goto(foreign);
  expect(answer?.status()).toBe(404);
  await context.close();
});

test('a viewer sees everything and is offered nothing that would be refused', async ({ page, world }) => {
  await configured(world);
  await world.apply(`
    [workspace]
    name = "Northwind Outdoor"
    [[user]]
    name = "Vera Klein"
    email = "vera@northwind.example"
    password = "looking is enough"
    role = "viewer"
  `);
  await signIn(page, world, { name: 'Vera Klein', email: 'vera@northwind.example', password: 'looking is enough' });
  await expect(page.getByText('sees everything, changes nothing')).toBeVisible();
  await page.getByRole('link', { name: 'Snapchat US' }).click();
  const destination = new URL(page.url()).pathname;
  const main = page.getByRole('main');
  const pages = ['/destinations', '/destinations/catalog', destination, `${destination}/configuration`, `${destination}/workflow`, '/sources', '/audiences'];
  for (const address of pages) {
    await page.goto(world.url + address);
    await expect(main.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(main.getByRole('button', { name: /Save|Add|Create|Delete|Disable|Enable|Rename|Authenticate|Check|Disconnect|Change/ })).toHaveCount(0);
  }
  await page.goto(`${world.url}/settings`);
  await expect(main.getByRole('button')).toHaveText(['Change password']);
});

test('a request from another origin changes nothing', async ({ page, world }) => {
  await createFirstAccount(page, world);
  const cookies = (await page.context().cookies()).map((c) => `${c.name}=${c.value}`).join('; ');
  const form = page.locator('form').filter({ has: page.getByRole('button', { name: 'Sign out' }) });
  const action = await form.getAttribute('action');
  for (const origin of ['https://evil.example', 'null', undefined]) {
    const answer = await fetch(world.url + action, {
      method: 'POST',
      redirect: 'manual',
      headers: { Cookie: cookies, 'Content-Type': 'application/x-www-form-urlencoded', ...(origin ? { Origin: origin } : {}) },
    });
    expect(answer.status).toBe(403);
  }
  await page.reload();
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
});

test('pages carry a strict policy', async ({ world }) => {
  const answer = await fetch(`${world.url}/setup`);
  const policy = answer.headers.get('content-security-policy') ?? '';
  expect(policy).toMatch(/script-src [^;]*'nonce-[^']{10,}'/);
  expect(policy).not.toContain('unsafe-inline');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  const cookie = answer.headers.get('set-cookie') ?? '';
  if (cookie) expect(cookie).toMatch(/HttpOnly/i);
});

test('no form of a workspace can be sent by who only looks, or by another workspace', async ({ page, world, browser }) => {
  await configured(world);
  const vera = { name: 'Vera Klein', email: 'vera@northwind.example', password: 'looking is enough' };
  const max = { name: 'Max Weber', email: 'max@contoso.example', password: 'another long password' };
  for (const [workspace, who, role] of [['Northwind Outdoor', vera, 'viewer'], ['Contoso', max, 'admin']] as const) {
    await world.apply(`
      [workspace]
      name = "${workspace}"
      [[user]]
      name = "${who.name}"
      email = "${who.email}"
      password = "${who.password}"
      role = "${role}"
    `);
  }
  await signIn(page, world);
  await page.getByRole('link', { name: 'Snapchat US' }).click();
  await expect(page).toHaveURL(/\/destinations\/[0-9a-f-]{36}$/);
  const destination = new URL(page.url()).pathname;
  const forms = new Map<string, string>();
  for (const address of [destination, `${destination}/configuration`, `${destination}/workflow`, '/sources', '/settings', '/destinations/catalog']) {
    await page.goto(world.url + address);
    const found = await page.locator('form[method="post"]').evaluateAll((all) =>
      all.map((form) => [form.getAttribute('action') ?? '', new URLSearchParams(new FormData(form as HTMLFormElement) as never).toString()] as const),
    );
    for (const [action, body] of found) if (!forms.has(action)) forms.set(action, body);
  }
  // What is everybody's own: how pages look, one's password, the way out.
  const own = /set_display|change_password|sign_out|create_workspace/;
  const others = [...forms].filter(([action]) => !own.test(action));
  expect(others.length).toBeGreaterThan(8);
  const id = destination.split('/').pop() ?? '';
  for (const who of [vera, max]) {
    const other = await (await browser.newContext()).newPage();
    await signIn(other, world, who);
    // A workspace's admin may do much in the own one.
    for (const [action, data] of who === vera ? others : others.filter(([, body]) => body.includes(id))) {
      const answer = await other.request.post(world.url + action, {
        data,
        maxRedirects: 0,
        headers: { Origin: world.url, 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' },
      });
      expect(answer.status(), `${who.name} ${action}`).toBe(who === vera ? 403 : 404);
    }
    await other.context().close();
  }
});
