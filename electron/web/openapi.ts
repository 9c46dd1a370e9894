import type { OpenAPIGenerator } from '@orpc/openapi';
import { type AnyRouter, ORPCError, onError } from '@orpc/server';
import { z } from 'zod';
import { api } from '../../contract/api.ts';
import { Picture, pictureLimits } from '../../contract/draft.ts';
import { Refusal } from '../../contract/refusal.ts';
import { sitePaths } from '../../contract/site.ts';
import type { Answer, HostLog } from '../site/index.ts';

const apiPrefix = '/api/v1';
const documentPath = '/api/openapi.json';

/** The contract as HTTP, for programs. Made when one first asks: a page has no use for it, and waits at the start. */
export function createApi(router: AnyRouter, log: HostLog): Answer {
  const make = async () => {
    const { OpenAPIHandler } = await import('@orpc/openapi/fetch');
    return new OpenAPIHandler(router, {
      interceptors: [
        onError((error) => {
          if (!(error instanceof ORPCError) || error.status >= 500) log.failed('a call', error);
        }),
      ],
    });
  };
  let made: ReturnType<typeof make> | null = null;
  return async (request) => {
    if (!new URL(request.url).pathname.startsWith(`${apiPrefix}/`)) return null;
    made ??= make();
    const { response } = await (await made).handle(request, { prefix: apiPrefix, context: {} });
    return response ?? null;
  };
}

/** What the calls are, for tools that read OpenAPI. Made when it is first asked for. */
export function describeApi(version: string): Answer {
  let made: Promise<string> | null = null;
  return async (request) => {
    if (new URL(request.url).pathname !== documentPath) return null;
    made ??= makeDocument(version).then((document) => JSON.stringify(document));
    return new Response(await made, { headers: { 'Content-Type': 'application/json' } });
  };
}

async function makeDocument(version: string) {
  const [{ OpenAPIGenerator }, { ZodToJsonSchemaConverter }] = await Promise.all([
    import('@orpc/openapi'),
    import('@orpc/zod/zod4'),
  ]);
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] });
  const document = await generator.generate(api, {
    info: {
      title: 'Reelwright',
      version,
      description: 'Everything the studio window does. Streams are server-sent events.',
    },
    servers: [{ url: apiPrefix }],
    security: [{ launchToken: [] }],
    components: { securitySchemes: { launchToken: { type: 'http', scheme: 'bearer' } } },
  });
  document.paths = { ...document.paths, ...sitePathItems() };
  return document;
}

type PathItems = NonNullable<Awaited<ReturnType<OpenAPIGenerator['generate']>>['paths']>;

/** What lies beside the calls: files, by the site's own addresses and not under the prefix. */
function sitePathItems(): PathItems {
  const servers = [{ url: '/' }];
  const file = (summary: string, kind: string, id: boolean): PathItems[string] => ({
    servers,
    get: {
      summary,
      ...(id ? { parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }] } : {}),
      responses: { 200: { description: summary, content: { [kind]: {} } }, 404: { description: 'Not there' } },
    },
  });
  const path = (make: (id: string) => string) => decodeURIComponent(make('{id}'));
  return {
    [sitePaths.pictures]: {
      servers,
      post: {
        summary: `Take in a picture to start from: the file is the body, at most ${pictureLimits.bytes} bytes`,
        requestBody: { required: true, content: { 'application/octet-stream': {} } },
        responses: {
          200: { description: 'Taken in', content: json(Picture) },
          422: { description: 'Refused', content: json(Refusal) },
        },
      },
    },
    [path(sitePaths.clip)]: file('The clip', 'video/mp4', true),
    [path(sitePaths.poster)]: file('A still of the clip', 'image/webp', true),
    [path(sitePaths.picture)]: file('A picture that was taken in', 'image/png', true),
    '/export/telemetry.csv': {
      ...file('Everything that was measured in the last seconds', 'text/csv', false),
      parameters: [{ name: 'seconds', in: 'query', required: true, schema: { type: 'number' } }],
    },
  };
}

const json = (schema: z.ZodType): Record<string, { schema: object }> => ({
  'application/json': { schema: z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) },
});
