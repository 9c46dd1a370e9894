import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testPython } from '../../../e2e/environment.ts';
import { startExporter } from './exporter.ts';
import { exportClip } from './exporting.ts';
import { TaskFailed } from './tasks.ts';

describe('an exporter', () => {
  let folder: string;
  let python: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'reelwright-exporter-'));
    python = await testPython();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  /** In place of the exporter runs `code`. */
  function exporterOf(code: string, graceMs?: number) {
    const sidecar = join(folder, 'sidecar');
    mkdirSync(join(sidecar, 'reelwright_sidecar', 'export'), { recursive: true });
    for (const place of [[], ['export']])
      writeFileSync(join(sidecar, 'reelwright_sidecar', ...place, '__init__.py'), '');
    writeFileSync(join(sidecar, 'reelwright_sidecar', 'export', '__main__.py'), code);
    return startExporter({ python, sidecar, ...(graceMs === undefined ? {} : { graceMs }) });
  }

  it('that hangs in a file is killed when nobody wants the answer any more, and leaves nothing', async () => {
    const out = join(folder, 'out.mp4');
    const started = join(folder, 'started');
    const code = `
import hashlib, os, sys, time
from pathlib import Path
out = Path(${JSON.stringify(out)})
out.with_name(f".reelwright-{hashlib.sha256(str(out).encode()).hexdigest()[:16]}.export").write_text("half")
Path(${JSON.stringify(started)}).write_text(str(os.getpid()))
while True: time.sleep(60)`;
    const abort = new AbortController();
    const format = { kind: 'mp4', quality: 'high' } as const;
    const open = async () => exporterOf(code, 100);
    const making = exportClip('/nowhere.mp4', out, { format, settings: 'none' }, open, () => {}, abort.signal);
    const failing = expect(making).rejects.toThrow(TaskFailed);
    await expect.poll(() => existsSync(started), { timeout: 20_000 }).toBe(true);
    abort.abort();
    await failing;
    expect(() => process.kill(Number(readFileSync(started, 'utf8')), 0)).toThrow();
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('that dies says its last words', async () => {
    const exporter = exporterOf('raise SystemExit("no media here")');
    const describing = exporter.describe('/a.mp4', new AbortController().signal);
    await expect(describing).rejects.toThrow(/no media here/);
    await exporter.close();
  });

  it('says them, however much it said before', async () => {
    const exporter = exporterOf('import sys\nsys.stderr.write("noise " * 500_000)\nraise SystemExit("no media here")');
    const describing = exporter.describe('/a.mp4', new AbortController().signal);
    await expect(describing).rejects.toThrow(/no media here/);
    await exporter.close();
  });

  it('takes nothing for its own that lies in the folder it is started in', async () => {
    writeFileSync(join(folder, 'json.py'), 'raise SystemExit("planted")');
    const before = process.cwd();
    process.chdir(folder);
    try {
      const exporter = exporterOf('import json\nraise SystemExit("json of Python")');
      await expect(exporter.describe('/a.mp4', new AbortController().signal)).rejects.toThrow(/json of Python/);
      await exporter.close();
    } finally {
      process.chdir(before);
    }
  });

  it('needs a Python environment', () => {
    expect(() => startExporter({ python: join(folder, 'python'), sidecar: folder })).toThrow(TaskFailed);
  });
});
