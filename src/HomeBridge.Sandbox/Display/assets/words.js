// What codes mean to somebody who stands in front of a display.

const words = {
  ackNeeded: 'Somebody has to say yes first',
  aboveMaximumTemperature: 'That is warmer than it goes',
  authFailure: 'Link this home again',
  belowMinimumTemperature: 'That is colder than it goes',
  challengeFailedPinNeeded: 'That PIN is not right',
  deviceBusy: 'Busy, try again in a moment',
  deviceJammedDetected: 'It is jammed',
  deviceNotFound: 'Not part of this home any more',
  deviceOffline: 'Offline',
  deviceJammingDetected: 'It is jammed',
  deviceTurnedOff: 'It is switched off',
  failed: 'That did not work',
  functionNotSupported: 'It can’t do that',
  inOffMode: 'It is switched off',
  notLinked: 'This home is not linked any more',
  notSupported: 'It can’t do that',
  lockFailure: 'It did not lock',
  lockedState: 'It is locked',
  pinIncorrect: 'That PIN is not right',
  pinNeeded: 'A PIN is needed',
  remoteSetDisabled: 'It can’t be controlled from afar',
  safetyShutOff: 'It switched itself off, to be safe',
  securityRestriction: 'That is not allowed from here',
  passphraseIncorrect: 'That PIN is not right',
  PENDING: 'Sent, not confirmed yet',
  protocolError: 'The display asked for something odd',
  streamUnavailable: 'Camera is not available right now',
  streamUnplayable: 'This display can’t play that camera',
  tooManyFailedAttempts: 'Too many wrong PINs. Wait a while, then try again',
  transientError: 'That did not work. Try again',
  unlockFailure: 'It did not unlock',
  unreachable: 'The bridge does not answer',
  userCancelled: 'Cancelled',
  valueOutOfRange: 'That is out of its range',
};

export const friendly = (code) => words[code] ?? (/^already[A-Z]/.test(code ?? '') ? 'It is so already' : 'That did not work. Try again');

const cameraWords = {
  deviceOffline: 'Camera is offline',
  transientError: 'Camera is not available right now',
  deviceBusy: 'Too many are watching this camera. Try again later',
};

export const friendlyForCamera = (code) => cameraWords[code] ?? friendly(code);

const unknownStates = {
  deviceOffline: 'Offline',
  deviceNotFound: 'Not linked',
};

/** In place of a state that is not known. */
export const unknownState = (code) => unknownStates[code] ?? 'Not known right now';

const linkWords = {
  denied: 'Nothing was linked: you cancelled.',
  exchange: 'The bridge did not complete the link. Try again.',
  full: 'This display has no room for another home. Unlink one first.',
  issuer: 'The answer came from somebody else than the bridge. Nothing was linked.',
  refused: 'The bridge did not link the home. Try again later.',
  state: 'That link was begun in another browser, or too long ago. Try again.',
  unreachable: 'The display’s server does not answer. Try again.',
};

export const linkProblem = (code) => linkWords[code] ?? linkWords.refused;
