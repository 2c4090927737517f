/** This package's version, as in package.json: a page cannot read that file. */
export const version = '0.0.0';
