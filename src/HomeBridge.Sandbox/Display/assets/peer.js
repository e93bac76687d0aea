// A camera by a peer connection: one offer with everything in it, one answer, then pictures by UDP. The token goes to the
// signalling URL and nowhere else.

/** Why there is no picture. `noPath` is true where nothing was refused and only the way is barred, so that another protocol may do. */
export class PeerEnded extends Error {
  constructor(why, noPath = false) {
    super(why);
    this.noPath = noPath;
  }
}

/** Candidates of one machine are there at once; whoever is not there by then is left out. */
const gatheredWithin = 1_000;

/** From the answer to a working path. */
const pathWithin = 4_000;

/** Whether this browser can show what cameras send this way. */
export const canPeer = () => Boolean(globalThis.RTCPeerConnection?.prototype.addTransceiver)
  && (RTCRtpReceiver.getCapabilities?.('video')?.codecs ?? []).some(({ mimeType }) => mimeType === 'video/H264');

/**
 * Shows the camera until the signal ends it; rejects when it is over by itself.
 * @param source `{ url, token, iceServers, deviceId }`: what GetCameraStream answered, and for what
 */
export async function peer(video, source, signal) {
  const connection = new RTCPeerConnection({ iceServers: source.iceServers ? JSON.parse(source.iceServers) : [], bundlePolicy: 'max-bundle' });
  try {
    await talk(connection, video, source, signal);
  } finally {
    connection.close();
  }
}

async function talk(connection, video, source, signal) {
  const { receiver } = connection.addTransceiver('video', { direction: 'recvonly' });
  if ('jitterBufferTarget' in receiver) {
    receiver.jitterBufferTarget = 0;
  }
  await connection.setLocalDescription();
  await gathered(connection, signal);
  signal.throwIfAborted();

  const answer = await say(source, { action: 'offer', deviceId: source.deviceId, sdp: connection.localDescription.sdp }, signal);
  // From here on there is a session, and whoever leaves says so.
  const leave = () => say(source, { action: 'end', deviceId: source.deviceId }, null).catch(() => {});
  try {
    signal.throwIfAborted();
    await connection.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
    video.srcObject = new MediaStream([receiver.track]);
    await over(connection, signal);
  } finally {
    leave();
  }
}

/** No trickle: the offer goes out when it is complete. */
async function gathered(connection, signal) {
  if (connection.iceGatheringState === 'complete') {
    return;
  }
  await new Promise((done) => {
    connection.addEventListener('icegatheringstatechange', () => connection.iceGatheringState === 'complete' && done());
    signal.addEventListener('abort', done, { once: true });
    setTimeout(done, gatheredWithin);
  });
}

/** Ends by the signal, or throws when the connection ended. */
async function over(connection, signal) {
  let hadPath = false;
  await new Promise((done, failed) => {
    const look = () => {
      hadPath ||= ['connected', 'completed'].includes(connection.iceConnectionState);
      if (['failed', 'closed'].includes(connection.connectionState)) {
        failed(new PeerEnded('connection ' + connection.connectionState, !hadPath));
      }
    };
    connection.addEventListener('iceconnectionstatechange', look);
    connection.addEventListener('connectionstatechange', look);
    setTimeout(() => hadPath || failed(new PeerEnded('no path', true)), pathWithin);
    signal.addEventListener('abort', done, { once: true });
  });
}

async function say({ url, token }, message, signal) {
  let answer;
  try {
    answer = await fetch(url, {
      method: 'POST', mode: 'cors', credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer', keepalive: signal === null,
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify(message), signal,
    });
  } catch {
    signal?.throwIfAborted();
    throw new PeerEnded('unreachable');
  }
  if (!answer.ok) {
    throw new PeerEnded(answer.status === 403 ? 'suspended' : answer.status === 404 ? 'not found' : `refused ${answer.status}`);
  }
  return answer.json();
}
