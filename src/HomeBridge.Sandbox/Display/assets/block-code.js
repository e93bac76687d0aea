// Which camera and which frame a picture shows, read from its pixels: the reader of contracts/camera-block-code.md.

export function readBlockCode(context, width, height) {
  const { data } = context.getImageData(0, 0, width, height);
  const cell = (c, r) => {
    const left = Math.floor((c + 0.25) * width / 40);
    const right = Math.max(left + 1, Math.floor((c + 0.75) * width / 40));
    const top = Math.floor((324 + 16 * r) * height / 360);
    const bottom = Math.max(top + 1, Math.floor((332 + 16 * r) * height / 360));
    let sum = 0;
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += data[4 * (y * width + x) + 1];
    return sum / ((right - left) * (bottom - top));
  };
  const finders = ["1011", "0010", "0100", "1101"].flatMap((word, i) => [...word].map((bit, j) =>
    ({ bit: bit === "1", luma: cell((i % 2) * 36 + j, i >> 1) })));
  const mean = bit => finders.reduce((sum, f) => sum + (f.bit === bit ? f.luma : 0), 0) / 8;
  const white = mean(true), black = mean(false), quarter = (white - black) / 4;
  if (white - black < 48) return null;
  if (finders.some(f => f.bit ? f.luma < white - quarter : f.luma > black + quarter)) return null;

  const bytes = new Uint8Array(8);
  for (let i = 0; i < 64; i++) {
    if (cell(4 + i % 32, i >> 5) > (white + black) / 2) bytes[i >> 3] |= 0x80 >> (i & 7);
  }
  let crc = 0xffff;
  for (const byte of bytes.subarray(0, 6)) {
    crc ^= byte << 8;
    for (let i = 0; i < 8; i++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  const view = new DataView(bytes.buffer);
  return crc === view.getUint16(6) ? { number: view.getUint16(0), frame: view.getUint32(2) } : null;
}
