import { app, protocol, type Session } from 'electron';

const scheme = 'studio';

/** Where the page lives. */
export const pageAddress = `${scheme}://app/`;

/** Before the app is ready: the page's scheme is to have an origin, like https. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true } },
  ]);
}

/** The page's own origin, whatever comes after it. */
export function isPage(address: string): boolean {
  try {
    const { protocol: asked, host, username, port } = new URL(address);
    return asked === `${scheme}:` && host === 'app' && username === '' && port === '';
  } catch {
    return false;
  }
}

export function serveScheme(session: Session, site: (request: Request) => Promise<Response>): () => void {
  session.protocol.handle(scheme, async (request) => {
    if (!isPage(request.url)) return new Response(null, { status: 404 });
    return site(request);
  });
  return () => session.protocol.unhandle(scheme);
}

/** The scheme of links that other programs open, told to the system. */
export function registerLinks(): void {
  const link = 'reelwright';
  const [program, main] = process.argv;
  // From source the program is Electron itself: it has to be told what to run.
  if (app.isPackaged || program === undefined || main === undefined) app.setAsDefaultProtocolClient(link);
  else app.setAsDefaultProtocolClient(link, program, [main]);
}
