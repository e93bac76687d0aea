// One camera, large: asks for its stream, shows it, says why not.

import { execute, Problem } from './api.js';
import { byId, icon } from './dom.js';
import { canPeer } from './peer.js';
import { play as playIn } from './player.js';
import { friendlyForCamera } from './words.js';

const stoppedSentence = 'Picture stopped: the camera is not available right now';

/** `?player=hls` or `?player=mse` on the page's address asks for no peer connection. */
const wanted = !new URLSearchParams(location.search).has('player') && canPeer() ? ['webrtc', 'hls'] : ['hls'];

const pathWords = { webrtc: 'WebRTC', hls: 'HLS' };

const words = { connecting: 'Connecting…', live: '', waiting: 'Waiting for the camera…' };

const dialog = byId('player');
const video = byId('video');
const live = byId('player-live');
const path = byId('player-path');
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

addEventListener('pagehide', () => shown && stop('closed'));

export function watch(home, device, signal, button) {
  shown = { home, device, button };
  signal.addEventListener('abort', () => shown?.home === home && dialog.close(), { once: true });
  byId('player-name').textContent = device.name.name;
  dialog.dataset.cameraName = device.name.name;
  dialog.showModal();
  play();
}

/** Takes the picture away, wherever it was. */
function stop(state) {
  attempt?.abort();
  attempt = null;
  live.hidden = true;
  path.hidden = true;
  spinner.hidden = true;
  retry.hidden = true;
  message.textContent = '';
  code.textContent = '';
  dialog.dataset.state = state;
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

async function play(protocols = wanted, pressed = performance.now()) {
  stop('connecting');
  const current = new AbortController();
  attempt = current;
  const { home, device } = shown;
  spinner.hidden = false;
  byId('player-close').focus();
  say('Connecting…');
  let states;
  try {
    const outcome = await execute(
      home, device.id,
      [{ command: 'GetCameraStream', params: { StreamToChromecast: false, SupportedStreamProtocols: protocols } }],
      current.signal);
    if (outcome.status !== 'SUCCESS') {
      throw new Problem(outcome.errorCode ?? outcome.status ?? 'transientError');
    }
    states = outcome.states ?? {};
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
  const isPeer = states.cameraStreamProtocol === 'webrtc';
  const url = isPeer ? states.cameraStreamSignalingUrl : states.cameraStreamAccessUrl;
  if (!url) {
    fail(friendlyForCamera('streamUnplayable'), 'streamUnplayable');
    return;
  }
  dialog.dataset.path = isPeer ? 'webrtc' : 'hls';
  path.textContent = pathWords[dialog.dataset.path];
  show(
    isPeer ? { url, token: states.cameraStreamAuthToken, iceServers: states.cameraStreamIceServers, deviceId: device.id } : url,
    pressed, current.signal);
}

/** The gateway sends to the browser itself; nothing of it passes through this page's server. */
function show(source, pressed, signal) {
  let hasPicture = false;
  const end = playIn(video, source, (state, why, noPath) => {
    if (state === 'stopped' && noPath && !hasPicture) {
      // The way is barred and nobody refused anything. What was refused is not asked for by another door.
      play(['hls'], pressed);
      return;
    }
    if (state === 'stopped') {
      const sentence = hasPicture ? stoppedSentence : 'Camera is not available right now';
      fail(why === 'unsupported' ? 'This browser can’t play this camera' : sentence, why);
      return;
    }
    if (state === 'live' && !hasPicture) {
      hasPicture = true;
      dialog.dataset.firstPictureMs = String(Math.round(performance.now() - pressed));
    }
    dialog.dataset.state = state;
    live.hidden = state !== 'live';
    path.hidden = live.hidden;
    spinner.hidden = state === 'live';
    say(words[state]);
  });
  signal.addEventListener('abort', end, { once: true });
}
