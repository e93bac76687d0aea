// A camera on a Cast device. What the framework does not do for a camera: it hides the picture as soon as it is not live
// any more, and at once when the gateway says that this viewer may not go on. Nothing is kept.

/** No progress for this long: what stands there is not live. */
const hiddenAfter = 750;

/** No progress for this long, or no first picture: the stream is given up. */
const stalledAfter = 4_000;
const firstPictureWithin = 12_000;

const lookEvery = 250;

/** How often the gateway is asked whether this viewer may go on, beside the player, which retries in silence. */
const askEvery = 1_000;

const hlsType = 'application/x-mpegURL';
const mp4Type = 'video/mp4';

const words = {
  idle: 'Waiting for a camera',
  connecting: 'Connecting…',
  waiting: 'Waiting for the camera…',
  live: '',
  403: 'This camera is stopped for now',
  404: 'This camera is not available',
  unavailable: 'This camera is not available right now',
};

/**
 * Starts the receiver.
 * @param framework `cast.framework` of the Web Receiver SDK
 * @param screen its video element, and show(state, words) with a state of idle, connecting, live, waiting, unavailable
 */
export function receive(framework, screen) {
  const context = framework.CastReceiverContext.getInstance();
  const player = context.getPlayerManager();
  let watching = null;

  const stop = (state, why) => {
    watching?.abort();
    watching = null;
    screen.video.style.visibility = 'hidden';
    screen.show(state, words[why] ?? words.unavailable);
  };
  const giveUp = (why) => {
    if (watching) {
      stop('unavailable', why);
      player.stop();
    }
  };

  player.setMessageInterceptor(framework.messages.MessageType.LOAD, async (request) => {
    stop('connecting', 'connecting');
    const current = new AbortController();
    watching = current;
    const { url, token } = read(request);
    const found = await inspect(url, current.signal);
    if (current.signal.aborted) {
      return null;
    }
    if (found.refused) {
      stop('unavailable', found.refused);
      return null;
    }

    const { media } = request;
    media.contentUrl = url;
    media.contentId = url;
    media.contentType = found.playlist ? hlsType : mp4Type;
    media.streamType = framework.messages.StreamType.LIVE;
    if (found.playlist) {
      const { HlsSegmentFormat, HlsVideoSegmentFormat } = framework.messages;
      media.hlsSegmentFormat = found.isTransportStream ? HlsSegmentFormat.TS : HlsSegmentFormat.FMP4;
      media.hlsVideoSegmentFormat = found.isTransportStream ? HlsVideoSegmentFormat.MPEG2_TS : HlsVideoSegmentFormat.FMP4;
    }
    request.autoplay = true;
    player.setPlaybackConfig(playbackConfig(framework, token));
    look(screen, current.signal, giveUp);
    if (found.playlist) {
      ask(found.playlist, current.signal, giveUp);
    }
    return request;
  });
  player.addEventListener(framework.events.EventType.ERROR, () => giveUp('unavailable'));
  player.addEventListener(framework.events.EventType.MEDIA_FINISHED, () => giveUp('unavailable'));

  screen.show('idle', words.idle);
  context.start({ disableIdleTimeout: false, maxInactivity: 3600 });
}

/** Where displays put the stream's URL and, for a camera that needs one, its token. */
function read({ media, credentials }) {
  return {
    url: media.entity || media.contentUrl || media.contentId,
    token: credentials || media.customData?.token || null,
  };
}

/** The token is for this one camera, and goes in a header; cookies never do. */
function playbackConfig(framework, token) {
  const config = new framework.PlaybackConfig();
  const request = (info) => {
    info.withCredentials = false;
    if (token) {
      info.headers = { ...info.headers, Authorization: `Bearer ${token}` };
    }
  };
  config.manifestRequestHandler = request;
  config.segmentRequestHandler = request;
  return config;
}

/** Which playlist it is and how its units are packed: the framework has to be told. A progressive stream has neither. */
async function inspect(url, signal) {
  if (!URL.canParse(url)) {
    return { refused: 'unavailable' };
  }
  if (!new URL(url).pathname.endsWith('.m3u8')) {
    return {};
  }
  const entry = await get(url, signal);
  const lines = entry.text?.split('\n') ?? [];
  const variant = lines.findIndex((line) => line.startsWith('#EXT-X-STREAM-INF:'));
  if (variant < 0) {
    return { refused: entry.status ?? 'unavailable' };
  }
  const playlist = new URL(lines[variant + 1].trim(), url).href;
  const first = await get(playlist, signal);
  return first.text ? { playlist, isTransportStream: !first.text.includes('#EXT-X-MAP:') } : { refused: first.status ?? 'unavailable' };
}

async function get(url, signal) {
  try {
    const answer = await fetch(url, { credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer', signal });
    return answer.ok ? { text: await answer.text() } : { status: answer.status };
  } catch {
    return {};
  }
}

async function ask(playlist, signal, giveUp) {
  for (;;) {
    await new Promise((done) => setTimeout(done, askEvery));
    if (signal.aborted) {
      return;
    }
    const { status } = await get(playlist, signal);
    if (status === 403 || status === 404) {
      giveUp(status);
    }
  }
}

/** Shows the picture while it moves. */
function look({ video, show }, signal, giveUp) {
  let hasPicture = false;
  let position = video.currentTime;
  let movedAt = performance.now();
  const looking = setInterval(() => {
    const now = performance.now();
    if (video.currentTime !== position) {
      position = video.currentTime;
      movedAt = now;
      hasPicture ||= video.videoWidth > 0 && video.readyState >= 2;
    }
    if (hasPicture) {
      const state = now - movedAt < hiddenAfter ? 'live' : 'waiting';
      video.style.visibility = state === 'live' ? 'visible' : 'hidden';
      show(state, words[state]);
    }
    if (now - movedAt >= (hasPicture ? stalledAfter : firstPictureWithin)) {
      giveUp('unavailable');
    }
  }, lookEvery);
  signal.addEventListener('abort', () => clearInterval(looking), { once: true });
}
