// Completes package-lock.json for other platforms.
//
// Some registries do not serve every platform's optional binaries. npm then leaves them out of the lock, and `npm ci`
// refuses that lock everywhere else ("Missing: x from lock file"). This adds an entry for each that is missing;
// it carries no integrity, which npm fills in when someone installs against a registry that has the package.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { missingOptional } from './lock.mjs';

const path = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const lock = JSON.parse(readFileSync(path, 'utf8'));
const missing = missingOptional(lock);

const oses = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const cpus = ['arm64', 'arm', 'x64', 'ia32', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el', 'wasm32'];
/** How packages spell what npm calls otherwise. */
const aliases = { windows: 'win32', '64': 'x64', 'armv7': 'arm', 'wasm32-wasi': 'wasm32', aarch64: 'arm64' };

/** Reads the platform from a name such as `@biomejs/cli-linux-arm64-musl`. */
function platform(name) {
  const words = name.split('/').at(-1).split('-').map((word) => aliases[word] ?? word);
  const os = words.find((word) => oses.includes(word));
  const cpu = words.find((word) => cpus.includes(word));
  const libc = words.includes('musl') ? 'musl' : words.some((word) => ['gnu', 'glibc'].includes(word)) ? 'glibc' : undefined;
  return { ...(cpu && { cpu: [cpu] }), ...(libc && { libc: [libc] }), ...(os && { os: [os] }) };
}

for (const { name, version, dev } of missing) {
  lock.packages[`node_modules/${name}`] = { version, ...(dev && { dev: true }), optional: true, ...platform(name) };
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
lock.packages = Object.fromEntries(sorted);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${missing.length} entries added. Run npm install once, then commit package-lock.json.`);
for (const { name, version } of missing) console.log(`  ${name}@${version}`);
