// Completes package-lock.json for other platforms.
//
// Some registries do not serve every platform's optional binaries. npm then leaves them out of the lock, and `npm ci`
// refuses that lock everywhere ("Missing: x from lock file"). This adds an entry for each one that is missing. It has
// no integrity: npm writes that when someone installs on the platform, or against a registry that has the package.
import { readFileSync, writeFileSync } from 'node:fs';
import { missingOptional } from './lock.mjs';

const path = new URL('../package-lock.json', import.meta.url);
/** @type {import('./lock.mjs').Lock} */
const lock = JSON.parse(readFileSync(path, 'utf8'));

const oses = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const cpus = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];
/** Names of packages say it in other words than npm. @type {Record<string, string>} */
const aliases = { windows: 'win32', 64: 'x64', aarch64: 'arm64', armv7: 'arm', gnu: 'glibc' };

/**
 * The platform that a name such as `@biomejs/cli-linux-arm64-musl` tells.
 * @param {string} name
 */
function platform(name) {
  const words = name.split(/[/-]/).map((word) => aliases[word] ?? word);
  const pick = (/** @type {string[]} */ known) => words.filter((word) => known.includes(word)).slice(0, 1);
  const found = { cpu: pick(cpus), libc: pick(['glibc', 'musl']), os: pick(oses) };
  return Object.fromEntries(Object.entries(found).filter(([, values]) => values.length > 0));
}

const missing = missingOptional(lock);
for (const { name, version, dev } of missing) {
  lock.packages[`node_modules/${name}`] = { version, ...(dev && { dev }), optional: true, ...platform(name) };
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);

for (const { name, version } of missing) console.log(`added ${name}@${version}`);
console.log(
  `${missing.length} entries added${missing.length > 0 ? ': run npm install once, then commit the lock' : ''}`,
);
