// What package-lock.json must hold, read by check-packages.mjs and fill-lock.mjs.

/**
 * @typedef {{ version?: string, resolved?: string, integrity?: string, link?: boolean, dev?: boolean, optional?: boolean,
 *   inBundle?: boolean, os?: string[], cpu?: string[], libc?: string[], optionalDependencies?: Record<string, string> }} Entry
 * @typedef {{ packages: Record<string, Entry> }} Lock
 */

/**
 * Whether a `node_modules` level that the package at `from` sees provides `name`.
 * @param {Lock} lock @param {string} from @param {string} name @returns {boolean}
 */
function provides(lock, from, name) {
  if (lock.packages[`${from}/node_modules/${name}`]) return true;
  const up = from.lastIndexOf('/node_modules/');
  return up >= 0 ? provides(lock, from.slice(0, up), name) : Boolean(lock.packages[`node_modules/${name}`]);
}

/**
 * Optional dependencies that the lock names but does not describe: other platforms' binaries.
 * @param {Lock} lock
 */
export function missingOptional(lock) {
  /** @type {Map<string, { name: string, version: string, dev: boolean }>} */
  const missing = new Map();
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!provides(lock, path, name)) missing.set(name, { name, version, dev: Boolean(entry.dev) });
    }
  }
  return [...missing.values()];
}

/**
 * What is wrong with the lock, as sentences.
 * @param {Lock} lock @returns {string[]}
 */
export function lockProblems(lock) {
  const problems = missingOptional(lock).map(({ name }) => `${name} is missing: run npm run lock:fill`);
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (!path.includes('node_modules/') || entry.link) continue;
    if (entry.resolved) problems.push(`${path} has a "resolved" URL`);
    // Only a filled-in entry, a binary of another platform, may lack it.
    if (!entry.integrity && !entry.inBundle && !(entry.optional && entry.os)) problems.push(`${path} has no integrity`);
  }
  return problems;
}
