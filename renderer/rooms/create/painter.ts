/** Small frames of colours, drawn large and smooth. */
export interface Frames {
  frames: number;
  width: number;
  height: number;
  /** `frames` x `height` x `width` x 3. */
  rgb: Uint8Array;
}

export interface Painter {
  show(frames: Frames): void;
  draw(frame: number): void;
  dispose(): void;
}

export function decodeFrames(preview: { frames: number; width: number; height: number; rgb: string }): Frames | null {
  const { frames, width, height } = preview;
  const text = atob(preview.rgb);
  // Rather nothing than a picture of something else.
  if (text.length !== frames * width * height * 3) return null;
  const rgb = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) rgb[at] = text.charCodeAt(at);
  return { frames, width, height, rgb };
}

const vertexShader = `#version 300 es
out vec2 place;
void main() {
  // One triangle that covers everything.
  vec2 corner = vec2(float((gl_VertexID << 1) & 2), float(gl_VertexID & 2));
  place = vec2(corner.x, 1.0 - corner.y);
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`;

/** Bicubic after Mitchell and Netravali: between blurred and ringing. */
const fragmentShader = `#version 300 es
precision highp float;
precision highp sampler2DArray;
uniform sampler2DArray frames;
uniform int frame;
in vec2 place;
out vec4 colour;

vec4 weights(float t) {
  vec4 d = abs(vec4(t + 1.0, t, 1.0 - t, 2.0 - t));
  vec4 inner = (7.0 * d * d * d - 12.0 * d * d + 16.0 / 3.0) / 6.0;
  vec4 outer = (-7.0 / 3.0 * d * d * d + 12.0 * d * d - 20.0 * d + 32.0 / 3.0) / 6.0;
  return vec4(outer.x, inner.y, inner.z, outer.w);
}

void main() {
  ivec2 size = textureSize(frames, 0).xy;
  vec2 at = place * vec2(size) - 0.5;
  ivec2 base = ivec2(floor(at));
  vec4 across = weights(at.x - float(base.x));
  vec4 down = weights(at.y - float(base.y));
  vec3 sum = vec3(0.0);
  for (int y = 0; y < 4; y++) {
    for (int x = 0; x < 4; x++) {
      ivec2 texel = clamp(base + ivec2(x - 1, y - 1), ivec2(0), size - 1);
      sum += across[x] * down[y] * texelFetch(frames, ivec3(texel, frame), 0).rgb;
    }
  }
  colour = vec4(clamp(sum, 0.0, 1.0), 1.0);
}`;

function program(gl: WebGL2RenderingContext): WebGLProgram | null {
  const made = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertexShader],
    [gl.FRAGMENT_SHADER, fragmentShader],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) return null;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(made);
  return gl.getProgramParameter(made, gl.LINK_STATUS) ? made : null;
}

/** By the page's own GPU. Null where there is no WebGL 2. */
function openGl(canvas: HTMLCanvasElement): Painter | null {
  const gl = canvas.getContext('webgl2', {
    alpha: false,
    antialias: false,
    depth: false,
    powerPreference: 'low-power',
  });
  if (!gl) return null;
  const made = program(gl);
  const texture = gl.createTexture();
  if (!made) return null;
  // biome-ignore lint/correctness/useHookAtTopLevel: WebGL has a use of its own
  gl.useProgram(made);
  gl.bindVertexArray(gl.createVertexArray());
  gl.bindTexture(gl.TEXTURE_2D_ARRAY, texture);
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
    gl.texParameteri(gl.TEXTURE_2D_ARRAY, filter, gl.NEAREST);
  }
  // Rows of three bytes a pixel begin anywhere.
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  const frameAt = gl.getUniformLocation(made, 'frame');
  const most: number = gl.getParameter(gl.MAX_ARRAY_TEXTURE_LAYERS);
  return {
    show({ frames, width, height, rgb }) {
      const layers = Math.min(frames, most);
      gl.texImage3D(gl.TEXTURE_2D_ARRAY, 0, gl.RGB8, width, height, layers, 0, gl.RGB, gl.UNSIGNED_BYTE, rgb);
    },
    draw(frame) {
      gl.viewport(0, 0, canvas.width, canvas.height);
      // A longer clip stands still at its end.
      gl.uniform1i(frameAt, Math.min(frame, most - 1));
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    },
    dispose() {
      gl.deleteTexture(texture);
      gl.deleteProgram(made);
    },
  };
}

/** Without a GPU: the browser's own smoothing. */
function openFlat(canvas: HTMLCanvasElement): Painter | null {
  const flat = canvas.getContext('2d');
  const small = document.createElement('canvas');
  const source = small.getContext('2d');
  if (!flat || !source) return null;
  let shown: Frames | null = null;
  return {
    show(frames) {
      shown = frames;
      small.width = frames.width;
      small.height = frames.height;
    },
    draw(frame) {
      if (!shown) return;
      const { width, height, rgb } = shown;
      const image = source.createImageData(width, height);
      const start = frame * width * height * 3;
      for (let pixel = 0; pixel < width * height; pixel += 1) {
        for (let part = 0; part < 3; part += 1) image.data[pixel * 4 + part] = rgb[start + pixel * 3 + part] ?? 0;
        image.data[pixel * 4 + 3] = 255;
      }
      source.putImageData(image, 0, 0);
      flat.imageSmoothingQuality = 'high';
      flat.drawImage(small, 0, 0, canvas.width, canvas.height);
    },
    dispose: () => {},
  };
}

export const openPainter = (canvas: HTMLCanvasElement): Painter | null => openGl(canvas) ?? openFlat(canvas);
