'use strict';
/**
 * In place of @vscode/spdlog, whose compiled half a machine without a C++ compiler lacks. VS Code keeps the lines
 * of every output channel in such a log file and shows them from there: without it all output channels are empty.
 */
const { Buffer } = require('node:buffer');
const fs = require('node:fs');
const path = require('node:path');

const levels = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'];

class Logger {
  constructor(_kind, _name, file, maxBytes, maxFiles) {
    this.file = file;
    this.maxBytes = maxBytes;
    this.maxFiles = maxFiles;
    this.level = 2;
    this.decorated = true;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    this.descriptor = fs.openSync(file, 'a');
    this.bytes = fs.fstatSync(this.descriptor).size;
  }

  trace(message) {
    this.write(0, message);
  }
  debug(message) {
    this.write(1, message);
  }
  info(message) {
    this.write(2, message);
  }
  warn(message) {
    this.write(3, message);
  }
  error(message) {
    this.write(4, message);
  }
  critical(message) {
    this.write(5, message);
  }

  write(level, message) {
    if (level < this.level || this.descriptor === undefined) return;
    // Without formatters the message is the caller's to end: output channels append parts of lines.
    const text = this.decorated ? `${timestamp()} [${levels[level]}] ${message}\n` : message;
    const bytes = Buffer.byteLength(text);
    if (this.maxBytes > 0 && this.bytes > 0 && this.bytes + bytes > this.maxBytes) this.rotate();
    fs.writeSync(this.descriptor, text);
    this.bytes += bytes;
  }

  /** `name.log` becomes `name.1.log`, that one `name.2.log`, and so on. */
  rotate() {
    fs.closeSync(this.descriptor);
    const { dir, name, ext } = path.parse(this.file);
    const numbered = (number) => (number === 0 ? this.file : path.join(dir, `${name}.${number}${ext}`));
    for (let number = this.maxFiles; number > 0; number--) {
      if (fs.existsSync(numbered(number - 1))) fs.renameSync(numbered(number - 1), numbered(number));
    }
    this.descriptor = fs.openSync(this.file, 'w');
    this.bytes = 0;
  }

  getLevel() {
    return this.level;
  }
  setLevel(level) {
    this.level = level;
  }
  setPattern() {}
  clearFormatters() {
    this.decorated = false;
  }
  flush() {}
  drop() {
    if (this.descriptor !== undefined) fs.closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}

function timestamp() {
  const now = new Date();
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
  return local.toISOString().replace('T', ' ').replace('Z', '');
}

exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = async (name, file, bytes, files) =>
  new Logger('rotating', name, file, bytes, files);
exports.createAsyncRotatingLogger = exports.createRotatingLogger;
