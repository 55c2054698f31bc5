'use strict';
// Progress on stderr: one line rewritten in a terminal, a plain line every few seconds elsewhere (CI, log files).

const { say } = require('./language');

const PLAIN_EVERY_MS = 5_000;
const TERMINAL_EVERY_MS = 200;

const seconds = (ms) => {
  const s = Math.round(ms / 1000);
  const [minutes, rest] = [Math.floor(s / 60), s % 60];
  return s < 60
    ? say({ zh: `${s} 秒`, en: `${s} s` })
    : say({ zh: `${minutes} 分 ${rest} 秒`, en: `${minutes} min ${rest} s` });
};

/** 12.3 MB / 4.5 GB, in powers of ten as disks and download pages count. */
const size = (bytes) => (bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`);

/** "123.4 MB / 273.8 MB, 45%, about 12 s left" out of counts; without a total only what is done and the time so far. */
function statusText({ done = 0, total = 0, show = String, elapsed }) {
  if (!total) {
    const spent = seconds(elapsed);
    return say({ zh: `${show(done)}，已用 ${spent}`, en: `${show(done)}, ${spent} so far` });
  }
  const share = Math.min(done / total, 1);
  const left = seconds((elapsed * (1 - share)) / share);
  const rest =
    share > 0.02 && elapsed > 1000 ? say({ zh: `，剩余约 ${left}`, en: `, about ${left} left` }) : '';
  const comma = say({ zh: '，', en: ', ' });
  return `${show(Math.min(done, total))} / ${show(total)}${comma}${Math.floor(share * 100)}%${rest}`;
}

/**
 * Announces a step and follows it. `update({ done, total, show, note })` may be called as often as one likes;
 * `end(text)` leaves one closing line.
 */
function progress(title, stream = process.stderr) {
  const started = Date.now();
  const every = stream.isTTY ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS;
  let last = started;
  let phase = { note: '', since: started }; // downloading and unpacking go at different speeds
  if (stream.isTTY) stream.write(`${title} …`);
  else stream.write(`${title} …\n`);
  return {
    update({ note = '', ...counts }) {
      const now = Date.now();
      if (note !== phase.note) phase = { note, since: now };
      if (now - last < every) return;
      last = now;
      const text = `${title} ${note}${statusText({ ...counts, elapsed: now - phase.since })}`;
      stream.write(stream.isTTY ? `\r${text}\x1b[K` : `${text}\n`);
    },
    end(text) {
      const spent = seconds(Date.now() - started);
      const line = say({ zh: `${title} ${text}（${spent}）`, en: `${title} ${text} (${spent})` });
      stream.write(stream.isTTY ? `\r${line}\x1b[K\n` : `${line}\n`);
    },
    fail() {
      if (stream.isTTY) stream.write('\n');
    },
  };
}

module.exports = { progress, statusText, seconds, size };
