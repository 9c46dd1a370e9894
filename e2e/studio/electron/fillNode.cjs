// @ts-nocheck: written for another Electron than the one whose types are here.
// What the Node of the pinned Electron has and that of the older one in the tests lacks.
const buffer = require('node:buffer');
const events = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const stream = require('node:stream');
const web = require('node:stream/web');
const v8 = require('node:v8');

class Headers {
  #values = new Map();
  constructor(given = {}) {
    const pairs = typeof given[Symbol.iterator] === 'function' ? given : Object.entries(given);
    for (const [name, value] of pairs) this.append(name, value);
  }
  append(name, value) {
    const before = this.get(name);
    this.set(name, before === null ? value : `${before}, ${value}`);
  }
  set(name, value) {
    this.#values.set(name.toLowerCase(), String(value));
  }
  get(name) {
    return this.#values.get(name.toLowerCase()) ?? null;
  }
  has(name) {
    return this.#values.has(name.toLowerCase());
  }
  [Symbol.iterator]() {
    return this.#values[Symbol.iterator]();
  }
}

/** A body is a stream of bytes, or nothing. */
function bodyOf(given) {
  if (given === null || given === undefined) return null;
  if (given instanceof web.ReadableStream) return given;
  const bytes =
    typeof given === 'string'
      ? Buffer.from(given)
      : Buffer.from(given.buffer ?? given, given.byteOffset, given.byteLength);
  return new web.ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array(bytes));
      controller.close();
    },
  });
}

class Body {
  constructor(body, headers) {
    this.body = bodyOf(body);
    this.headers = new Headers(headers);
  }
  async arrayBuffer() {
    const chunks = [];
    if (this.body !== null) for await (const chunk of this.body) chunks.push(chunk);
    const whole = Buffer.concat(chunks);
    return whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.length);
  }
  async text() {
    return Buffer.from(await this.arrayBuffer()).toString();
  }
  async json() {
    return JSON.parse(await this.text());
  }
}

class Response extends Body {
  constructor(body, { status = 200, statusText = '', headers = {} } = {}) {
    super(body, headers);
    this.status = status;
    this.statusText = statusText;
  }
  static json(value, options = {}) {
    const headers = new Headers(options.headers);
    headers.set('Content-Type', 'application/json');
    return new Response(JSON.stringify(value), { ...options, headers });
  }
}

class Request extends Body {
  constructor(url, { method = 'GET', headers = {}, body = null, signal = new AbortController().signal } = {}) {
    super(body, headers);
    Object.assign(this, { url: String(url), method, signal });
  }
}

class File extends buffer.Blob {
  constructor(parts, name, options) {
    super(parts, options);
    this.name = name;
  }
}

function fill(target, values) {
  for (const [name, value] of Object.entries(values)) {
    if (!(name in target)) Object.defineProperty(target, name, { value, configurable: true, writable: true });
  }
}

fill(globalThis, {
  ...{ Headers, Request, Response, File, Blob: buffer.Blob, FormData: class FormData {} },
  ReadableStream: web.ReadableStream,
  WritableStream: web.WritableStream,
  TransformStream: web.TransformStream,
  structuredClone: (value) => v8.deserialize(v8.serialize(value)),
});
fill(stream, { getDefaultHighWaterMark: (objects) => (objects ? 16 : 16 * 1024) });
fill(stream.Readable, { toWeb: (readable) => web.ReadableStream.from(readable) });
fill(events, {
  addAbortListener(signal, listener) {
    if (signal.aborted) queueMicrotask(() => listener());
    else signal.addEventListener('abort', listener, { once: true });
    return { [Symbol.for('dispose')]: () => signal.removeEventListener('abort', listener) };
  },
});
fill(fs.promises, {
  // Of the folder's disk, which nothing in the tests depends on.
  statfs: async () => ({ bsize: 4096, blocks: 2 ** 28, bfree: 2 ** 27, bavail: 2 ** 27 }),
});
fill(os, { availableParallelism: () => os.cpus().length });
// No limit of the process's own is known.
fill(process, { constrainedMemory: () => 0 });
fill(AbortSignal, {
  any(signals) {
    const controller = new AbortController();
    const abort = (signal) => controller.abort(signal.reason);
    for (const signal of signals) {
      if (signal.aborted) abort(signal);
      else signal.addEventListener('abort', () => abort(signal), { once: true });
    }
    return controller.signal;
  },
});
fill(Promise, {
  withResolvers() {
    let resolve;
    let reject;
    const promise = new Promise((one, other) => {
      resolve = one;
      reject = other;
    });
    return { promise, resolve, reject };
  },
});
fill(Array.prototype, {
  toSorted(compare) {
    return [...this].sort(compare);
  },
  toReversed() {
    return [...this].reverse();
  },
  findLast(found) {
    return [...this].reverse().find(found);
  },
});
