/** Runs beside the page, sandboxed: hands one end of the page's channel to the studio, and nothing else. */
import { contextBridge, ipcRenderer } from 'electron';

const connect = 'reelwright:connect';

contextBridge.exposeInMainWorld('reelwright', { host: 'desktop' });

window.addEventListener('message', ({ data, origin, source, ports }) => {
  if (data !== connect) return;
  const [port, ...more] = ports;
  if (source === window && origin === location.origin && port !== undefined && more.length === 0) {
    ipcRenderer.postMessage(connect, null, [port]);
  } else {
    ipcRenderer.send('reelwright:refused', String(origin).slice(0, 200));
  }
});
