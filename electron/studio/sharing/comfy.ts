import { isObject } from './document.ts';

/** ComfyUI's graph: nodes by their ids, each with its inputs; an input is a value or the id and output of another node. */
export type Graph = ReadonlyMap<string, Record<string, unknown>>;

const maxNodes = 2000;

/** The graph that a "prompt" holds; null when it is none. */
export function graphIn(value: Record<string, unknown> | null): Graph | null {
  if (value === null) return null;
  const graph = new Map<string, Record<string, unknown>>();
  for (const [id, node] of Object.entries(value).slice(0, maxNodes)) {
    if (isObject(node) && typeof node['class_type'] === 'string' && isObject(node['inputs']))
      graph.set(id, node['inputs']);
  }
  return graph.size > 0 ? graph : null;
}

/** What the node that samples was told, and what the nodes before it say. */
export function settingsOfGraph(graph: Graph) {
  const nodes = [...graph.values()];
  const sampler = nodes.find((inputs) => 'positive' in inputs && ('steps' in inputs || 'cfg' in inputs));
  const guided = sampler ?? nodes.find((inputs) => 'positive' in inputs);
  const sized = nodes.find((inputs) => isWhole(inputs['width']) && isWhole(inputs['height']));
  const number = (...names: string[]) =>
    [...(sampler === undefined ? [] : [sampler]), ...nodes]
      .flatMap((inputs) => names.map((name) => inputs[name]))
      .find((value) => typeof value === 'number');
  return {
    prompt: guided && textAt(graph, guided['positive']),
    negativePrompt: guided && textAt(graph, guided['negative']),
    seed: number('seed', 'noise_seed'),
    width: sized?.['width'],
    height: sized?.['height'],
    frames: number('length', 'num_frames', 'video_frames'),
    fps: number('fps', 'frame_rate'),
    steps: number('steps'),
    guidance: number('cfg'),
  };
}

const isWhole = (value: unknown) => Number.isInteger(value);
/** Where words stand, and through which inputs they come, in the order in which they are asked. */
const wordInputs = ['text', 'prompt', 'string', 'value', 'positive', 'conditioning', 'conditioning_1'];

/** A link is a list that begins with the id of a node. Anything else there leads nowhere. */
function nodeOf(graph: Graph, link: unknown): Record<string, unknown> | undefined {
  const id: unknown = Array.isArray(link) ? link[0] : undefined;
  return typeof id === 'string' || typeof id === 'number' ? graph.get(String(id)) : undefined;
}

/** The words at the far end of a link, over at most as many nodes as anybody would put in between. */
function textAt(graph: Graph, from: unknown): string | undefined {
  let link = from;
  for (let hops = 0; hops < 12; hops += 1) {
    if (typeof link === 'string') return link;
    const inputs = nodeOf(graph, link);
    const name =
      inputs && wordInputs.find((input) => typeof inputs[input] === 'string' || Array.isArray(inputs[input]));
    if (inputs === undefined || name === undefined) return undefined;
    link = inputs[name];
  }
  return undefined;
}
