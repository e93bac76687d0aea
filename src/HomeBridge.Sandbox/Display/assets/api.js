// The one way out of this page besides video: our own server, which speaks the platform's protocol.

/** Something did not work, with the code that says what. */
export class Problem extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

const patience = 25_000;

export async function ask(method, path, body, signal) {
  const limits = [AbortSignal.timeout(patience)];
  if (signal) {
    limits.push(signal);
  }

  let answer;
  let said;
  try {
    answer = await fetch(path, {
      method,
      body: body && JSON.stringify(body),
      headers: { 'X-Display': '1', ...(body && { 'Content-Type': 'application/json' }) },
      cache: 'no-store',
      signal: AbortSignal.any(limits),
    });
    said = await answer.json();
  } catch {
    throw new Problem(signal?.aborted ? 'left' : 'unreachable');
  }

  if (!answer.ok) {
    throw new Problem(said.problem ?? 'unreachable');
  }
  return said;
}

/** An answer about another home than the one that was asked about is not an answer. */
async function askHome(home, what, body, signal) {
  const said = await ask('POST', `/api/homes/${home}/${what}`, body, signal);
  if (said.home !== home) {
    throw new Problem('unreachable');
  }
  if (said.payload?.errorCode) {
    throw new Problem(said.payload.errorCode);
  }
  return said.payload;
}

export const homes = async () => (await ask('GET', '/api/homes')).homes;

/** The address at the bridge where linking begins. */
export const beginLink = async () => (await ask('POST', '/api/links', {})).url;

export const sync = async (home, signal) => (await askHome(home, 'sync', {}, signal)).devices;

/** The states of devices, by id. */
export const query = async (home, devices, signal) => (await askHome(home, 'query', { devices }, signal)).devices;

/** What became of the one device's executions: status, states, errorCode, challengeNeeded. */
export async function execute(home, device, execution, signal) {
  const { commands } = await askHome(home, 'execute', { device, execution }, signal);
  const outcome = commands?.find((command) => command.ids?.includes(device));
  if (!outcome) {
    throw new Problem('transientError');
  }
  return outcome;
}

export const unlink = (home) => askHome(home, 'unlink', {});
