/** Ten thousand malformed bodies over HTTP: each is answered with a reason, and none costs its neighbours anything. */
import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { configured } from '../support/configured.js';
import { expect, test } from '../support/world.js';

const BODIES = 10_000;
const CONNECTIONS = 16;
const CALLS = ['track', 'identify', 'page', 'screen', 'group', 'alias', 'batch', 'import', 't', 'i', 'p', 's', 'g', 'a', 'b'];
const WORDS = [
  'null', '""', '[]', '{}', '-1e999', '9'.repeat(400), '"\\ud800"', '"\\u0000"', '1e-999999', '{"t":"Object","v":', '[[[[[[', '"2026-13-45T99:99:99Z"',
];

/** Numbers that are the same in each run (mulberry32). */
class Dice {
  constructor(private state: number) {}

  roll(sides: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.roll(list.length)]!;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.roll(256)));
  }
}

interface Hostile {
  call: string;
  body: Buffer;
  headers: Record<string, string>;
  /** Message ids of events in it that are sound. */
  sound: string[];
}

const sound = (id: string) => ({ type: 'track', event: 'Product Viewed', messageId: id, userId: 'u', properties: { sku: id } });

/** A sound call of every field, to be damaged. */
function whole(): string {
  return JSON.stringify({
    ...sound('damaged'), timestamp: '2026-11-25T10:00:00Z', sentAt: 1e12, batch: [sound('inner')],
    properties: { value: { t: 'string', v: '1' }, products: [{ name: '\u{1f600}' }], customProperties: { a: 1 } },
    context: { ip: '::1', traits: { email: 'a@b.example' }, page: { url: 'https://s.example/?ScCid=1' } }, traits: { phone: 1 },
  });
}

/** Cuts, repeats, flips and inserts. */
function damaged(dice: Dice): Buffer {
  let body = Buffer.from(whole());
  for (let times = dice.roll(8); times >= 0; times--) {
    const at = dice.roll(body.length || 1);
    const [head, tail] = [body.subarray(0, at), body.subarray(at)];
    switch (dice.roll(5)) {
      case 0: body = Buffer.from(head.length > 0 ? head : tail); break;
      case 1: body = Buffer.concat([head, tail.subarray(1)]); break;
      case 2: body = Buffer.concat([head, dice.bytes(1), tail.subarray(1)]); break;
      case 3: body = Buffer.concat([head, Buffer.from(dice.pick(WORDS)), tail]); break;
      default: body = Buffer.concat([head, tail.subarray(0, 20), tail]);
    }
  }
  return body;
}

/** A batch of sound and unsound events. */
function mixed(dice: Dice, number: number): Hostile {
  const unsound = [null, 7, 'x', [], {}, { type: 'nope', userId: 'u' }, { type: 'track', userId: 'u' }, { type: 'alias', userId: 'u' },
    { type: 'track', event: { t: 1 }, userId: [] }, { type: 'track', event: 'added_to_segment', userId: 'u' }, { ...sound('x'), messageId: 'x'.repeat(300) },
    { type: 'track', event: 'x' }];
  const ids = Array.from({ length: 1 + dice.roll(4) }, (_, at) => `sound-${number}-${at}`);
  const events: unknown[] = ids.map(sound);
  for (let times = dice.roll(5); times >= 0; times--) events.splice(dice.roll(events.length + 1), 0, dice.pick(unsound));
  return { call: dice.pick(['batch', 'import', 'b']), body: Buffer.from(JSON.stringify({ batch: events })), headers: {}, sound: ids };
}

const deep = (depth: number) => Buffer.from(`{"event":"x","userId":"u","properties":${'{"a":['.repeat(depth)}${']}'.repeat(depth)}}`);

function hostile(dice: Dice, number: number, bombs: Buffer[]): Hostile {
  const call = dice.pick(CALLS);
  const plain = (body: Buffer, headers: Record<string, string> = {}): Hostile => ({ call, body, headers, sound: [] });
  const packed = gzipSync(whole());
  switch (dice.roll(12)) {
    case 0: return plain(dice.bytes(dice.roll(600)));
    case 1: return plain(packed.subarray(0, dice.roll(packed.length)), { 'Content-Encoding': 'gzip' });
    case 2: {
      packed[dice.roll(packed.length)]! ^= 1 << dice.roll(8);
      return plain(packed, { 'Content-Encoding': 'gzip' });
    }
    case 3: return number % 8 === 0 ? plain(dice.pick(bombs), { 'Content-Encoding': 'gzip' }) : plain(deep(1 + dice.roll(600)));
    case 4: return plain(Buffer.from(whole()), { 'Content-Encoding': dice.pick(['br', 'deflate', 'gzip, gzip', 'x']) });
    case 5: return plain(Buffer.from(whole()), { 'Content-Type': dice.pick(['text/html', 'application/xml', 'multipart/form-data', 'x']) });
    case 6: return plain(Buffer.from(whole(), 'utf16le'));
    case 7: return plain(Buffer.from(JSON.stringify({ ...sound('m'), [dice.pick(['timestamp', 'sentAt', 'messageId', 'userId', 'context', 'properties', 'event', 'type'])]:
      dice.pick([null, true, -1, 2 ** 63, 1e300, [], {}, [[]], '', '\u0000', 'x'.repeat(500), '9999-12-31T23:59:59Z']) })));
    case 8: case 9: return mixed(dice, number);
    default: return plain(damaged(dice));
  }
}

interface Answer {
  status: number;
  body: any;
}

/** One POST. With `cut` the connection ends in the middle of the body, and there is no answer. */
function post(agent: Agent, url: string, { call, body, headers }: Hostile, cut: boolean): Promise<Answer | undefined> {
  return new Promise((resolve, reject) => {
    const all = { 'Content-Type': 'application/json', Authorization: `Basic ${btoa('wk_northwind_web:')}`, ...headers };
    const length = body.length + (cut ? 10 : 0);
    const outgoing = request(`${url}/v1/${call}`, { method: 'POST', agent, headers: { ...all, 'Content-Length': length } }, async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      resolve({ status: answer.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) });
    });
    outgoing.on('error', (error) => (cut ? resolve(undefined) : reject(error)));
    if (!cut) {
      outgoing.end(body);
      return;
    }
    outgoing.on('close', () => resolve(undefined));
    // One byte at least: nothing is written of an empty chunk.
    outgoing.write(body.length > 0 ? body : ' ', () => outgoing.destroy());
  });
}

/** What is wrong with an answer. */
function fault({ status, body }: Answer, { sound }: Hostile): string | undefined {
  if (![200, 400, 413, 415].includes(status)) return 'status';
  if (body.success !== (status === 200)) return 'success';
  if (status !== 200 && !(body.code && body.message)) return 'no reason';
  if (sound.length > 0 && body.accepted !== sound.length) return 'neighbours';
  if (status === 200 && !body.rejected.every((one: any) => one.index >= 0 && one.code && one.message)) return 'rejected';
  return undefined;
}

test('ten thousand malformed bodies are each answered, and sound neighbours are taken', async ({ world }) => {
  // For machines that are busy with something else.
  test.setTimeout(180_000);
  await configured(world);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const bombs = [gzipSync(Buffer.alloc(20_000_000, ' ')), gzipSync(Buffer.alloc(5_000_000, '['))];
  const statuses = new Map<number, number>();
  const taken: string[] = [];
  // Looked at once: each `expect` would be a step of the trace.
  const faults: string[] = [];
  let next = 0;
  const sender = async () => {
    for (let number = next++; number < BODIES; number = next++) {
      const dice = new Dice(number);
      const one = hostile(dice, number, bombs);
      const answer = await post(agent, world.url, one, dice.roll(50) === 0);
      if (!answer) continue;
      const wrong = fault(answer, one);
      if (wrong) faults.push(`${number}: ${wrong} ${answer.status} ${JSON.stringify(answer.body)}`);
      taken.push(...one.sound);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, sender));
  expect(faults).toEqual([]);
  for (const status of [200, 400, 413, 415]) expect(statuses.get(status) ?? 0, `answers ${status}`).toBeGreaterThan(50);

  // Whatever was said to be taken is there: sent again it is a duplicate.
  for (let at = 0; at < taken.length; at += 1_000) {
    const again = taken.slice(at, at + 1_000);
    const body = Buffer.from(JSON.stringify({ batch: again.map(sound) }));
    const answer = await post(agent, world.url, { call: 'batch', body, headers: {}, sound: [] }, false);
    expect(answer).toMatchObject({ status: 200, body: { accepted: 0, duplicates: again.length } });
  }
  agent.destroy();
  await world.send('track', sound('after all'));
  const { code, output } = await world.command('check');
  expect(code, output).toBe(0);
  expect(world.log()).not.toContain('panicked');
});
