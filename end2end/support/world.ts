/** One test's world: a simulator, a server on a fresh database, and a watch on the browser's console. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Page, expect, test as base } from '@playwright/test';
import { Running, freePort, run, start } from './process.js';
import { Simulator } from './simulator.js';

export const dana = { name: 'Dana Lopez', email: 'dana@northwind.example', password: 'ten green bottles' };

export class World {
  private constructor(
    private readonly folder: string,
    private readonly env: Record<string, string>,
    readonly simulator: Simulator,
    private server: Running,
  ) {}

  static async start(): Promise<World> {
    const folder = await mkdtemp(path.join(tmpdir(), 'switchyard-'));
    const simulator = await Simulator.start();
    const port = await freePort();
    const env = {
      SWITCHYARD_ADDR: `127.0.0.1:${port}`,
      SWITCHYARD_DATABASE_URL: `sqlite://${path.join(folder, 'test.db')}`,
      SWITCHYARD_METRICS_ADDR: `127.0.0.1:${await freePort()}`,
      SWITCHYARD_LOG: 'warn',
      ...simulator.settings(),
    };
    const server = await World.serve(env);
    return new World(folder, env, simulator, server);
  }

  private static serve(env: Record<string, string>): Promise<Running> {
    return start('switchyard', ['serve'], env, `http://${env.SWITCHYARD_ADDR}`).ready('/readyz');
  }

  get url(): string {
    return this.server.url;
  }

  log(): string {
    return this.server.log();
  }

  /** Asks the server to stop, which it does with status 0, and starts it again. */
  async stopAndRestart(): Promise<void> {
    expect(await this.server.stop(), this.server.log()).toBe(0);
    this.server = await World.serve(this.env);
  }

  /** Ends the server without a chance to tidy up, and starts it again on the same database after what is to happen while it is down. */
  async crashAndRestart(meanwhile?: () => Promise<void>): Promise<void> {
    await this.server.kill();
    await meanwhile?.();
    this.server = await World.serve(this.env);
  }

  /** `switchyard apply` of this text. */
  async apply(toml: string): Promise<string> {
    const file = path.join(this.folder, 'apply.toml');
    await writeFile(file, toml);
    const { code, output } = await this.command('apply', file);
    expect(code, output).toBe(0);
    return output;
  }

  command(...args: string[]): Promise<{ code: number | null; output: string }> {
    return run('switchyard', args, this.env);
  }

  /** Sends one call of the tracking API and expects it to be taken. */
  async send(call: string, body: object, writeKey = 'wk_northwind_web'): Promise<void> {
    const answer = await fetch(`${this.url}/v1/${call}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Basic ${btoa(`${writeKey}:`)}` },
      body: JSON.stringify(body),
    });
    expect(answer.status, await answer.text()).toBe(200);
  }

  async stop(): Promise<void> {
    const code = await this.server.stop();
    await this.simulator.stop();
    await rm(this.folder, { recursive: true, force: true });
    expect(code, this.server.log()).toBe(0);
  }
}

/** What the browser may say without failing a test. */
const expected = [/preloaded using link preload but not used/];

/** Takes down what a page writes to the console as an error or warning, until it is read: there should be none. */
function watchConsole(page: Page, tolerated?: RegExp): () => string[] {
  const messages: string[] = [];
  const silent = [...expected, ...(tolerated ? [tolerated] : [])];
  let watching = true;
  const note = (message: string) => watching && messages.push(message);
  page.on('pageerror', (error) => note(`uncaught at ${page.url()}: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (['error', 'warning'].includes(message.type()) && !silent.some((pattern) => pattern.test(text))) {
      note(`${message.type()}: ${text}`);
    }
  });
  return () => {
    watching = false;
    return messages;
  };
}

export const test = base.extend<{ world: World; tolerated: RegExp | undefined; written: () => string[] }>({
  /** What the browser may say beyond that, in tests that cause it. */
  tolerated: [undefined, { option: true }],
  world: async ({ written }, use) => {
    const world = await World.start();
    await use(world);
    // An open page goes on asking a server that is no more.
    written();
    await world.stop();
  },
  written: [
    async ({ page, tolerated }, use) => {
      const written = watchConsole(page, tolerated);
      await use(written);
      expect(written()).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
