// What the platform's graph says of one home, as it changes. EventSource can't send our header, so this reads the stream.

const silenceMax = 25_000;
const firstPause = 500;
const longestPause = 8_000;

/**
 * Follows a home until the signal ends it, through broken connections.
 * @param on called with (name, data): devices, states, notice, over
 * @param lost called once each time the stream breaks, with a problem's code
 */
export async function follow(home, signal, on, lost) {
  let pause = firstPause;
  while (!signal.aborted) {
    const silence = new AbortController();
    let code = 'unreachable';
    try {
      const answer = await fetch(`/api/homes/${home}/events`, {
        headers: { 'X-Display': '1' }, cache: 'no-store', signal: AbortSignal.any([signal, silence.signal]),
      });
      if (answer.status === 404) {
        code = 'notLinked';
      }
      if (answer.ok) {
        await read(answer.body, silence, (name, data) => {
          pause = firstPause;
          if (data.home === home) {
            on(name, data);
          }
        });
      }
    } catch {
      // Broken off; told below.
    }
    if (signal.aborted) {
      return;
    }
    lost(code);
    await new Promise((done) => setTimeout(done, pause * (0.75 + Math.random() / 2)));
    pause = Math.min(longestPause, pause * 2);
  }
}

async function read(body, silence, tell) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const quiet = setTimeout(() => silence.abort(), silenceMax);
    const { done, value } = await reader.read();
    clearTimeout(quiet);
    if (done) {
      return;
    }
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const lines = block.split('\n');
      const name = lines.find((line) => line.startsWith('event: '))?.slice(7);
      const data = lines.find((line) => line.startsWith('data: '))?.slice(6);
      if (name && data) {
        tell(name, JSON.parse(data));
      }
    }
  }
}
