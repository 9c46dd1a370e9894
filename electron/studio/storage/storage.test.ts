import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NewerStore, openStore, transact } from './database.ts';
import { lockEngine } from './engineLock.ts';
import { makeFolder } from './folder.ts';
import { migrations } from './migrations.ts';
import { dataPaths, systemHome } from './paths.ts';
import { storageProblem } from './problem.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reelwright-storage-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

describe('the data folder', () => {
  it('follows the convention of each system', () => {
    expect(systemHome('linux', { XDG_DATA_HOME: '/data' }, '/home/a')).toBe(join('/data', 'reelwright'));
    expect(systemHome('linux', { XDG_DATA_HOME: 'relative' }, '/home/a')).toBe(
      join('/home/a', '.local', 'share', 'reelwright'),
    );
    expect(systemHome('darwin', {}, '/Users/a')).toBe(join('/Users/a', 'Library', 'Application Support', 'Reelwright'));
    expect(systemHome('win32', {}, 'C:\\Users\\a')).toBe(join('C:\\Users\\a', 'AppData', 'Local', 'Reelwright'));
  });

  it('can be named, and share an environment', () => {
    const env = { REELWRIGHT_HOME: '/one', REELWRIGHT_ENVIRONMENT: '/shared' };
    expect(dataPaths(undefined, env)).toMatchObject({ environment: expect.stringMatching(/shared$/) });
    expect(dataPaths(folder, env).database).toBe(join(folder, 'reelwright.db'));
  });
});

describe('a folder that is to be made', () => {
  it('is made with those above it, and may be there', () => {
    const deep = join(folder, 'a', 'b', 'c');
    makeFolder(deep);
    makeFolder(deep);
    expect(existsSync(deep)).toBe(true);
  });

  it('is refused where a file stands', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => makeFolder(join(folder, 'file'))).toThrow('EEXIST');
    expect(() => makeFolder(join(folder, 'file', 'below'))).toThrow();
  });

  it.skipIf(process.platform !== 'linux')('is refused, and not tried for ever, where nothing can be made', () => {
    expect(() => makeFolder('/proc/reelwright/clips')).toThrow('ENOENT');
  });
});

describe('the store', () => {
  it('is made once and opened again with what it held', () => {
    const file = join(folder, 'deep', 'er', 'store.db');
    const first = openStore(file);
    first.prepare('INSERT INTO verified_files VALUES (?, ?, ?, ?)').run('a', 1, 2, 'c');
    first.close();
    const second = openStore(file);
    expect(second.prepare('SELECT path FROM verified_files').all()).toMatchObject([{ path: 'a' }]);
    second.close();
  });

  it('of before recoveries were remembered is brought up to date with what it held', () => {
    const file = join(folder, 'store.db');
    const old = new Database(file);
    for (const sql of migrations.slice(0, 7)) old.exec(sql);
    old.exec(`PRAGMA user_version = 7;
      INSERT INTO jobs (id, created_at, updated_at, model, settings, out, overwrite, request_key, state_kind, state)
        VALUES ('j', 1, 2, 'm', '{}', '/a.mp4', 0, 'k', 'failed', '{"kind":"failed"}');
      INSERT INTO clips (id, created_at, file, bytes, model, settings, seconds, phase_seconds, words)
        VALUES ('c', 1, '/c.mp4', 3, 'm', '{}', 2.5, '{}', 'a ball');`);
    old.close();
    const store = openStore(file);
    expect(store.prepare('SELECT id, state_kind, attempts FROM jobs').all()).toMatchObject([
      { id: 'j', state_kind: 'failed', attempts: null },
    ]);
    expect(store.prepare('SELECT id, words, recoveries FROM clips').all()).toMatchObject([
      { id: 'c', words: 'a ball', recoveries: '[]' },
    ]);
    expect(store.pragma('user_version')).toMatchObject([{ user_version: migrations.length }]);
    store.close();
  });

  it('of a newer studio is left alone, with a sentence', () => {
    const file = join(folder, 'store.db');
    const store = openStore(file);
    store.exec(`PRAGMA user_version = ${migrations.length + 1}`);
    store.close();
    expect(() => openStore(file)).toThrow(NewerStore);
    expect(() => openStore(file)).toThrow(/Update Reelwright/);
  });
});

describe('the engine of a data folder', () => {
  it('is for one at a time', () => {
    const file = join(folder, 'engine.lock');
    const first = lockEngine(file);
    expect(lockEngine(file).kind).toBe('busy');
    if (first.kind === 'held') first.release();
    const second = lockEngine(file);
    expect(second.kind).toBe('held');
    if (second.kind === 'held') second.release();
  });

  it('is free again when its holder was killed', async () => {
    const file = join(folder, 'engine.lock');
    const source = `
      const { lockEngine } = await import(${JSON.stringify(new URL('./engineLock.ts', import.meta.url).href)});
      console.log(lockEngine(${JSON.stringify(file)}).kind);
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = await once(holder.stdout, 'data');
    expect(String(said).trim()).toBe('held');
    expect(lockEngine(file).kind).toBe('busy');
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const mine = lockEngine(file);
    expect(mine.kind).toBe('held');
    if (mine.kind === 'held') mine.release();
  });
});

describe('what is to be written whole', () => {
  it('is not there at all when there was no room for it, and it is said why', () => {
    const store = openStore(join(folder, 'store.db'));
    store.exec('CREATE TABLE large (bytes BLOB NOT NULL)');
    const put = store.prepare('INSERT INTO large VALUES (zeroblob(?))');
    const count = (): unknown =>
      (store.prepare('SELECT count(*) AS count FROM large').get() as { count: number }).count;
    const pages = Number((store.prepare('PRAGMA page_count').get() as { page_count: number }).page_count);
    store.exec(`PRAGMA max_page_count = ${pages + 4}`);
    const fill = () =>
      transact(store, () => {
        for (const bytes of [100, 2 ** 20]) put.run(bytes);
      });
    expect(fill).toThrow(expect.objectContaining({ code: 'SQLITE_FULL' }));
    expect(count()).toBe(0);
    expect(store.inTransaction).toBe(false);
    // Nor when what failed was something else.
    expect(() =>
      transact(store, () => {
        put.run(1);
        throw new Error('it was something else');
      }),
    ).toThrow('it was something else');
    expect(count()).toBe(0);
    expect(transact(store, () => put.run(1).changes)).toBe(1);
    store.close();
  });
});

describe('a disk or a database that fails', () => {
  const failed = (code: string) => Object.assign(new Error(), { code });

  it.each([
    ['ENOSPC', 'full'],
    ['SQLITE_FULL', 'full'],
    ['EROFS', 'read-only'],
    ['SQLITE_READONLY', 'read-only'],
    ['SQLITE_READONLY_DBMOVED', 'gone'],
    ['ENOENT', 'gone'],
    ['EINVAL', null],
  ])('%s means %s', (code, problem) => expect(storageProblem(failed(code), folder)).toBe(problem));

  it('is tried out where SQLite does not say why', () => {
    expect(storageProblem(failed('SQLITE_CANTOPEN'), join(folder, 'nowhere'))).toBe('gone');
    expect(storageProblem(failed('SQLITE_IOERR_FSYNC'), folder, () => failed('ENOSPC'))).toBe('full');
    expect(storageProblem(failed('SQLITE_IOERR_WRITE'), folder, () => failed('EROFS'))).toBe('read-only');
    expect(storageProblem(failed('SQLITE_IOERR_READ'), folder)).toBe('gone');
    expect(readdirSync(folder)).toEqual([]);
  });
});
