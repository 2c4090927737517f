import { randomIntegers } from './random.js';

/** A piece of text and the class of the language it is written in. */
export interface TextWindow {
  readonly label: number;
  readonly text: string;
}

/** `count` random windows of `length` characters out of every text; text k is of class k, null has none. */
export function randomWindows(
  texts: readonly (string | null)[],
  count: number,
  length: number,
  seed: number,
): readonly TextWindow[] {
  const random = randomIntegers(seed);
  return texts.flatMap((text, label) => {
    if (text === null) return [];
    const characters = Array.from(text);
    return Array.from({ length: count }, () => {
      const start = random(characters.length - length + 1);
      return { label, text: characters.slice(start, start + length).join('') };
    });
  });
}
