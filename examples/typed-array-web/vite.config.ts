import { defineConfig } from 'vite';

/** With these the page may share memory with its workers. */
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

export default defineConfig({
  base: './',
  build: { outDir: 'out/vite' },
  server: { headers },
  preview: { headers },
});
