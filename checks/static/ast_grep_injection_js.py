"""JavaScript and TypeScript examples of text from outside that reaches a place where text becomes code.

A line that must be reported ends with `// <- slug`; every other line must stay silent.
"""

FILES = {
    "web/sqlBuiltFromText.ts": """\
const TABLE = 'users'

export async function find(db: Db, name: string, table: string) {
  await db.query(`SELECT id FROM users WHERE name = '${name}'`) // <- sql-built-from-text
  await db.query("SELECT id FROM users WHERE name = '" + name + "'") // <- sql-built-from-text
  const statement = `DELETE FROM users WHERE id = ${name}` // <- sql-built-from-text
  await db.query(statement)
  await db.query('SELECT id FROM users WHERE name = $1', [name])
  await db.query(sql`SELECT id FROM users WHERE name = ${name}`)
  await db.query(`SELECT id FROM ${table} WHERE name = $1`, [name])
  await db.query(`SELECT id FROM users WHERE kind = '${TABLE}'`)
  await db.query(`SELECT id FROM users WHERE id = ${Number(name)}`)
}
""",
    "web/requestDataInSql.js": """\
app.get('/search', async (req, res) => {
  await db.query(`SELECT * FROM items WHERE name = '${req.query.name}'`) // <- request-data-in-sql
  await db.query('SELECT * FROM items ORDER BY ' + req.query.order) // <- request-data-in-sql
  await db.query('SELECT * FROM items WHERE name = $1', [req.query.name])
  await db.query(`SELECT * FROM items WHERE id = ${parseInt(req.query.id, 10)}`)
})

app.get('/sorted', async (req, res) => {
  const { order } = req.query
  await db.query(`SELECT * FROM items ORDER BY ${order}`) // <- request-data-in-sql
})

app.post('/named', async (req, res) => {
  const data = req.body
  await db.query(`SELECT * FROM items WHERE name = '${data.name}'`) // <- request-data-in-sql
})

app.get('/sorted-well', async (req, res) => {
  const { order } = req.query
  if (!COLUMNS.includes(order)) return res.sendStatus(400)
  await db.query(`SELECT * FROM items ORDER BY ${order}`)
})
""",
    "web/shellWithVariableText.ts": """\
import { exec, execFile, execSync } from 'node:child_process'

const COMMAND = 'git status'

export function pack(folder: string) {
  exec(`tar czf out.tgz ${folder}`) // <- shell-with-variable-text
  execSync('tar czf ' + folder) // <- shell-with-variable-text
  const command = `rm -r ${folder}` // <- shell-with-variable-text
  execSync(command)
  execFile('tar', ['czf', `${folder}.tgz`, folder])
  execSync(COMMAND)
  pattern.exec(`${folder}`)
}
""",
    "web/requestDataInShell.js": """\
const cp = require('child_process')

app.get('/ping', (req, res) => {
  cp.exec('ping ' + req.query.host) // <- request-data-in-shell
  cp.execFile('ping', [req.query.host])
})

app.get('/trace', (req, res) => {
  const host = req.query.host
  cp.exec(`traceroute ${host}`) // <- request-data-in-shell
})

app.get('/dig', (req, res) => {
  const host = req.query.host
  if (!isHostName(host)) return res.sendStatus(400)
  cp.exec(`dig ${host}`) // <- shell-with-variable-text
})
""",
    "web/codeFromRequestData.js": """\
app.post('/run', (req, res) => {
  eval(req.body.code) // <- code-from-request-data
  new Function('a', req.body.code) // <- code-from-request-data
  vm.runInNewContext(req.query.code) // <- code-from-request-data
  JSON.parse(req.body.code)
  new Function('a', template(fields))
  eval('1 + 1')
})

app.post('/run-later', (req, res) => {
  const { code } = req.body
  eval(code) // <- code-from-request-data
})
""",
    "web/codeFromAddressBar.tsx": """\
document.write(location.search) // <- code-from-address-bar
panel.innerHTML = decodeURIComponent(window.location.hash.slice(1)) // <- code-from-address-bar
eval(location.hash.slice(1)) // <- code-from-address-bar
panel.textContent = location.hash
panel.innerHTML = sanitize(location.hash)
setTimeout(() => show(location.hash), 100)
""",
    "web/htmlBuiltFromText.tsx": """\
panel.innerHTML = `<b>${user.name}</b>${username}` // <- html-built-from-text
panel.insertAdjacentHTML('beforeend', '<li>' + comment + '</li>') // <- html-built-from-text
panel.innerHTML = `<b>${escapeHtml(username)}</b>`
panel.innerHTML = `<svg width="${width}">${iconHtml}</svg>`
panel.innerHTML = '<b>static</b>'
panel.textContent = `<b>${username}</b>`
const bold = { __html: `<b>${comment}</b>` } // <- html-built-from-text
export const Bold = () => <p dangerouslySetInnerHTML={bold} />
export const Clean = ({ comment }) => <p dangerouslySetInnerHTML={{ __html: purify(comment) }} />
""",
}
