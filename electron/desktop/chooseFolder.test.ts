import type { BrowserWindow } from 'electron';
import { expect, it, vi } from 'vitest';
import { chooseFolder } from './chooseFolder.ts';

const electron = vi.hoisted(() => ({ dialog: { showOpenDialog: vi.fn() } }));
vi.mock('electron', () => electron);

const properties = ['openDirectory', 'createDirectory'];

it('asks for a folder in front of the window, where there is one', async () => {
  const window = {} as BrowserWindow;
  electron.dialog.showOpenDialog.mockResolvedValueOnce({ filePaths: ['/clips'] });
  expect(await chooseFolder(window)).toBe('/clips');
  expect(electron.dialog.showOpenDialog).toHaveBeenLastCalledWith(window, { properties });
  electron.dialog.showOpenDialog.mockResolvedValueOnce({ filePaths: [] });
  expect(await chooseFolder(null)).toBeNull();
  expect(electron.dialog.showOpenDialog).toHaveBeenLastCalledWith({ properties });
});
