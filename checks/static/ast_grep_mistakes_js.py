"""JavaScript and TypeScript examples of calls that cannot do what they were written for.

A line that must be reported ends with `// <- slug`; every other line must stay silent.
"""

FILES = {
    "web/debuggerLeftIn.ts": """\
export function total(items: number[]) {
  debugger // <- debugger-left-in
  const debuggerOn = false
  return debuggerOn ? 0 : items.length
}
""",
    "web/promiseAsFilterAnswer.ts": """\
const open = items.filter(async (item) => await isOpen(item)) // <- promise-as-filter-answer
const any = items.some(async function (item) { return await isOpen(item) }) // <- promise-as-filter-answer
const closed = items.filter((item) => item.closed)
const pages = await Promise.all(items.map(async (item) => await load(item)))
const found = await collection.find(async (item) => await isOpen(item))
""",
    "web/resultOfForEach.js": """\
await Promise.all(items.forEach(async (item) => load(item))) // <- result-of-for-each
const names = items.forEach((item) => item.name).filter(Boolean) // <- result-of-for-each
await Promise.all(items.map(async (item) => load(item)))
await cursor.forEach((item) => show(item))
items.forEach((item) => show(item))
""",
    "web/mapOverEmptySlots.js": """\
const rows = new Array(count).map(() => []) // <- map-over-empty-slots
const fine = new Array(count).fill(0).map(() => [])
const good = Array.from({ length: count }).map(() => [])
const well = new Array(first, second).map(String)
""",
    "web/indexAsTruth.ts": """\
if (names.indexOf(name)) remove(name) // <- index-as-truth
const first = !names.indexOf(name)
const place = names.indexOf(name) ? 'first' : 'elsewhere' // <- index-as-truth
if (names.indexOf(name) !== -1) remove(name)
if (~names.indexOf(name)) remove(name)
if (names.includes(name)) remove(name)
""",
    "web/lengthBelowZero.js": """\
if (items.length < 0) throw new Error('no items') // <- length-below-zero
if (items.length <= 0) throw new Error('no items')
if (items.size < 0) throw new Error('no items')
""",
    "web/stringResultDropped.js": """\
const text = `a${name}`
text.trim() // <- string-result-dropped
text.replace(/a/g, 'b') // <- string-result-dropped
printer.trim()
const clean = name.trim()
router.replace('/home', 'now')
location.replace('/home')
expect(() => name.trim()).toThrow()
""",
    "web/absolutePartResolved.js": """\
const bad = path.resolve(__dirname, '/pages') // <- absolute-part-resolved
const fine = path.resolve(__dirname, 'pages')
const good = path.join(__dirname, '/pages')
const well = path.resolve('/pages')
""",
}
