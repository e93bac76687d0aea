// A video beside another one. As in the player: the picture that stands here is the one that arrives now, or there is none.

import { readBlockCode } from './block-code.js';

/** No progress for this long: whatever stands there is not live, and is hidden. */
const hiddenAfter = 750;

/** No progress for this long: the stream is over. */
const stalledAfter = 4_000;
const lookEvery = 250;

/** Before a viewer that tries again does so. */
const againAfter = 700;

const canvas = document.createElement('canvas');
[canvas.width, canvas.height] = [640, 360];
const context = canvas.getContext('2d', { willReadFrequently: true });

export class Screen {
  /**
   * @param video the element
   * @param on.picture called when the picture comes or goes
   * @param on.over called when the stream is over
   * @param again whether a stream that is over is asked for again, as naive viewers do
   */
  constructor(video, on, again) {
    this.video = video;
    this.on = on;
    this.again = again;
    this.run = null;
  }

  get hasPicture() {
    return this.moving;
  }

  play(url) {
    this.stop();
    const run = new AbortController();
    this.run = run;
    let position = 0;
    let movedAt = performance.now();
    let seen = false;
    const over = () => {
      if (run.signal.aborted) {
        return;
      }
      this.stop();
      this.on.over();
      if (this.again) {
        this.later = setTimeout(() => this.play(url), againAfter);
      }
    };
    const watching = setInterval(() => {
      const now = performance.now();
      if (this.video.currentTime !== position) {
        position = this.video.currentTime;
        movedAt = now;
      }
      if (seen) {
        this.show(now - movedAt < hiddenAfter);
      }
      if (now - movedAt > (seen ? stalledAfter : 3 * stalledAfter)) {
        over();
      }
    }, lookEvery);
    run.signal.addEventListener('abort', () => clearInterval(watching), { once: true });
    this.video.addEventListener('error', over, { signal: run.signal });
    this.video.addEventListener('ended', over, { signal: run.signal });
    this.video.requestVideoFrameCallback(() => {
      seen = true;
      if (!run.signal.aborted) {
        this.show(true);
      }
    });
    this.video.hidden = false;
    this.video.classList.add('covered');
    this.video.src = url;
    this.video.play().catch(() => {});
  }

  stop() {
    clearTimeout(this.later);
    this.run?.abort();
    this.run = null;
    this.show(false);
    this.video.hidden = true;
    this.video.removeAttribute('src');
    this.video.load();
  }

  /** The number of the camera in the picture, or null. */
  camera() {
    if (!this.moving || this.video.readyState < 2 || !this.video.videoWidth) {
      return null;
    }
    context.drawImage(this.video, 0, 0, canvas.width, canvas.height);
    return readBlockCode(context, canvas.width, canvas.height)?.number ?? null;
  }

  show(moves) {
    if (this.moving === moves) {
      return;
    }
    this.moving = moves;
    this.video.classList.toggle('covered', !moves);
    this.on.picture(moves);
  }
}
