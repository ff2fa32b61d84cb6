/** Python with Segment's library. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from '@playwright/test';

const here = path.dirname(fileURLToPath(import.meta.url));

/** A virtual environment kept between runs. */
export async function pythonWithSegment(): Promise<string> {
  const folder = path.join(homedir(), '.cache/switchyard/python');
  const python = path.join(folder, 'bin/python');
  if (!existsSync(path.join(folder, 'installed'))) {
    const steps: [string, string[]][] = [
      ['python3', ['-m', 'venv', folder]],
      [python, ['-m', 'pip', 'install', '-q', '-r', path.join(here, '../python/requirements.txt')]],
      ['touch', [path.join(folder, 'installed')]],
    ];
    for (const [command, args] of steps) {
      const { code, output } = await execute(command, args);
      expect(code, `${command} ${args.join(' ')}: ${output}`).toBe(0);
    }
  }
  return python;
}

export async function execute(command: string, args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(command, args);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  return { code, output };
}
