/**
 * `node --import ./dev/preload/exit-with-parent.mjs …`: a process of the demo leaves when the demo is gone, also when the demo
 * was killed and could tell nobody. Development only.
 */
if (process.env.CALIBRATE_PARENT_CHANNEL && process.channel) {
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // The channel alone must not keep the process alive.
  process.channel.unref();
}
