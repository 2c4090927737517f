// Writes each package's version where its code says it: a page cannot read package.json. Runs after `changeset version`.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const packages = resolve(import.meta.dirname, '../packages');

for (const name of readdirSync(packages)) {
  const path = `${packages}/${name}/src/version.ts`;
  if (!existsSync(path)) continue;
  const { version } = JSON.parse(readFileSync(`${packages}/${name}/package.json`, 'utf8'));
  const text = readFileSync(path, 'utf8').replace(/'[^']*';/, `'${version}';`);
  writeFileSync(path, text);
}
