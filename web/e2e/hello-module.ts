// A WASI module of some hundred bytes that writes one line: made here, so that these tests need no compiler.
//
// It imports `fd_write`, exports `memory` and `_start`, and is what a compiler would make of a hello world.

/** Returns the bytes of a module that writes `text` to standard output. */
export function helloModule(text: string): Buffer {
  const line = Buffer.from(text);
  const i32 = 0x7f;
  return Buffer.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    // Types: fd_write and _start.
    ...section(1, [2, 0x60, 4, i32, i32, i32, i32, 1, i32, 0x60, 0, 0]),
    ...section(2, [1, ...name('wasi_snapshot_preview1'), ...name('fd_write'), 0x00, 0]),
    ...section(3, [1, 1]),
    ...section(5, [1, 0x00, 1]),
    ...section(7, [2, ...name('memory'), 0x02, 0, ...name('_start'), 0x00, 1]),
    // _start: fd_write(1, iovs = 0, count = 1, written = 16), its result dropped.
    ...section(10, [1, ...sized([0, 0x41, 1, 0x41, 0, 0x41, 1, 0x41, 16, 0x10, 0, 0x1a, 0x0b])]),
    // Data: one buffer at 32 and its length, then the text.
    ...section(11, [
      2,
      0,
      0x41,
      0,
      0x0b,
      ...sized([32, 0, 0, 0, ...u32(line.length)]),
      0,
      0x41,
      32,
      0x0b,
      ...sized([...line]),
    ]),
  ]);
}

function section(id: number, content: number[]): number[] {
  return [id, ...sized(content)];
}

function name(text: string): number[] {
  return sized([...Buffer.from(text)]);
}

function sized(content: number[]): number[] {
  return [...leb(content.length), ...content];
}

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

function u32(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}
