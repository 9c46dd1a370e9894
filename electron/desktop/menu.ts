import { app, Menu, type MenuItemConstructorOptions } from 'electron';
import { Room } from '../../contract/events.ts';
import type { Words } from './words.ts';

export interface MenuActions {
  show(room: Room): void;
  pauseQueue(): void;
  resumeQueue(): void;
  openLogs(): void;
}

/** The application menu, built anew only when something in it is another. */
export function createMenu(actions: MenuActions): (words: Words, queuePaused: boolean) => void {
  let shown: { words: Words; queuePaused: boolean } | null = null;
  return (words, queuePaused) => {
    if (shown?.words === words && shown.queuePaused === queuePaused) return;
    shown = { words, queuePaused };
    const { platform } = process;
    const template = templateOf(words, actions, { queuePaused, platform, packaged: app.isPackaged });
    Menu.setApplicationMenu(Menu.buildFromTemplate(template));
  };
}

interface Circumstances {
  queuePaused: boolean;
  platform: NodeJS.Platform;
  packaged: boolean;
}

/** Its shortcuts work from wherever the keyboard is in the window. */
export function templateOf(
  { menu: words }: Words,
  actions: MenuActions,
  { queuePaused, platform, packaged }: Circumstances,
): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin';
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  const developer: MenuItemConstructorOptions[] = packaged
    ? []
    : [separator, { label: words.reload, role: 'reload' }, { label: words.developer, role: 'toggleDevTools' }];
  return [
    ...(isMac ? [{ role: 'appMenu' } as const] : []),
    {
      label: words.file,
      submenu: [
        { label: words.newClip, accelerator: 'CmdOrCtrl+N', click: () => actions.show('create') },
        separator,
        {
          label: queuePaused ? words.resumeQueue : words.pauseQueue,
          accelerator: 'CmdOrCtrl+Shift+P',
          click: () => (queuePaused ? actions.resumeQueue() : actions.pauseQueue()),
        },
        separator,
        // A Mac's way to quit is in the menu of the program, and its windows have a menu of their own.
        isMac
          ? { label: words.closeWindow, role: 'close' }
          : { label: words.quit, role: 'quit', accelerator: 'CmdOrCtrl+Q' },
      ],
    },
    {
      label: words.edit,
      submenu: [
        { label: words.undo, role: 'undo' },
        { label: words.redo, role: 'redo' },
        separator,
        { label: words.cut, role: 'cut' },
        { label: words.copy, role: 'copy' },
        { label: words.paste, role: 'paste' },
        { label: words.selectAll, role: 'selectAll' },
      ],
    },
    {
      label: words.rooms,
      submenu: Room.options.map((room, index) => ({
        label: words[room],
        accelerator: `CmdOrCtrl+${index + 1}`,
        click: () => actions.show(room),
      })),
    },
    {
      label: words.view,
      submenu: [
        { label: words.zoomIn, role: 'zoomIn', accelerator: 'CmdOrCtrl+=' },
        { label: words.zoomOut, role: 'zoomOut' },
        { label: words.zoomReset, role: 'resetZoom' },
        separator,
        { label: words.fullScreen, role: 'togglefullscreen' },
        ...developer,
      ],
    },
    ...(isMac ? [{ label: words.window, role: 'windowMenu' } as const] : []),
    { label: words.help, role: 'help', submenu: [{ label: words.logs, click: () => actions.openLogs() }] },
  ];
}
