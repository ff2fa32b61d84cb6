/** Segment's own libraries, only told another host. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Analytics } from '@segment/analytics-node';
import { build } from 'esbuild';
import { configured } from '../support/configured.js';
import { execute, pythonWithSegment } from '../support/python.js';
import { Shop } from '../support/shop.js';
import { expect, test } from '../support/world.js';

const here = path.dirname(fileURLToPath(import.meta.url));
const properties = { order_id: 'N-1', total: 20, currency: 'USD' };
const traits = { email: 'person@example.com' };

async function purchases(world: import('../support/world.js').World): Promise<number> {
  const events = await world.simulator.received();
  return events.filter((event) => JSON.stringify(event).includes('"event_name":"PURCHASE"')).length;
}

test('analytics-node, whose retry is no second purchase', async ({ world }) => {
  await configured(world);
  // The first answer is lost on its way: the library sends the same batch again.
  let lost = 0;
  const flaky = async (url: RequestInfo | URL, init?: RequestInit) => {
    const answer = await fetch(url, init);
    return lost++ === 0 ? new Response('{}', { status: 500 }) : answer;
  };
  const analytics = new Analytics({
    writeKey: 'wk_northwind_web',
    host: world.url,
    maxRetries: 3,
    httpClient: { makeRequest: ({ url, method, headers, body }: any) => flaky(url, { method, headers, body }) } as any,
  });
  analytics.identify({ userId: 'user-1', traits });
  analytics.track({ userId: 'user-1', event: 'Order Completed', properties, context: { traits, page: { url: 'https://shop.example/' } } });
  await analytics.closeAndFlush();
  expect(lost).toBeGreaterThan(1);
  await expect.poll(() => purchases(world)).toBe(1);
  const { code, output } = await world.command('check');
  expect(code, output).toBe(0);
});

test('the other calls of analytics-node are what they say', async ({ world }) => {
  await configured(world, '"Order Completed" = { server = true }\n"Page View" = { server = true }\nGroup = { snap = "CUSTOM_EVENT_1", server = true }');
  const analytics = new Analytics({ writeKey: 'wk_northwind_web', host: world.url });
  const page = { url: 'https://shop.example/docs' };
  analytics.identify({ anonymousId: 'visitor-1', traits });
  analytics.alias({ previousId: 'visitor-1', userId: 'user-1' });
  analytics.page({ userId: 'user-1', category: 'Docs', name: 'Index', properties: page });
  analytics.screen({ userId: 'user-1', name: 'Home' });
  analytics.group({ userId: 'user-1', groupId: 'acme', traits: { email: 'office@example.com' }, context: { page } });
  analytics.track({ userId: 'user-1', event: 'Order Completed', properties, context: { page } });
  await analytics.closeAndFlush();
  const arrived = async () => (await world.simulator.received()).map(({ event_name }) => event_name).sort();
  await expect.poll(arrived).toEqual(['CUSTOM_EVENT_1', 'PAGE_VIEW', 'PURCHASE']);
  // Who was identified under the id before is the same person; a group's address is nobody's.
  const digest = createHash('sha256').update(traits.email).digest('hex');
  for (const { event } of (await world.simulator.received()) as any[]) expect(event.user_data.em, event.event_name).toEqual([digest]);
  const { code, output } = await world.command('check');
  expect(code, output).toBe(0);
});

test('analytics-next in a browser', async ({ page, world }) => {
  await configured(world);
  const address = new URL(world.url).host;
  const bundle = await build({
    stdin: {
      contents: `
        import { AnalyticsBrowser } from '@segment/analytics-next';
        const analytics = AnalyticsBrowser.load(
          { writeKey: 'wk_northwind_web', cdnSettings: { integrations: { 'Segment.io': { apiKey: 'wk_northwind_web' } } } },
          { integrations: { 'Segment.io': { apiHost: '${address}/v1', protocol: 'http' } } },
        );
        analytics.identify('user-1', ${JSON.stringify(traits)});
        analytics.track('Order Completed', ${JSON.stringify(properties)});
      `,
      resolveDir: here,
    },
    bundle: true,
    write: false,
    format: 'iife',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const shop = await Shop.start('<script src="/app.js" defer></script>', [world.url], {
    '/app.js': bundle.outputFiles[0]!.text,
  });
  await page.goto(shop.url);
  await expect.poll(() => purchases(world)).toBe(1);
  await shop.stop();
});

test('segment-analytics-python', async ({ world }) => {
  await configured(world);
  const python = await pythonWithSegment();
  const script = `
import segment.analytics as analytics
analytics.write_key = 'wk_northwind_web'
analytics.host = '${world.url}'
analytics.gzip = True
def failed(error, items): raise SystemExit(str(error))
analytics.on_error = failed
analytics.track('user-1', 'Order Completed', ${JSON.stringify(properties)},
    context={'traits': ${JSON.stringify(traits)}, 'page': {'url': 'https://shop.example/'}})
analytics.flush()
`;
  const { code, output } = await execute(python, ['-c', script]);
  expect(code, output).toBe(0);
  await expect.poll(() => purchases(world)).toBe(1);
});
