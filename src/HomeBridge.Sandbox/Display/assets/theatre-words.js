// What the theatre says.

const because = {
  OtherDevice: 'the unit came from another camera',
  OtherBytes: 'the bytes were not those that the camera’s unit was signed with',
  OtherUnit: 'it was another unit than the one that was asked for',
  FromCache: 'the unit came out of a cache',
  IngestForged: 'the signature was not this camera’s',
  NotFresh: 'the answer was not made for this request',
  NotLive: 'the pictures were not of now',
  Missing: 'there was no proof',
  Revoked: 'the home’s access to this camera had ended',
  Suspended: 'the camera was suspended',
  deviceNotFound: 'the maker no longer named this home as the camera’s owner',
  streamUnavailable: 'the camera is suspended',
};

export const why = (code) => because[code] ?? code ?? 'no proof';

export const time = (ms) => (ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`);

const scopes = { vendor: 'maker', device: 'camera', trait: 'trait', platform: 'platform', account_link: 'link' };

/** "vendor acme, trait CameraStream" in words. */
export const scope = (text) => (text
  ? text.split(', ').map((part) => part.replace(/^\S+/, (name) => scopes[name] ?? name)).join(', ')
  : 'everything');

export const problems = {
  unreachable: 'The bridge does not answer. Try again in a moment.',
  nothingOpen: 'Somebody else cleared the stage. Press Replay again.',
  unsupported: 'This browser can’t play HLS by itself. The counters are right all the same; use Chromium 142 or later, or Safari, to see the pictures.',
};
