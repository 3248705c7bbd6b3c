/**
 * Builds the pages to web/dist, which the web process serves. In development it proxies API requests to that process
 * (HOMING_URL, default http://127.0.0.1:8080).
 */
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = process.env.HOMING_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  // light-dark() must not be rewritten for older browsers: the rewritten form ignores Mantine's colour scheme.
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2022', cssTarget: ['chrome123', 'firefox120', 'safari17.5'] },
  server: { proxy: { '/api': { target: server, changeOrigin: false }, '/sign-in-link': { target: server } } },
})
