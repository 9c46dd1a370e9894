// Loaded into the process that is measured, before anything else: tells how long its loop stood still, and what it used.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
let since = process.cpuUsage();
let at = process.hrtime.bigint();

process.on('message', (question) => {
  if (question !== 'tell' && question !== 'reset') return;
  const { user, system } = process.cpuUsage(since);
  const now = process.hrtime.bigint();
  process.send?.({
    seconds: Number(now - at) / 1e9,
    cpuSeconds: (user + system) / 1e6,
    longestBlockMs: delay.max / 1e6,
    residentBytes: process.memoryUsage.rss(),
  });
  delay.reset();
  since = process.cpuUsage();
  at = now;
});
process.channel?.unref();
