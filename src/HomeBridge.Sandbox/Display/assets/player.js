// One live camera in a video element, whoever's page it is on: a peer connection, or HLS, the browser's own where it has
// one, ours where not.
// The picture that stands here is the one that arrives now; as soon as none arrives, there is none.

import { feed } from './feed.js';
import { peer } from './peer.js';

const hlsType = 'application/vnd.apple.mpegurl';

/** `?player=mse` on the page's address takes ours though the browser has its own; read before the page tidies its address. */
const ours = new URLSearchParams(location.search).get('player') === 'mse';

/** No picture for this long: it won't come. */
const firstPictureWithin = 12_000;

/** No progress for this long: whatever stands there is not live, and is hidden until the next picture is there. */
const hiddenAfter = 750;

/** No progress for this long: the stream is given up. */
const stalledAfter = 4_000;

/** How often we look whether it moves. */
const lookEvery = 250;

/**
 * Plays a stream of the gateway until it ends by itself or the answered function is called.
 * @param video the element; it is hidden while it shows nothing live
 * @param source what GetCameraStream answered: the URL of HLS, or what `peer` takes
 * @param onState called with a state (connecting, live, waiting, stopped) and, when stopped, why, and whether another protocol may do
 * @returns ends it and takes the picture away; onState is not called any more
 */
export function play(video, source, onState) {
  const over = new AbortController();
  const { signal } = over;
  let state = '';
  const tell = (next, why = '', noPath = false) => {
    if (state !== next && !signal.aborted) {
      state = next;
      video.style.opacity = next === 'live' ? '' : '0';
      onState(next, why, noPath);
    }
  };
  const stop = () => {
    if (!signal.aborted) {
      over.abort();
      blank(video);
    }
  };
  const end = (why, noPath = false) => {
    if (!signal.aborted) {
      blank(video);
      tell('stopped', why, noPath);
      over.abort();
    }
  };

  const isPeer = typeof source !== 'string';
  const native = video.canPlayType(hlsType) !== '' && !ours;
  if (!isPeer && !native && !globalThis.MediaSource) {
    end('unsupported');
    return stop;
  }

  tell('connecting');
  look(video, signal, tell, end);
  video.addEventListener('error', () => video.error && end(`media error ${video.error.code}`), { signal });
  video.addEventListener('ended', () => end('ended'), { signal });
  video.hidden = false;
  if (isPeer) {
    peer(video, source, signal).catch((ended) => end(ended.message, ended.noPath));
  } else if (native) {
    video.src = source;
  } else {
    feed(video, source, signal).catch((ended) => end(ended.message));
  }
  video.play().catch((refused) => refused.name === 'NotAllowedError' && end('autoplay is off'));
  return stop;
}

/** A last frame left standing would look like now. */
function blank(video) {
  video.hidden = true;
  video.srcObject = null;
  video.removeAttribute('src');
  video.load();
}

/** Tells live from waiting, and gives up what stands still. */
function look(video, signal, tell, end) {
  // The clock of a peer connection goes on without pictures; what was decoded is counted in both.
  const place = () => (video.srcObject ? video.getVideoPlaybackQuality().totalVideoFrames : video.currentTime);
  let hasPicture = false;
  let position = place();
  let movedAt = performance.now();
  const looking = setInterval(() => {
    const now = performance.now();
    if (place() !== position) {
      position = place();
      movedAt = now;
    }
    if (hasPicture) {
      tell(now - movedAt < hiddenAfter ? 'live' : 'waiting');
    }
    if (now - movedAt >= (hasPicture ? stalledAfter : firstPictureWithin)) {
      end(hasPicture ? 'no new picture' : 'no picture came');
    }
  }, lookEvery);
  signal.addEventListener('abort', () => clearInterval(looking), { once: true });
  video.requestVideoFrameCallback(() => {
    hasPicture = true;
    movedAt = performance.now();
    tell('live');
  });
}
