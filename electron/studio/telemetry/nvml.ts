import { win32 } from 'node:path';
import koffi from 'koffi';

/** Return codes of NVML that matter here. */
export const code = {
  success: 0,
  uninitialized: 1,
  invalidArgument: 2,
  notSupported: 3,
  noPermission: 4,
  notFound: 6,
  insufficientSize: 7,
  driverNotLoaded: 9,
  functionNotFound: 13,
  gpuIsLost: 15,
  resetRequired: 16,
  versionMismatch: 18,
} as const;

/** Bits of what keeps the clocks of a card down. */
export const slowdown = {
  powerCap: 0x4,
  hardware: 0x8,
  heat: 0x20,
  heatHardware: 0x40,
  powerBrake: 0x80,
} as const;

/** NVML refused to tell. */
export interface Refused {
  code: number;
}

export const told = <Value>(answer: Value | Refused): answer is Value =>
  typeof answer !== 'object' || answer === null || !('code' in answer);

/** A card as NVML names it between one `init` and the next `shutdown`. */
export type Handle = unknown;

/** What NVML says of one process; bytes are null where the system does not tell (Windows). */
export interface NvmlProcess {
  pid: number;
  bytes: number | null;
}

/** The calls we make, with NVML's own return codes. Nothing here throws. */
export interface Nvml {
  init(): number;
  shutdown(): void;
  driver(): string | Refused;
  /** Handles of the cards that answer now. */
  handles(): Handle[] | Refused;
  uuid(handle: Handle): string | Refused;
  name(handle: Handle): string | Refused;
  pcieGeneration(handle: Handle): number | Refused;
  pcieWidth(handle: Handle): number | Refused;
  /** Percent. */
  utilisation(handle: Handle): number | Refused;
  memory(handle: Handle): { total: number; used: number } | Refused;
  /** Watts. */
  power(handle: Handle): number | Refused;
  powerLimit(handle: Handle): number | Refused;
  /** Degrees Celsius. */
  temperature(handle: Handle): number | Refused;
  /** Megahertz. */
  clockGraphics(handle: Handle): number | Refused;
  clockMemory(handle: Handle): number | Refused;
  /** What keeps the clocks down, as bits of `slowdown`. */
  slowdown(handle: Handle): number | Refused;
  /** Bytes received since some moment; only where it is a counter of 64 bits. */
  pcieReceived(handle: Handle): number | Refused;
  /** Bytes a second. The driver measures for 20 ms, and so long does the call take. */
  pcieReceiveRate(handle: Handle): number | Refused;
  processes(handle: Handle): NvmlProcess[] | Refused;
  /** Percent of the card's time that each process had since then (ms since 1970); those that had none are left out. */
  shares(handle: Handle, since: number): Map<number, number> | Refused;
  processName(pid: number): string | Refused;
}

/** Where the driver puts its library. */
export function libraries(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string[] {
  if (env['REELWRIGHT_NVML']) return [env['REELWRIGHT_NVML']];
  if (platform === 'win32') {
    // By full paths: a nvml.dll that lies in the current folder is never loaded.
    const system = win32.join(env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'nvml.dll');
    const programs = env['ProgramW6432'] ?? env['ProgramFiles'] ?? 'C:\\Program Files';
    return [system, win32.join(programs, 'NVIDIA Corporation', 'NVSMI', 'nvml.dll')];
  }
  return platform === 'linux' ? ['libnvidia-ml.so.1', 'libnvidia-ml.so'] : [];
}

/** The first of the libraries that can be loaded; null when none can. */
export function loadNvml(names: readonly string[]): Nvml | null {
  for (const name of names) {
    try {
      return bind(koffi.load(name));
    } catch {
      // Not there, or not NVML.
    }
  }
  return null;
}

const PCIE_RECEIVED_BYTES = 198;
const PCIE_UTIL_RX = 1;
const CLOCK_GRAPHICS = 0;
const CLOCK_MEMORY = 2;
const UNSIGNED_64 = [2, 3];
const PROCESS_BYTES = 24;
/** nvmlProcessUtilizationSample_t: pid at 0, smUtil at 16. */
const SHARE_BYTES = 32;
/** nvmlFieldValue_t: fieldId at 0, valueType at 24, nvmlReturn at 28, value at 32. */
const FIELD_BYTES = 40;
const NOT_TOLD = 0xffff_ffff_ffff_ffffn;

type Call = (...values: unknown[]) => number;

function bind(library: ReturnType<typeof koffi.load>): Nvml {
  const init: Call = library.func('int nvmlInit_v2()');
  const shutdown: Call = library.func('int nvmlShutdown()');
  const optional = (signature: string): Call => {
    try {
      return library.func(signature);
    } catch {
      return () => code.functionNotFound;
    }
  };
  const getter = (name: string) => optional(`int ${name}(void* device, _Out_ uint8_t* out)`);
  const driverVersion = optional('int nvmlSystemGetDriverVersion(_Out_ uint8_t* text, uint32_t length)');
  const count = optional('int nvmlDeviceGetCount_v2(_Out_ uint8_t* out)');
  const handleByIndex = optional('int nvmlDeviceGetHandleByIndex_v2(uint32_t index, _Out_ void** device)');
  const uuid = optional('int nvmlDeviceGetUUID(void* device, _Out_ uint8_t* text, uint32_t length)');
  const name = optional('int nvmlDeviceGetName(void* device, _Out_ uint8_t* text, uint32_t length)');
  const generation = getter('nvmlDeviceGetMaxPcieLinkGeneration');
  const width = getter('nvmlDeviceGetCurrPcieLinkWidth');
  const utilisation = getter('nvmlDeviceGetUtilizationRates');
  const memory = getter('nvmlDeviceGetMemoryInfo');
  const power = getter('nvmlDeviceGetPowerUsage');
  const powerLimit = getter('nvmlDeviceGetEnforcedPowerLimit');
  const temperature = optional('int nvmlDeviceGetTemperature(void* device, int sensor, _Out_ uint8_t* out)');
  const clock = optional('int nvmlDeviceGetClockInfo(void* device, int type, _Out_ uint8_t* out)');
  // By its name of today, then by the one that drivers before 535 know.
  const reasons = ['Event', 'Throttle'].map((kind) => getter(`nvmlDeviceGetCurrentClocks${kind}Reasons`));
  const fieldValues = optional('int nvmlDeviceGetFieldValues(void* device, int count, _Inout_ uint8_t* values)');
  const throughput = optional('int nvmlDeviceGetPcieThroughput(void* device, int counter, _Out_ uint8_t* out)');
  const running = ['Compute', 'Graphics'].map((kind) =>
    optional(
      `int nvmlDeviceGet${kind}RunningProcesses_v3(void* device, _Inout_ uint32_t* count, _Out_ uint8_t* processes)`,
    ),
  );
  const processUtilisation = optional(
    'int nvmlDeviceGetProcessUtilization(void* device, _Out_ uint8_t* samples, _Inout_ uint32_t* count, uint64_t since)',
  );
  const processName = optional('int nvmlSystemGetProcessName(uint32_t pid, _Out_ uint8_t* text, uint32_t length)');

  const out = Buffer.alloc(64);
  const words = Buffer.alloc(1024);
  const processBuffer = Buffer.alloc(256 * PROCESS_BYTES);

  const number = (result: number): number | Refused =>
    result === code.success ? out.readUInt32LE(0) : { code: result };
  const watts = (result: number): number | Refused =>
    result === code.success ? out.readUInt32LE(0) / 1000 : { code: result };
  const text = (result: number): string | Refused => {
    if (result !== code.success) return { code: result };
    const end = words.indexOf(0);
    return words.toString('utf8', 0, end < 0 ? words.length : end);
  };

  return {
    init: () => init(),
    shutdown: () => void shutdown(),
    driver: () => text(driverVersion(words, words.length)),
    handles() {
      const answer = number(count(out));
      if (!told(answer)) return answer;
      const handles: Handle[] = [];
      for (let index = 0; index < answer; index++) {
        const handle: unknown[] = [null];
        if (handleByIndex(index, handle) === code.success) handles.push(handle[0]);
      }
      return handles;
    },
    uuid: (handle) => text(uuid(handle, words, words.length)),
    name: (handle) => text(name(handle, words, words.length)),
    pcieGeneration: (handle) => number(generation(handle, out)),
    pcieWidth: (handle) => number(width(handle, out)),
    utilisation: (handle) => number(utilisation(handle, out)),
    memory(handle) {
      const result = memory(handle, out);
      if (result !== code.success) return { code: result };
      return { total: Number(out.readBigUInt64LE(0)), used: Number(out.readBigUInt64LE(16)) };
    },
    power: (handle) => watts(power(handle, out)),
    powerLimit: (handle) => watts(powerLimit(handle, out)),
    temperature: (handle) => number(temperature(handle, 0, out)),
    clockGraphics: (handle) => number(clock(handle, CLOCK_GRAPHICS, out)),
    clockMemory: (handle) => number(clock(handle, CLOCK_MEMORY, out)),
    slowdown(handle) {
      let result: number = code.functionNotFound;
      for (const call of reasons) {
        result = call(handle, out);
        if (result !== code.functionNotFound) break;
      }
      // All that matters here is in the lower half.
      return number(result);
    },
    pcieReceived(handle) {
      out.fill(0, 0, FIELD_BYTES);
      out.writeUInt32LE(PCIE_RECEIVED_BYTES, 0);
      const result = fieldValues(handle, 1, out);
      if (result !== code.success) return { code: result };
      const field = out.readUInt32LE(28);
      if (field !== code.success) return { code: field };
      // One of 32 bits would come round several times between two readings of a busy link.
      if (!UNSIGNED_64.includes(out.readUInt32LE(24))) return { code: code.notSupported };
      return Number(out.readBigUInt64LE(32));
    },
    pcieReceiveRate(handle) {
      const kilobytes = number(throughput(handle, PCIE_UTIL_RX, out));
      return told(kilobytes) ? kilobytes * 1000 : kilobytes;
    },
    processes(handle) {
      const found = new Map<number, NvmlProcess>();
      let refused: Refused | null = null;
      for (const list of running) {
        const size = [processBuffer.length / PROCESS_BYTES];
        const result = list(handle, size, processBuffer);
        if (result !== code.success) {
          refused = { code: result };
          continue;
        }
        for (let index = 0; index < (size[0] ?? 0); index++) {
          const pid = processBuffer.readUInt32LE(index * PROCESS_BYTES);
          const used = processBuffer.readBigUInt64LE(index * PROCESS_BYTES + 8);
          const bytes = used === NOT_TOLD ? null : Number(used);
          const before = found.get(pid)?.bytes ?? null;
          found.set(pid, { pid, bytes: bytes === null ? before : Math.max(bytes, before ?? 0) });
        }
      }
      return found.size === 0 && refused ? refused : [...found.values()];
    },
    shares(handle, since) {
      const size = [processBuffer.length / SHARE_BYTES];
      const result = processUtilisation(handle, processBuffer, size, BigInt(Math.round(since)) * 1000n);
      const found = new Map<number, number>();
      // Nobody calculated.
      if (result === code.notFound) return found;
      if (result !== code.success) return { code: result };
      for (let index = 0; index < (size[0] ?? 0); index++) {
        const pid = processBuffer.readUInt32LE(index * SHARE_BYTES);
        const percent = processBuffer.readUInt32LE(index * SHARE_BYTES + 16);
        found.set(pid, Math.max(percent, found.get(pid) ?? 0));
      }
      return found;
    },
    processName: (pid) => text(processName(pid, words, words.length)),
  };
}
