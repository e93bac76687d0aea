// HLS for browsers that have none: the gateway's playlist is read again and again, and each unit in it is fetched once
// and handed to the browser's decoder. Nothing is kept but what the decoder holds.

/** Units to begin with: enough to play on while the next one is made. */
const unitsAtStart = 2;

/** Further behind the newest picture than this, the player jumps. */
const behindMax = 7;

/** Seconds already shown that the decoder may keep; the rest is taken from it. */
const shownKept = 4;

/** How often the playlist is asked for. */
const pollEvery = 1_000;

/** Why there is no picture any more. */
class Ended extends Error {}

/** Feeds a video element until the signal ends it; throws when the stream is over. */
export async function feed(video, url, signal) {
  const media = new MediaSource();
  const address = URL.createObjectURL(media);
  video.src = address;
  await new Promise((opened) => media.addEventListener('sourceopen', opened, { once: true }));
  URL.revokeObjectURL(address);
  const decoder = { video, media, buffer: null, init: null };
  const source = await mediaPlaylist(url, signal);
  let newest = -1;
  while (!signal.aborted) {
    const playlist = await readPlaylist(source, signal);
    const units = (playlist?.units ?? []).filter((unit) => unit.sequence > newest);
    for (const unit of newest < 0 ? units.slice(-unitsAtStart) : units) {
      newest = unit.sequence;
      if (!await append(decoder, unit, signal)) {
        break;
      }
    }
    await pause(pollEvery, signal);
  }
}

/** One unit into the decoder, its init unit first where that is another one. False when it can't be had. */
async function append(decoder, unit, signal) {
  if (!unit.init) {
    throw new Ended('unsupported');
  }
  if (unit.init !== decoder.init) {
    const init = await get(unit.init, signal);
    if (!init) {
      return false;
    }
    const bytes = new Uint8Array(await init.arrayBuffer());
    const type = `video/mp4; codecs="${codecs(bytes).join(',')}"`;
    if (!MediaSource.isTypeSupported(type)) {
      throw new Ended('unsupported');
    }
    if (decoder.buffer) {
      decoder.buffer.changeType(type);
    } else {
      decoder.buffer = decoder.media.addSourceBuffer(type);
    }
    await change(decoder.buffer, signal, (buffer) => buffer.appendBuffer(bytes));
    decoder.init = unit.init;
  }

  const answer = await get(unit.url, signal);
  const bytes = await answer?.arrayBuffer().catch(() => null);
  if (!bytes) {
    return false;
  }
  await change(decoder.buffer, signal, (buffer) => buffer.appendBuffer(bytes));
  await followTheEdge(decoder, signal);
  return true;
}

/** Times in the units are the camera's own, so after a jump of its clock the newest run of pictures is the live one. */
async function followTheEdge({ video, buffer }, signal) {
  const { buffered } = buffer;
  const last = buffered.length - 1;
  if (last < 0) {
    return;
  }
  const [start, end] = [buffered.start(last), buffered.end(last)];
  if (video.currentTime < start || video.currentTime > end) {
    video.currentTime = start;
  } else if (end - video.currentTime > behindMax) {
    video.currentTime = Math.max(start, end - behindMax / 2);
  }
  const shown = video.currentTime - shownKept;
  if (buffered.start(0) < shown) {
    await change(buffer, signal, (one) => one.remove(0, shown));
  }
}

async function change(buffer, signal, work) {
  signal.throwIfAborted();
  await new Promise((done, failed) => {
    buffer.addEventListener('updateend', done, { once: true });
    buffer.addEventListener('error', () => failed(new Ended('not decodable')), { once: true });
    work(buffer);
  });
  signal.throwIfAborted();
}

/** Null when it can't be had now. Of a session that is over the gateway says so, and then it is over here too. */
async function get(url, signal, isUnit = true) {
  let answer;
  try {
    answer = await fetch(url, { credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer', signal });
  } catch {
    signal.throwIfAborted();
    return null;
  }
  if (answer.status === 403) {
    throw new Ended('suspended');
  }
  if (answer.status === 404 && !isUnit) {
    throw new Ended('not found');
  }
  return answer.ok ? answer : null;
}

async function mediaPlaylist(url, signal) {
  for (;;) {
    const lines = (await text(url, signal))?.split('\n') ?? [];
    const variant = lines.findIndex((line) => line.startsWith('#EXT-X-STREAM-INF:'));
    if (variant >= 0) {
      return new URL(lines[variant + 1].trim(), url).href;
    }
    await pause(pollEvery, signal);
  }
}

/** RFC 8216 section 4: what the gateway writes, and nothing else. */
async function readPlaylist(url, signal) {
  const read = await text(url, signal);
  if (read === null) {
    return null;
  }
  let sequence = 0;
  let init = null;
  const units = [];
  for (const line of read.split('\n')) {
    if (line.startsWith('#EXT-X-MEDIA-SEQUENCE:')) {
      sequence = Number(line.slice(22));
    } else if (line.startsWith('#EXT-X-MAP:')) {
      init = new URL(line.match(/URI="([^"]+)"/)[1], url).href;
    } else if (line && !line.startsWith('#')) {
      units.push({ sequence, init, url: new URL(line, url).href });
      sequence += 1;
    }
  }
  return { units };
}

async function text(url, signal) {
  const answer = await get(url, signal, false);
  const read = await answer?.text().catch(() => null);
  return read?.startsWith('#EXTM3U') ? read : null;
}

/** The codecs parameter (RFC 6381) of an init unit: H.264 from its avcC box, AAC from its esds box. */
function codecs(init) {
  const found = [];
  const at = (name) => {
    const sought = [...name].map((letter) => letter.charCodeAt(0));
    return init.findIndex((_, index) => sought.every((code, offset) => init[index + offset] === code));
  };
  const avcC = at('avcC');
  if (avcC >= 0) {
    found.push(`avc1.${[...init.subarray(avcC + 5, avcC + 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`);
  }
  let esds = at('esds');
  if (esds >= 0) {
    // ISO/IEC 14496-1 section 7.2.6: an ES descriptor (3), in it the decoder's (4), in it what is specific to it (5).
    esds += 8;
    const enter = () => {
      do {
        esds += 1;
      } while (init[esds] & 0x80);
      esds += 1;
    };
    enter();
    esds += 3;
    enter();
    const objectType = init[esds];
    esds += 13;
    enter();
    found.push(`mp4a.${objectType.toString(16)}.${init[esds] >> 3}`);
  }
  return found;
}

async function pause(milliseconds, signal) {
  await new Promise((done) => setTimeout(done, milliseconds));
  signal.throwIfAborted();
}
