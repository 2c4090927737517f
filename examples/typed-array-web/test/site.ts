import { readFile } from 'node:fs/promises';
import { createServer, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

/** A folder as a site of its own. */
export interface Site {
  readonly url: string;
  close(): void;
}

const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** With these a page is cross-origin isolated. */
export const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** What is sent with a file. */
export type HeadersOf = (path: string) => OutgoingHttpHeaders;

/** Serves a folder. */
export async function serve(folder: string, headersOf: HeadersOf): Promise<Site> {
  const server = createServer(async ({ url = '/' }, response) => {
    const path = join(folder, url.endsWith('/') ? `${url}index.html` : url);
    const content = await readFile(path).catch(() => null);
    response.writeHead(content === null ? 404 : 200, {
      'Content-Type': types[extname(path)] ?? 'text/plain',
      ...headersOf(path),
    });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() };
}
