// One process: the PLC directory (in memory) and the PDS. Ports and folders come by environment; see ../bluesky.
import process from 'node:process'
import { PDS, envToCfg, envToSecrets, readEnv } from '@atproto/pds'
import plc from '@did-plc/server'

const { Database, PlcServer } = plc
const directory = PlcServer.create({ db: Database.mock(), port: Number(process.env.PLC_PORT) })
await directory.start()

const env = readEnv()
const pds = await PDS.create(envToCfg(env), envToSecrets(env))
await pds.start()

let stopping = false
async function stop() {
  if (stopping) return
  stopping = true
  setTimeout(() => process.exit(0), 5000).unref()
  await pds.destroy()
  await directory.destroy()
  process.exit(0)
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
