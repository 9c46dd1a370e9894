import type { Failure } from './failure.ts';

type DeviceMemoryFailure = Extract<Failure, { cause: 'device-memory' }>;

/** Of the card in bytes: what was needed in all, and what there was for it. Null where the driver said too little. */
export function shortageOf(failure: DeviceMemoryFailure): { needed: number; there: number } | null {
  const { requestedBytes, allocatedBytes, reservedBytes, freeBytes, allowedBytes } = failure;
  if (requestedBytes === null || freeBytes === null) return null;
  const allocated = allocatedBytes ?? reservedBytes ?? 0;
  const there = Math.min((reservedBytes ?? allocated) + freeBytes, allowedBytes ?? Number.POSITIVE_INFINITY);
  return { needed: allocated + requestedBytes, there };
}
