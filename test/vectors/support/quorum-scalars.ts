import type { Json, JsonObject } from './vector-rows.js';
import { textOf } from './vector-rows.js';

/** A 64-bit number as the recordings of servers show it: unsigned hex. */
export function hex64(value: number | bigint): string {
  return `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`;
}

export function bigintOf(json: Json | undefined): bigint {
  return BigInt.asIntN(64, BigInt(textOf(json)));
}

export function numberOf(json: Json | undefined): number {
  return Number(bigintOf(json));
}

export function hexOf(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('hex');
}

export function bufferOf(json: Json | undefined): Buffer | null {
  return typeof json === 'string' ? Buffer.from(json, 'hex') : null;
}

export function listOf(json: Json | undefined): readonly JsonObject[] {
  if (!Array.isArray(json)) throw new Error(`${JSON.stringify(json)} is no list`);
  return json as readonly JsonObject[];
}

export function objectOf(json: Json | undefined): JsonObject {
  if (typeof json !== 'object' || json === null) throw new Error(`${JSON.stringify(json)} is no record`);
  return json as JsonObject;
}
