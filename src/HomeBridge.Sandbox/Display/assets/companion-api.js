// The one way out of the app: our own server, which holds the tokens and passes calls on to the bridge's account API.

/** The API said no, in words for people. */
export class Refused extends Error {
  constructor(status, problem, authenticate) {
    super(problem);
    this.isSignedOut = problem === 'signedOut';
    this.wantsPassword = status === 401 && (authenticate ?? '').includes('insufficient_user_authentication');
  }
}

const patience = 25_000;

async function ask(method, path, body) {
  const answer = await fetch(`/api/companion/${path}`, {
    method,
    body: body && JSON.stringify(body),
    headers: { 'X-Display': '1', ...(body && { 'Content-Type': 'application/json' }) },
    cache: 'no-store',
    signal: AbortSignal.timeout(patience),
  });
  const said = answer.status === 204 ? undefined : await answer.json().catch(() => undefined);
  if (!answer.ok) {
    throw new Refused(answer.status, said?.detail ?? (said?.problem === 'unreachable' ? 'The bridge does not answer right now.' : said?.problem) ?? `Status ${answer.status}.`,
      answer.headers.get('WWW-Authenticate'));
  }
  return said;
}

/** One call of the account API; an id in a path is one segment. */
export const call = (method, path, body) => ask(method, `home/${path}`, body);

/** The address at the bridge where signing in begins; anew has the maker ask for the password. */
export const signIn = async (anew) => (await ask('POST', `sign-in${anew ? '?anew=1' : ''}`, {})).url;

/** Whether the bridge heard that this app's session is over. */
export const leave = async () => {
  try {
    return (await ask('POST', 'sign-out', {})).ended;
  } catch {
    return false;
  }
};
