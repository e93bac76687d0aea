// One camera, large and live. The picture that stands here is the one that arrives now: as soon as none arrives, there
// is none.

import { execute, Problem } from './api.js';
import { byId, icon } from './dom.js';
import { friendlyForCamera } from './words.js';

const hlsType = 'application/vnd.apple.mpegurl';

/** No picture for this long after asking: it won't come. */
const firstPictureWithin = 12_000;

/** No progress for this long: whatever stands there is not live, and is hidden until the next picture is there. */
const hiddenAfter = 750;

/** No progress for this long: the stream is given up. */
const stalledAfter = 4_000;

const stoppedSentence = 'Picture stopped: the camera is not available right now';

const dialog = byId('player');
const video = byId('video');
const live = byId('player-live');
const spinner = byId('player-spinner');
const message = byId('player-message');
const code = byId('player-code');
const retry = byId('player-retry');

/** The camera that is on the screen, and the attempt to show it. A new attempt ends the one before. */
let shown = null;
let attempt = null;

byId('player-close').append(icon('close'));
byId('player-close').addEventListener('click', () => dialog.close());
dialog.addEventListener('close', () => {
  stop('closed');
  shown?.button.focus();
  shown = null;
});
retry.addEventListener('click', () => play());

// Nobody looks: the camera need not send.
document.addEventListener('visibilitychange', () => {
  if (!shown) {
    return;
  }
  if (document.hidden) {
    stop('paused');
    say('Paused while this page was hidden');
  } else if (dialog.dataset.state === 'paused') {
    play();
  }
});

export function watch(home, device, signal, button) {
  shown = { home, device, button };
  signal.addEventListener('abort', () => shown?.home === home && dialog.close(), { once: true });
  byId('player-name').textContent = device.name.name;
  dialog.dataset.cameraName = device.name.name;
  dialog.showModal();
  play();
}

/** Takes the picture away, wherever it was: a last frame left standing would look like now. */
function stop(state) {
  attempt?.abort();
  attempt = null;
  video.hidden = true;
  video.removeAttribute('src');
  video.load();
  live.hidden = true;
  spinner.hidden = true;
  retry.hidden = true;
  message.textContent = '';
  code.textContent = '';
  dialog.dataset.state = state;
}

/** Shows the picture while it moves, and a dark screen while it does not. */
function picture(moves) {
  const state = moves ? 'live' : 'waiting';
  if (dialog.dataset.state === state) {
    return;
  }
  dialog.dataset.state = state;
  video.classList.toggle('covered', !moves);
  live.hidden = !moves;
  spinner.hidden = moves;
  say(moves ? '' : 'Waiting for the camera…');
}

function say(sentence, raw = '') {
  message.textContent = sentence;
  code.textContent = raw;
}

function fail(sentence, raw) {
  stop('stopped');
  say(sentence, raw);
  retry.hidden = false;
  retry.focus();
}

async function play() {
  stop('connecting');
  const current = new AbortController();
  attempt = current;
  const { home, device } = shown;
  if (!video.canPlayType(hlsType)) {
    stop('unsupported');
    say('This browser can’t play HLS by itself. Use Chromium 142 or later, or Safari.', hlsType);
    return;
  }

  spinner.hidden = false;
  byId('player-close').focus();
  say('Connecting…');
  const pressed = performance.now();
  let url;
  try {
    const outcome = await execute(
      home, device.id,
      [{ command: 'GetCameraStream', params: { StreamToChromecast: false, SupportedStreamProtocols: ['hls'] } }],
      current.signal);
    if (outcome.status !== 'SUCCESS') {
      throw new Problem(outcome.errorCode ?? outcome.status ?? 'transientError');
    }
    url = outcome.states?.cameraStreamAccessUrl;
  } catch (problem) {
    if (!current.signal.aborted) {
      const raw = problem instanceof Problem ? problem.code : 'transientError';
      fail(friendlyForCamera(raw), raw);
    }
    return;
  }

  if (current.signal.aborted) {
    return;
  }
  if (!url) {
    fail(friendlyForCamera('streamUnplayable'), 'streamUnplayable');
    return;
  }
  show(url, pressed, current.signal);
}

/** The gateway sends to the video element itself; nothing of it passes through this page's server. */
function show(url, pressed, signal) {
  let position = 0;
  let movedAt = pressed;
  const hasPicture = () => dialog.dataset.state !== 'connecting';
  const failed = (raw) => signal.aborted || fail(hasPicture() ? stoppedSentence : 'Camera is not available right now', raw);

  video.addEventListener('error', () => failed(`media error ${video.error?.code ?? ''}`.trim()), { signal });
  video.addEventListener('ended', () => failed('ended'), { signal });
  const watching = setInterval(() => {
    const now = performance.now();
    if (video.currentTime !== position) {
      position = video.currentTime;
      movedAt = now;
    }
    if (hasPicture()) {
      picture(now - movedAt < hiddenAfter);
    }
    if (hasPicture() ? now - movedAt >= stalledAfter : now - pressed >= firstPictureWithin) {
      failed(hasPicture() ? 'no new picture' : 'no picture came');
    }
  }, 250);
  signal.addEventListener('abort', () => clearInterval(watching), { once: true });

  video.requestVideoFrameCallback(() => {
    if (signal.aborted) {
      return;
    }
    dialog.dataset.firstPictureMs = String(Math.round(performance.now() - pressed));
    movedAt = performance.now();
    picture(true);
  });

  video.hidden = false;
  video.classList.add('covered');
  video.src = url;
  video.play().catch((refused) => refused.name === 'NotAllowedError' && failed('autoplay is off'));
}
