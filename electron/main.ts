/** The desktop studio: everything that has a beginning and an end, put together. */
import { join } from 'node:path';
import { app, dialog, nativeTheme, session as sessions, shell } from 'electron';
import type { Room, StudioEvent } from '../contract/events.ts';
import type { Job } from '../contract/job.ts';
import { chooseFolder } from './desktop/chooseFolder.ts';
import { listenForPage } from './desktop/connection.ts';
import { reviveCrashedPages } from './desktop/crashes.ts';
import { dragOut } from './desktop/dragOut.ts';
import { programFolders, rendererFolder, telemetryThread, version } from './desktop/folders.ts';
import { createMenu } from './desktop/menu.ts';
import { guardNavigation } from './desktop/navigation.ts';
import { countdowns, tell, tellingOf } from './desktop/notifications.ts';
import { listenForOpened } from './desktop/opened.ts';
import { guardPermissions } from './desktop/permissions.ts';
import { createWakefulness, showProgress, staysAwake } from './desktop/progress.ts';
import { createQuitting, mayBeTheLast } from './desktop/quitting.ts';
import { registerLinks, registerScheme, serveScheme } from './desktop/scheme.ts';
import { guardDownloads, guardTraffic } from './desktop/traffic.ts';
import { createWindow } from './desktop/window.ts';
import { filled, languageOf, systemLocale, type Words, words } from './desktop/words.ts';
import { createCalls, createSite, openHostLog } from './site/index.ts';
import { openSession, systemPower } from './studio/session/index.ts';
import { dataPaths } from './studio/storage/paths.ts';
import { openStudio } from './studio/studio.ts';

const cannotBeDoneHere = 3;

const paths = dataPaths();
const log = openHostLog(join(paths.logs, 'desktop.log'));
for (const fault of ['uncaughtException', 'unhandledRejection']) {
  process.on(fault, (error: unknown) => log.failed(fault, error));
}

app.setName('Reelwright');
app.setAppUserModelId('studio.reelwright');
// One data folder, one studio, one window: the lock lies where the data does.
app.setPath('userData', join(paths.home, 'window'));
app.enableSandbox();
registerScheme();
const followOpened = listenForOpened();

if (app.requestSingleInstanceLock()) app.whenReady().then(start).catch(fail);
else app.exit();

function start(): void {
  const studio = openStudio({ paths, program: programFolders() });
  const locale = systemLocale([...app.getPreferredSystemLanguages(), app.getLocale()]);
  const opening = openSession(studio, {
    host: 'desktop',
    version,
    locale,
    reveal: (file) => shell.showItemInFolder(file),
    chooseFolder: () => chooseFolder(window.window()),
    power: systemPower(),
    dragOut: (file) => dragOut(window.contents(), file),
    telemetry: { workerFile: telemetryThread },
  });
  if (opening.kind === 'busy') return refuse(words[languageOf('system', locale)].busy, {});
  const { session } = opening;
  const settings = () => session.settings();
  const said = (): Words => words[languageOf(settings().language, locale)];

  const browser = sessions.defaultSession;
  guardPermissions(browser, log);
  guardTraffic(browser, log);
  guardDownloads(browser, log);
  const site = createSite({ answers: [(request) => session.site(request)], renderer: rendererFolder, log });
  const cleanUps: (() => void | Promise<void>)[] = [
    () => studio.dispose(),
    // The page is served and guarded for as long as the studio takes to end.
    guardNavigation(log),
    serveScheme(browser, site),
    () => session.stop(),
    listenForPage(() => window.contents(), createCalls(session.router, log), log),
    reviveCrashedPages(log, said, () => app.quit()),
  ];

  const window = createWindow({
    stateFile: join(paths.home, 'window.json'),
    log,
    mayClose: () => quitting.mayClose(),
    sessionEnds: () => quitting.hurry(),
  });
  const quitting = createQuitting({
    rendering: () => session.rendering(),
    standing: () => ({ queue: session.queue(), engine: session.engine(), jobs: session.ahead() }),
    settings,
    words: said,
    window: () => window.window(),
    hide: () => window.hide(),
    remember: (whenQuitting) =>
      void session.changeSettings({ whenQuitting }).catch((error: unknown) => log.failed('remembering', error)),
    async end() {
      for (const cleanUp of cleanUps.reverse()) await cleanUp();
    },
    failed: (error) => log.failed('ending', error),
  });
  const awake = createWakefulness();
  cleanUps.push(
    () => quitting.dispose(),
    () => awake.dispose(),
  );

  const show = (room?: Room) => {
    if (!quitting.stay()) return;
    window.show();
    if (room) session.show(room);
  };
  const setMenu = createMenu({
    show,
    pauseQueue: () => void session.pauseQueue(),
    resumeQueue: () => session.resumeQueue(),
    openLogs: () => void shell.openPath(paths.logs),
  });
  const menu = () => setMenu(said(), session.queue().paused);
  const announce = (job: Job) => {
    const telling = tellingOf(job, settings(), window.isInFront(), said());
    tell(telling, () => show(job.state.kind === 'done' ? 'library' : 'queue'));
    if (telling.kind === 'notification' && telling.urgent) window.callForAttention();
  };
  const beginsCounting = countdowns();
  const follow = (event: StudioEvent) => {
    if (event.type === 'job' && beginsCounting(event.job)) announce(event.job);
    if (event.type === 'live') showProgress(window.window(), event.live);
    if (event.type === 'live' || event.type === 'queue') awake.set(staysAwake(event, session));
    // Somebody may want to say no.
    if (event.type === 'queue' && event.queue.endsAt !== null) show();
    if (event.type === 'settings') nativeTheme.themeSource = event.settings.theme;
    if (event.type === 'settings' || event.type === 'queue') menu();
    if (mayBeTheLast(event)) quitting.check();
  };
  cleanUps.push(
    session.on(follow),
    session.onEnded((job) => {
      announce(job);
      quitting.check();
    }),
  );

  app.on('activate', () => show());
  if (!app.isPackaged) process.on('message', (asked) => asked === 'reload' && window.contents()?.reload());

  registerLinks();
  nativeTheme.themeSource = settings().theme;
  menu();
  followOpened({ handIn: (what) => session.handIn(what), show: () => show(), log });
}

function refuse({ title, detail }: { title: string; detail: string }, values: Record<string, string>): void {
  const text = filled(detail, { folder: paths.home, ...values });
  log.note(`${title}: ${text}`);
  dialog.showErrorBox(title, text);
  app.exit(cannotBeDoneHere);
}

/** Before there is a window: a data folder that cannot be written, or that a newer studio has changed. */
function fail(error: unknown): void {
  log.failed('the start', error);
  const reason = error instanceof Error ? error.message : String(error);
  refuse(words[languageOf('system', systemLocale(app.getPreferredSystemLanguages()))].notOpened, { reason });
}
