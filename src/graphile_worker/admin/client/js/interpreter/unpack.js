// @ts-check

/**
 * Writes packed files below /lib, and returns their paths. Per file: u16 length of the path, u32 size, path, bytes
 * (little endian). Nothing is written when the end is missing.
 * @param {ArrayBuffer} packed
 * @param {import("micropython").FileSystem} FS
 */
export function unpack(packed, FS) {
  const view = new DataView(packed);
  const text = new TextDecoder();
  /** @type {Map<string, Uint8Array>} */
  const files = new Map();
  for (let offset = 0; offset < packed.byteLength; ) {
    const length = view.getUint16(offset, true);
    const size = view.getUint32(offset + 2, true);
    const path = text.decode(new Uint8Array(packed, offset + 6, length));
    files.set(path, new Uint8Array(packed, offset + 6 + length, size));
    offset += 6 + length + size;
  }
  for (const [name, bytes] of files) {
    const path = `/lib/${name}`;
    FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    FS.writeFile(path, bytes);
  }
  return [...files.keys()];
}
