/** What people do on the pages, by role and name. */
import { type Browser, type Page, expect } from '@playwright/test';
import { type World, dana } from './world.js';
import { northwind } from './simulator.js';


export async function createFirstAccount(page: Page, world: World): Promise<void> {
  await page.goto(world.url);
  await expect(page).toHaveURL(/\/setup$/);
  await page.getByLabel('Workspace name').fill('Northwind Outdoor');
  await page.getByLabel('Your name').fill(dana.name);
  await page.getByLabel('Email').fill(dana.email);
  await page.getByLabel('Password').fill(dana.password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page).toHaveURL(/\/destinations/);
}

export async function signIn(page: Page, world: World, who = dana): Promise<void> {
  await page.goto(`${world.url}/login`);
  await page.getByLabel('Email').fill(who.email);
  await page.getByLabel('Password').fill(who.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
}

/** A page of a browser of its own, where somebody is signed in who may only look. */
export async function viewerPage(browser: Browser, world: World): Promise<Page> {
  const viewer = { name: 'Vera Viewer', email: 'vera@northwind.example', password: 'a long password for vera' };
  await world.apply(`
    [workspace]
    name = "Northwind Outdoor"
    [[user]]
    name = "${viewer.name}"
    email = "${viewer.email}"
    password = "${viewer.password}"
    role = "viewer"
  `);
  const page = await (await browser.newContext()).newPage();
  await signIn(page, world, viewer);
  return page;
}

export async function addSnapchat(page: Page, world: World, name: string): Promise<void> {
  await page.goto(`${world.url}/destinations`);
  await page.getByRole('link', { name: 'All Destinations' }).click();
  await page.getByRole('searchbox', { name: 'Search destinations' }).fill('snap');
  await page.getByRole('link', { name: 'Snapchat', exact: true }).or(page.getByRole('button', { name: 'Snapchat', exact: true })).click();
  await page.getByRole('textbox', { name: 'Destination name' }).fill(name);
  await page.getByRole('button', { name: 'Save and Enable' }).click();
  await expect(page).toHaveURL(/\/configuration/);
}

/** From "Authenticate Snapchat" to the way back. */
export async function authenticate(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Authenticate Snapchat' }).click();
  await page.getByLabel('Email or username').fill(northwind.login.user);
  await page.getByLabel('Password').fill(northwind.login.password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveURL(/\/destinations\/.*\/configuration/);
}

export async function choosePixel(page: Page): Promise<void> {
  await page.getByLabel('Business Manager account').selectOption({ label: northwind.business });
  await page.getByLabel('Ad Account').selectOption({ label: northwind.adAccount });
  await page.getByLabel('Snap Pixel').selectOption({ label: northwind.pixel });
  await page.getByRole('button', { name: 'Submit' }).click();
  await expect(page.getByRole('status')).not.toBeEmpty();
}

export async function storeToken(page: Page, token: string): Promise<void> {
  await page.getByLabel('Conversion API Token').fill(token);
  await page.getByRole('switch', { name: 'Send data via Server-side' }).check();
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByRole('status')).not.toBeEmpty();
}
