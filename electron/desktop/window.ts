import { join } from 'node:path';
import { app, BrowserWindow, nativeTheme, screen, type WebContents } from 'electron';
import type { HostLog } from '../site/index.ts';
import { programFolders } from './folders.ts';
import { pageAddress } from './scheme.ts';
import { placeOn, readWindowState, smallest, writeWindowState } from './windowState.ts';

/** The page's own canvas: no flash before its first picture. */
const canvas = { dark: '#0f0f10', light: '#f6f6f4' };

export interface StudioWindow {
  /** Makes it, or brings it to the front. */
  show(): void;
  contents(): WebContents | null;
  window(): BrowserWindow | null;
  /** In front of everything, with the keyboard. */
  isInFront(): boolean;
  /** Its place in the taskbar asks for the person, until they come. */
  callForAttention(): void;
  hide(): void;
}

export interface WindowOptions {
  stateFile: string;
  log: HostLog;
  /** The window is about to be closed by the person; false keeps it. */
  mayClose: () => boolean;
  /** Windows ends the person's session. */
  sessionEnds: () => void;
}

export function createWindow({ stateFile, log, mayClose, sessionEnds }: WindowOptions): StudioWindow {
  let window: BrowserWindow | null = null;

  function open(): BrowserWindow {
    const state = readWindowState(stateFile);
    const made = new BrowserWindow({
      ...placeOn(
        [screen.getPrimaryDisplay(), ...screen.getAllDisplays()].map(({ workArea }) => workArea),
        state.bounds,
      ),
      minWidth: smallest.width,
      minHeight: smallest.height,
      title: 'Reelwright',
      // Elsewhere it is the program's own.
      ...(process.platform === 'linux' && { icon: join(programFolders().resources, 'icon.png') }),
      show: false,
      autoHideMenuBar: true,
      backgroundColor: nativeTheme.shouldUseDarkColors ? canvas.dark : canvas.light,
      webPreferences: {
        preload: join(import.meta.dirname, 'preload.cjs'),
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webSecurity: true,
        allowRunningInsecureContent: false,
        webviewTag: false,
        navigateOnDragDrop: false,
        // Its dictionaries would come from the network.
        spellcheck: false,
        devTools: !app.isPackaged,
      },
    });
    if (state.maximized) made.maximize();
    made.once('ready-to-show', () => made.show());
    made.on('close', (event) => {
      writeWindowState(stateFile, { bounds: made.getNormalBounds(), maximized: made.isMaximized() });
      if (!mayClose()) event.preventDefault();
    });
    made.on('session-end', sessionEnds);
    made.on('closed', () => {
      window = null;
    });
    made.loadURL(pageAddress).catch((error: unknown) => log.failed('loading the page', error));
    return made;
  }

  return {
    show() {
      window ??= open();
      if (window.isMinimized()) window.restore();
      if (!window.webContents.isLoadingMainFrame()) window.show();
      window.focus();
    },
    contents: () => window?.webContents ?? null,
    window: () => window,
    isInFront: () => window?.isFocused() ?? false,
    callForAttention() {
      const asking = window;
      if (asking === null || asking.isFocused()) return;
      asking.flashFrame(true);
      asking.once('focus', () => asking.flashFrame(false));
    },
    hide: () => window?.hide(),
  };
}
