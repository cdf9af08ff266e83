// @ts-check
/**
 * VS Code's workbench reports its own affairs through the same function as the console of the tests, unmarked, and
 * a log level that silences the one silences the other. These lines are kept for the log of a failed run.
 */
const starts = [
  'Creating a socket (renderer-',
  'Creation of workbench contribution',
  'ChatSessionStore:',
  'No search provider registered for scheme',
  'Resolved connection token',
  'Resolving connection token',
  'Updating additional builtin extensions cache',
  '[AccountPolicyGate]',
  '[AgentHost',
  '[DefaultAccount]',
  '[Service Worker] registration',
  '[reconnection-grace-time]',
];

/** @param {string} line */
export function isWorkbenchTalk(line) {
  // The second: an error whose stack lies in the workbench, such as an extension gallery out of reach.
  return starts.some((start) => line.startsWith(start)) || /\/static\/out\/vs\/code\/browser\//.test(line);
}
