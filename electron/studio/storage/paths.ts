import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** Where everything of the studio lies. Models and clips are never inside the program's own folder. */
export interface DataPaths {
  home: string;
  database: string;
  /** Held while a render runs, so that two studios never share one data folder's engine. */
  engineLock: string;
  environment: string;
  models: string;
  jobs: string;
  /** Of the short clips by which a machine is measured; empty but for then. */
  calibration: string;
  /** What the worker keeps to save time: whoever throws it away loses nothing else. */
  cache: string;
  clips: string;
  /** Small stills of the clips, by the clip's id. */
  posters: string;
  /** Pictures that were taken in, by the hash of their bytes. */
  pictures: string;
  /** Files for what is dragged out of the window. */
  dragged: string;
  logs: string;
}

/** The system's convention for an application's own data. */
export function systemHome(platform: NodeJS.Platform, env: NodeJS.ProcessEnv, userHome: string): string {
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(userHome, 'AppData', 'Local'), 'Reelwright');
  if (platform === 'darwin') return join(userHome, 'Library', 'Application Support', 'Reelwright');
  const share = env['XDG_DATA_HOME'];
  return join(share !== undefined && isAbsolute(share) ? share : join(userHome, '.local', 'share'), 'reelwright');
}

/** `home` comes from the command line; else REELWRIGHT_HOME; else the system's convention. */
export function dataPaths(home?: string, env: NodeJS.ProcessEnv = process.env): DataPaths {
  const given = home ?? env['REELWRIGHT_HOME'];
  const root = given ? resolve(given) : systemHome(process.platform, env, homedir());
  return {
    home: root,
    database: join(root, 'reelwright.db'),
    engineLock: join(root, 'engine.lock'),
    environment: env['REELWRIGHT_ENVIRONMENT'] ? resolve(env['REELWRIGHT_ENVIRONMENT']) : join(root, 'environment'),
    models: join(root, 'models'),
    jobs: join(root, 'jobs'),
    calibration: join(root, 'jobs', 'calibration'),
    cache: join(root, 'cache'),
    clips: join(root, 'clips'),
    posters: join(root, 'posters'),
    pictures: join(root, 'pictures'),
    dragged: join(root, 'dragged'),
    logs: join(root, 'logs'),
  };
}
