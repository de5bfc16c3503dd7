// One process: PDS, AppView, bsync, Ozone and PLC, as Bluesky's own tests run them. See ../bluesky_network.
import { writeFileSync } from 'node:fs'
import process from 'node:process'
import { TestNetwork } from '@atproto/dev-env'

const { pds, bsky, plc, ozone, ready } = JSON.parse(process.env.NETWORK)
const network = await TestNetwork.create({
  pds: { port: pds, hostname: 'localhost' },
  bsky: { port: bsky, publicUrl: `http://localhost:${bsky}` },
  plc: { port: plc },
  ozone: { port: ozone },
})
writeFileSync(ready, '')

let stopping = false
async function stop() {
  if (stopping) return
  stopping = true
  setTimeout(() => process.exit(0), 5000).unref()
  await network.close()
  process.exit(0)
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
