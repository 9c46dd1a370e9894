import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The page. Every host serves the outcome from the root of its own origin. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react()],
  css: { modules: { localsConvention: 'camelCaseOnly' } },
  build: {
    outDir: join(import.meta.dirname, '..', 'dist', 'renderer'),
    emptyOutDir: true,
    // The oldest page engine that the tests run it in.
    target: 'chrome108',
    assetsInlineLimit: 0,
    // Of everything that is in the bundle; it is served and packed with it.
    license: { fileName: 'licences.md' },
  },
});
