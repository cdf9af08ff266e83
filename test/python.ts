import { spawnSync } from 'node:child_process';

/**
 * A Python that has these modules: Debian keeps its packages with its own, which need not be the first on the path.
 * @returns undefined where there is none; tests then skip and say so
 */
export function pythonWith(...modules: readonly string[]): string | undefined {
  return ['python3', '/usr/bin/python3'].find(
    (python) => spawnSync(python, ['-c', `import ${modules.join(', ')}`]).status === 0,
  );
}
