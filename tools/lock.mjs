// What package-lock.json must hold, read by check-packages.mjs and fill-lock.mjs.

/** Whether some `node_modules` level that `from` sees provides `name`. */
function provided(lock, from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    if (lock.packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`]) return true;
    if (!at.includes('node_modules/')) return Boolean(lock.packages[`node_modules/${name}`]);
  }
}

/** Optional dependencies that the lock names but does not describe: other platforms' binaries. */
export function missingOptional(lock) {
  const missing = new Map();
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!provided(lock, path, name)) missing.set(name, { name, version, dev: Boolean(entry.dev) });
    }
  }
  return [...missing.values()];
}

/** Problems of the lock, as sentences. */
export function lockProblems(lock) {
  const problems = missingOptional(lock).map(({ name }) => `${name} is missing: run npm run lock:fill`);
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (!path.includes('node_modules/') || entry.link) continue;
    if (entry.resolved) problems.push(`${path} has a "resolved" URL`);
    if (!entry.integrity && !entry.inBundle && !(entry.optional && entry.os)) problems.push(`${path} has no integrity`);
  }
  return problems;
}
