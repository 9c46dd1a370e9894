import { type IpcMainEvent, ipcMain, type MessagePortMain, type WebContents } from 'electron';
import type { Channel, HostLog } from '../site/index.ts';
import { isPage } from './scheme.ts';

const connect = 'reelwright:connect';
const refused = 'reelwright:refused';

/** Takes the port that the page sends, from our window's own top frame and its own origin only. */
export function listenForPage(
  page: () => WebContents | null,
  connectCalls: (channel: Channel) => void,
  log: HostLog,
): () => void {
  const problem = ({ sender, senderFrame }: IpcMainEvent): string | null => {
    if (sender !== page()) return 'not our window';
    if (senderFrame === null || senderFrame !== sender.mainFrame) return 'not the top frame';
    return isPage(senderFrame.url) ? null : `the page ${senderFrame.url}`;
  };
  const onConnect = (event: IpcMainEvent) => {
    const why = problem(event) ?? (event.ports.length === 1 ? null : `${event.ports.length} ports`);
    const [port] = event.ports;
    if (why === null && port !== undefined) return connectCalls(channelOf(port));
    log.refused('a connection', why ?? undefined);
    for (const each of event.ports) each.close();
  };
  const onRefused = (event: IpcMainEvent, origin: unknown) => {
    if (problem(event) === null) log.refused('a connection', `a message of another frame or origin (${origin})`);
  };
  ipcMain.on(connect, onConnect);
  ipcMain.on(refused, onRefused);
  return () => {
    ipcMain.off(connect, onConnect);
    ipcMain.off(refused, onRefused);
  };
}

function channelOf(port: MessagePortMain): Channel {
  return {
    send: (message) => port.postMessage(message),
    onMessage(listener) {
      port.on('message', ({ data, ports }) => {
        for (const stray of ports) stray.close();
        listener(data);
      });
      port.start();
    },
    onClose: (listener) => port.on('close', listener),
    close: () => port.close(),
  };
}
