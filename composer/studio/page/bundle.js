// The stems in a bundle: as much of the ZIP format as it takes to read them.

const STEM = /(^|\/)\d\d-[^/]*\.(?:flac|wav)$/;

/** The stems of a bundle (`ArrayBuffer`) in the order of the parts, each as an `ArrayBuffer` of an audio file. */
export async function readStems(bytes) {
  const stems = entries(new DataView(bytes)).filter(({ name }) => STEM.test(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  return Promise.all(stems.map((entry) => unpack(bytes, entry)));
}

function entries(view) {
  let end = view.byteLength - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end -= 1;
  if (end < 0) throw new Error("no ZIP");
  const list = [];
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left -= 1) {
    const lengths = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const name = new TextDecoder().decode(new Uint8Array(view.buffer, at + 46, lengths[0]));
    const header = view.getUint32(at + 42, true);
    const start = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
    list.push({ name, method: view.getUint16(at + 10, true), start, size: view.getUint32(at + 20, true) });
    at += 46 + lengths[0] + lengths[1] + lengths[2];
  }
  return list;
}

function unpack(bytes, { method, start, size }) {
  const packed = bytes.slice(start, start + size);
  if (method === 0) return packed;
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).arrayBuffer();
}
