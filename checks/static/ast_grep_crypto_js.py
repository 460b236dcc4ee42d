"""JavaScript and TypeScript examples of secrets, certificates and files that are not protected.

A line that must be reported ends with `// <- slug`; every other line must stay silent.
"""

FILES = {
    "web/weakPasswordHash.ts": """\
export function store(password: string, data: Buffer) {
  crypto.createHash('md5').update(password).digest('hex') // <- weak-password-hash
  crypto.createHash('sha1').update(salt + password).digest('hex') // <- weak-password-hash
  crypto.createHash('md5').update(data).digest('hex')
  crypto.scryptSync(password, salt, 64)
}
""",
    "web/tlsVerificationOff.js": """\
const agent = new https.Agent({ rejectUnauthorized: false }) // <- tls-verification-off
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0' // <- tls-verification-off
const strict = new https.Agent({ rejectUnauthorized: true })
const chosen = new https.Agent({ rejectUnauthorized: !options.insecure })
if (options.insecure) agent.options = { rejectUnauthorized: false }
const server = tls.createServer({ requestCert: true, rejectUnauthorized: false })
""",
    "web/brokenCipher.js": """\
crypto.createCipheriv('aes-128-ecb', key, '') // <- broken-cipher
crypto.createCipheriv('des-cbc', key, iv) // <- broken-cipher
crypto.createCipheriv('aes-256-gcm', key, iv)
crypto.createHash('des')
""",
    "web/fixedInitialisationVector.js": """\
crypto.createCipheriv('aes-256-cbc', key, Buffer.alloc(16)) // <- fixed-initialisation-vector
crypto.createCipheriv('aes-256-cbc', key, '0123456789abcdef') // <- fixed-initialisation-vector
crypto.createCipheriv('aes-256-cbc', key, crypto.randomBytes(16))
crypto.createDecipheriv('aes-256-cbc', key, Buffer.from(sent, 'hex'))
""",
    "web/guessableSecret.ts": """\
const sessionId = Math.random().toString(36).slice(2) // <- guessable-secret
user.resetToken = `${Date.now()}${Math.random()}` // <- guessable-secret
const apiKey = crypto.randomBytes(32).toString('hex')
const delay = Math.random() * 100
const password = await ask(() => Math.random())

function generatePassword() {
  return Math.random().toString(36) // <- guessable-secret
}
""",
    "web/loggedPassword.js": """\
console.log(`login with ${password}`) // <- logged-password
logger.info('token', user.accessToken) // <- logged-password
console.log('password changed')
console.log(`password of ${password.length} letters`)
""",
    "web/signatureComparedWithEquals.ts": """\
export function check(key: string, body: string, sent: string) {
  const made = crypto.createHmac('sha256', key).update(body).digest('hex')
  return made === sent // <- signature-compared-with-equals
}

export function checkWell(key: string, body: string, sent: string) {
  const made = crypto.createHmac('sha256', key).update(body).digest()
  if (made === null) return false
  return crypto.timingSafeEqual(made, Buffer.from(sent, 'hex'))
}
""",
    "web/archiveMemberPathJoined.js": """\
function unpack(file, folder) {
  fs.createReadStream(file).pipe(unzip.Parse()).on('entry', (entry) => {
    const target = path.join(folder, entry.path) // <- archive-member-path-joined
    entry.pipe(fs.createWriteStream(target))
  })
}

function unpackWell(file, folder) {
  fs.createReadStream(file).pipe(unzip.Parse()).on('entry', (entry) => {
    const target = path.join(folder, entry.path)
    if (!target.startsWith(folder)) return
    entry.pipe(fs.createWriteStream(target))
  })
}

function list(entry, folder) {
  return path.join(folder, entry.path)
}
""",
}
