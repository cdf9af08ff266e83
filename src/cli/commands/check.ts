import type { Command } from 'commander';
import { relative } from 'node:path';
import { describeFailure, FailureError } from '../../core/failure';
import { positionsOf } from '../../core/probes/positions';
import type { Severity } from '../../core/probes/problem';
import { checkProbeFile } from '../../scoring/check';
import { EXIT, type ExitCode } from '../exitCodes';
import { addFormat, printJson, type Format } from '../output';

/** A problem as `check --format json` gives it. Lines and columns count from 1, columns in UTF-16 code units. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
}

export function addCheck(program: Command, end: (code: ExitCode) => void): void {
  addFormat(
    program
      .command('check')
      .description('check structure and meaning of probe files, as the editor does while one types')
      .argument('<file...>', 'probe files'),
  ).action(async (files: string[], { format }: { format: Format }) => {
    const findings: Finding[] = [];
    let unreadable = 0;
    for (const file of files) {
      try {
        for (const finding of await findingsIn(file)) findings.push(finding);
      } catch (error) {
        if (!(error instanceof FailureError)) throw error;
        // The other files are checked all the same.
        process.stderr.write(`error: ${describeFailure(error.failure)}\n`);
        unreadable++;
      }
    }
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    if (unreadable > 0) end(EXIT.usage);
    else end(errors === 0 ? EXIT.ok : EXIT.problems);
    if (format === 'json') await printJson(findings);
    else for (const finding of findings) process.stdout.write(`${describe(finding)}\n`);
    if (format === 'text') {
      const others = findings.length - errors;
      process.stderr.write(
        `${count(files.length, 'file')}: ${count(errors, 'error')}, ${count(others, 'other problem')}\n`,
      );
    }
  });
}

async function findingsIn(file: string): Promise<Finding[]> {
  const { loaded, problems } = await checkProbeFile(file);
  const positions = positionsOf(loaded.text);
  return problems
    .toSorted((a, b) => a.range.start - b.range.start)
    .map(({ range, code, severity, message }) => {
      const [from, to] = [positions.at(range.start), positions.at(range.end)];
      return {
        file: loaded.path,
        line: from.line + 1,
        column: from.character + 1,
        endLine: to.line + 1,
        endColumn: to.character + 1,
        code,
        severity,
        message,
      };
    });
}

/** `file:line:column: severity: message [code]`, which editors and CI systems make links of. */
function describe({ file, line, column, severity, message, code }: Finding): string {
  return `${relative('', file)}:${line}:${column}: ${severity}: ${message} [${code}]`;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
