"""JavaScript and TypeScript examples of what strangers can do to a web application and its visitors.

A line that must be reported ends with `// <- slug`; every other line must stay silent.
"""

FILES = {
    "web/requestDataInPath.js": """\
app.get('/file', (req, res) => {
  res.sendFile(path.join(__dirname, req.query.name)) // <- request-data-in-path
  fs.readFile('files/' + req.params.name, done) // <- request-data-in-path
  res.sendFile(req.params.name, { root: 'files' })
  res.sendFile(path.join(__dirname, path.basename(req.query.name)))
  res.sendFile(path.join(__dirname, 'index.html'))
})

app.get('/named', (req, res) => {
  const { name } = req.query
  fs.readFile(`files/${name}`, done) // <- request-data-in-path
})

app.get('/checked', (req, res) => {
  const { name } = req.query
  if (!FILES.has(name)) return res.sendStatus(404)
  fs.readFile(`files/${name}`, done)
})
""",
    "web/requestDataInUrl.ts": """\
app.get('/proxy', async (req, res) => {
  await fetch(req.query.url as string) // <- request-data-in-url
  await axios.get(req.body.url) // <- request-data-in-url
  await fetch(`https://api.example.com/items/${req.params.id}`)
  await axios.get('https://api.example.com/search', { params: req.query })
})

app.get('/proxy-well', async (req, res) => {
  const { url } = req.query
  if (!HOSTS.has(new URL(url).host)) return res.sendStatus(400)
  await fetch(url)
})
""",
    "web/openRedirect.js": """\
app.get('/login', (req, res) => {
  res.redirect(req.query.next) // <- open-redirect
})

app.get('/logout', (req, res) => {
  res.redirect(302, req.query.next || '/') // <- open-redirect
})

app.get('/login-well', (req, res) => {
  if (!isSafePath(req.query.next)) return res.redirect('/')
  res.redirect(req.query.next)
})

app.get('/item', (req, res) => {
  res.redirect(`/items/${req.query.id}`)
})
""",
    "web/requestDataInHtml.js": """\
app.get('/hello', (req, res) => {
  res.send(`<h1>Hello ${req.query.name}</h1>`) // <- request-data-in-html
})

app.get('/echo', (req, res) => {
  res.send(req.query.text) // <- request-data-in-html
})

app.get('/hello-well', (req, res) => {
  res.send(`<h1>Hello ${escape(req.query.name)}</h1>`)
  res.json(req.query.text)
  res.send(req.body)
})
""",
    "web/jwtNotVerified.ts": """\
export function user(req: Request) {
  return jwt.decode(req.cookies.token) // <- jwt-not-verified
}

export function expiry(stored: string) {
  return jwt.decode(stored).exp
}
""",
    "web/jwtVerified.ts": """\
export function user(req: Request) {
  return jwt.verify(req.cookies.token, KEY, { algorithms: ['RS256'] })
}

export function issuer(req: Request) {
  return jwt.decode(req.cookies.token).iss
}
""",
    "web/corsAnyOriginWithCredentials.js": """\
app.use(cors({ origin: true, credentials: true })) // <- cors-any-origin-with-credentials
app.use(cors({ origin: ORIGINS, credentials: true }))
app.use(cors({ origin: true }))
""",
    "web/electronIsolationOff.js": """\
new BrowserWindow({ webPreferences: { nodeIntegration: true } }) // <- electron-isolation-off
new BrowserWindow({ webPreferences: { nodeIntegration: false, contextIsolation: true } })
const defaults = { nodeIntegration: true }
""",
    "web/xmlExternalEntities.js": """\
libxmljs.parseXml(text, { noent: true }) // <- xml-external-entities
libxmljs.parseXml(text, { noent: false })
libxmljs.parseXml(text)
""",
}
