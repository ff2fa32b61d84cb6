/** Segment's own libraries behind a proxy that cuts connections: each event is sent exactly once. */
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { Analytics } from '@segment/analytics-node';
import { build } from 'esbuild';
import { configured } from '../support/configured.js';
import { CuttingProxy, type Fate } from '../support/cuts.js';
import { execute, pythonWithSegment } from '../support/python.js';
import { Shop } from '../support/shop.js';
import { type World, expect, test } from '../support/world.js';

const here = path.dirname(fileURLToPath(import.meta.url));
const EVENTS = 8;
const SKUS = Array.from({ length: EVENTS }, (_, at) => `SKU-${at}`);
const FATES: Fate[] = ['before', 'after', 'pass', 'after', 'before', 'after', 'after', 'pass', 'before', 'after'];
const context = { traits: { email: 'person@example.com' }, page: { url: 'https://shop.example/' } };

test.use({ tolerated: /net::ERR_/ });

/** The products of the views that arrived, one entry for each time. */
async function arrived(world: World): Promise<string[]> {
  const events = await world.simulator.received();
  return events.flatMap((received) => received.event.custom_data?.content_ids ?? []).sort();
}

async function arriveOnce(world: World, proxy: CuttingProxy): Promise<void> {
  await expect.poll(() => arrived(world), { timeout: 60_000 }).toEqual(expect.arrayContaining(SKUS));
  // What would come twice would have come before this one.
  await world.send('track', { event: 'Product Viewed', userId: 'user-1', context, properties: { sku: 'the last' } });
  await expect.poll(() => arrived(world)).toEqual([...SKUS, 'the last']);
  expect(proxy.seen).toBeGreaterThan(1);
  const { code, output } = await world.command('check');
  expect(code, output).toBe(0);
}

async function behindCuts(world: World): Promise<CuttingProxy> {
  await configured(world, '"Product Viewed" = { server = true }');
  return CuttingProxy.start(world.url, FATES);
}

test('analytics-node', async ({ world }) => {
  const proxy = await behindCuts(world);
  const analytics = new Analytics({ writeKey: 'wk_northwind_web', host: proxy.url, maxRetries: 10, flushAt: 2 });
  for (const sku of SKUS) {
    analytics.track({ userId: 'user-1', event: 'Product Viewed', properties: { sku }, context });
  }
  await analytics.closeAndFlush({ timeout: 60_000 });
  await arriveOnce(world, proxy);
  await proxy.stop();
});

test('analytics-next in a browser', async ({ page, world }) => {
  const proxy = await behindCuts(world);
  const bundle = await build({
    stdin: {
      contents: `
        import { AnalyticsBrowser } from '@segment/analytics-next';
        const analytics = AnalyticsBrowser.load(
          { writeKey: 'wk_northwind_web', cdnSettings: { integrations: { 'Segment.io': { apiKey: 'wk_northwind_web' } } } },
          { integrations: { 'Segment.io': { apiHost: '${new URL(proxy.url).host}/v1', protocol: 'http' } } },
        );
        analytics.identify('user-1', ${JSON.stringify(context.traits)});
        for (const sku of ${JSON.stringify(SKUS)}) analytics.track('Product Viewed', { sku });
      `,
      resolveDir: here,
    },
    bundle: true,
    write: false,
    format: 'iife',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const script = { '/app.js': bundle.outputFiles[0]!.text };
  const shop = await Shop.start('<script src="/app.js" defer></script>', [proxy.url], script);
  await page.goto(shop.url);
  await arriveOnce(world, proxy);
  await shop.stop();
  await proxy.stop();
});

test('segment-analytics-python', async ({ world }) => {
  const proxy = await behindCuts(world);
  const script = `
import segment.analytics as analytics
from segment.analytics.client import Client
def failed(error, items): raise SystemExit(str(error))
client = Client('wk_northwind_web', host='${proxy.url}', gzip=True, upload_size=2, max_retries=10, on_error=failed)
for sku in ${JSON.stringify(SKUS)}:
    client.track('user-1', 'Product Viewed', {'sku': sku}, context=${JSON.stringify(context)})
client.flush()
`;
  const { code, output } = await execute(await pythonWithSegment(), ['-c', script]);
  expect(code, output).toBe(0);
  await arriveOnce(world, proxy);
  await proxy.stop();
});
