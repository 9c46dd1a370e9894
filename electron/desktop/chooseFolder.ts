import { type BrowserWindow, dialog, type OpenDialogOptions } from 'electron';

const options: OpenDialogOptions = { properties: ['openDirectory', 'createDirectory'] };

/** What the person chooses, in front of the window that asked; without one it may open behind everything. */
export async function chooseFolder(window: BrowserWindow | null): Promise<string | null> {
  const asked = window === null ? dialog.showOpenDialog(options) : dialog.showOpenDialog(window, options);
  return (await asked).filePaths[0] ?? null;
}
