'use strict';
/**
 * In place of native-watchdog, whose compiled half a machine without a C++ compiler lacks: ends this process some
 * seconds after the one it works for has gone.
 */
const process = require('node:process');
const { setInterval, setTimeout } = require('node:timers');

exports.start = (pid) => {
  setInterval(() => {
    try {
      process.kill(pid, 0);
    } catch (error) {
      if (error.code === 'ESRCH') setTimeout(() => process.exit(87), 6000).unref();
    }
  }, 1000).unref();
};
exports.exit = (code) => process.exit(code ?? 0);
