import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  // Its code finds its WebAssembly beside itself.
  optimizeDeps: { exclude: ['onnxruntime-web'] },
});
