/** Starts and stops the real binaries. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

/** Where `cargo xtask build` put the binaries. */
export const dist =
  process.env.SWITCHYARD_DIST ?? path.resolve(fileURLToPath(import.meta.url), '../../../target/dist');

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** A running binary with what it has written. */
export class Running {
  private output = '';
  private readonly ended: Promise<number | null>;

  constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    child.stdout?.on('data', (chunk) => (this.output += chunk));
    child.stderr?.on('data', (chunk) => (this.output += chunk));
    this.ended = new Promise((resolve) => child.once('exit', resolve));
  }

  log(): string {
    return this.output;
  }

  /** Waits until `path` answers 200. */
  async ready(path: string): Promise<this> {
    for (let tries = 0; tries < 300; tries++) {
      if (this.child.exitCode !== null) break;
      const answer = await fetch(this.url + path).catch(() => undefined);
      if (answer?.ok) return this;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${this.url}${path} did not become ready:\n${this.output}`);
  }

  /** SIGTERM, and the exit status. */
  async stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.ended;
  }

  /** SIGKILL: what a power cut looks like to the process. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

export function start(binary: string, args: string[], env: Record<string, string>, url: string): Running {
  const child = spawn(path.join(dist, binary), args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Running(child, url);
}

/** Runs a command to its end. */
export async function run(
  binary: string,
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(path.join(dist, binary), args, { env: { PATH: process.env.PATH, ...env } });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { code, output };
}
