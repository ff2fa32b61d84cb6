// The peer of `cargo xtask bench map`: the snap conversions of @segment/action-destinations on the events of a file, one JSON
// object a line. Its full path of an event runs: subscriptions, mapping-kit, validation, hashing, the body as JSON. Only the
// request itself is left out.
'use strict'
const fs = require('node:fs')

const [, , file, seconds] = process.argv

let bytes = 0
let bodies = 0
/** In the place of the HTTP client: makes the body and takes it as sent. */
const withoutNetwork = () => async (_url, options) => {
  bytes += Buffer.byteLength(JSON.stringify(options.json))
  bodies += 1
  return { status: 200, statusText: 'OK', headers: new Map(), data: {}, content: '{}' }
}
const core = require.resolve('@segment/actions-core')
const client = require.resolve(core.replace(/index\.js$/, 'create-request-client.js'))
require.cache[client] = { id: client, filename: client, loaded: true, exports: { __esModule: true, default: withoutNetwork } }

const { Destination } = require('@segment/actions-core')
const definition = require('@segment/action-destinations/dist/destinations/snap-conversions-api').default

const destination = new Destination(definition)
const subscriptions = definition.presets
  .filter((preset) => preset.partnerAction === 'reportConversionEvent')
  .map((preset) => ({ subscribe: preset.subscribe, partnerAction: preset.partnerAction, mapping: preset.mapping, enabled: true }))
const settings = {
  pixel_id: '9f3c2d1e-4b5a-4c6d-8e7f-0a1b2c3d4e5f',
  oauth: { access_token: 'bench-token' },
  subscriptions,
}
const events = fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line))

const cpu = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

async function run(until) {
  const began = cpu()
  const from = process.hrtime.bigint()
  let done = 0
  while (cpu() - began < until) {
    for (let index = 0; index < 500; index += 1) {
      await destination.onEvent(events[done % events.length], settings)
      done += 1
    }
  }
  return { events: done, cpu_seconds: cpu() - began, wall_seconds: Number(process.hrtime.bigint() - from) / 1e9 }
}

async function main() {
  // The compiler of V8 has its say before anything counts.
  await run(Number(seconds) / 3)
  bytes = 0
  bodies = 0
  const result = await run(Number(seconds))
  console.log(JSON.stringify({ ...result, bodies, bytes }))
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
