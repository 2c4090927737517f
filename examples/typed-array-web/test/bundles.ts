import { build } from 'vite';
import webpack from 'webpack';
import config from '../webpack.config.js';

/** Builds the page into a folder. */
export type Bundle = (folder: string) => Promise<unknown>;

const root = `${import.meta.dirname}/..`;

/** The page as each bundler makes it. */
export const bundles: Readonly<Record<'vite' | 'webpack', Bundle>> = {
  vite: (folder) => build({ root, logLevel: 'warn', build: { outDir: folder, emptyOutDir: true } }),
  webpack: (folder) =>
    new Promise((resolve, reject) => {
      webpack({ ...config, output: { ...config.output, path: folder } }).run((error, stats) => {
        if (error !== null || stats?.hasErrors()) reject(error ?? new Error(stats?.toString()));
        else resolve(stats);
      });
    }),
};
