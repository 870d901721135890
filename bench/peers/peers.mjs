// PouchDB <-> express-pouchdb: the same documents up and down, each database in a LevelDB of its own, the server
// in a process of its own, plain HTTP on the loopback. Prints one line of JSON.
//
// node peers.mjs FOLDER COMMANDS.jsonl FACTS.jsonl

import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import express from 'express'
import expressPouchDB from 'express-pouchdb'
import PouchDB from 'pouchdb'

// What their documentation recommends for many small documents.
const PACE = { batch_size: 1000, batches_limit: 10 }
const AT_ONCE = 5000

const [, , folder, commands, facts] = process.argv

if (process.send) serve()
else await measure()

function serve() {
  process.once('disconnect', () => process.exit())
  const Server = PouchDB.defaults({ prefix: `${folder}/server-` })
  const app = express()
  app.use('/', expressPouchDB(Server, { mode: 'minimumForPouchDB', inMemoryConfig: true, logPath: `${folder}/log` }))
  const listener = app.listen(0, '127.0.0.1', async () => {
    await fill(new Server('facts'), facts)
    process.send(listener.address().port)
  })
}

async function measure() {
  const server = fork(fileURLToPath(import.meta.url), [folder, commands, facts])
  try {
    const port = await new Promise((ready) => server.once('message', ready))
    const url = `http://127.0.0.1:${port}`
    const Station = PouchDB.defaults({ prefix: `${folder}/station-` })

    const outbox = new Station('commands')
    const up = await fill(outbox, commands)
    const push_s = await timed(() => outbox.replicate.to(new PouchDB(`${url}/commands`), PACE), up)

    const copy = new Station('facts')
    const down = lines(facts).length
    const pull_s = await timed(() => copy.replicate.from(new PouchDB(`${url}/facts`), PACE), down)
    console.log(JSON.stringify({ push_s, pull_s, up, down }))
  } finally {
    server.kill()
  }
}

async function timed(replicate, count) {
  const began = process.hrtime.bigint()
  const { docs_written } = await replicate()
  const seconds = Number(process.hrtime.bigint() - began) / 1e9
  if (docs_written !== count) throw new Error(`${docs_written} of ${count} arrived`)
  return seconds
}

async function fill(database, file) {
  const docs = lines(file).map((line) => JSON.parse(line))
  for (let at = 0; at < docs.length; at += AT_ONCE) await database.bulkDocs(docs.slice(at, at + AT_ONCE))
  return docs.length
}

function lines(file) {
  return readFileSync(file, 'utf8').trimEnd().split('\n')
}
