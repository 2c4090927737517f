/** @type {import('webpack').Configuration} */
export default {
  mode: 'production',
  context: import.meta.dirname,
  entry: './index.html',
  output: { path: `${import.meta.dirname}/out/webpack`, clean: true },
  // The page itself is the entry, and brings its style.
  experiments: { html: true, css: true },
};
