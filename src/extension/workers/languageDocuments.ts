import { setImmediate as turn } from 'node:timers/promises';
import { annotationsAt } from '../../core/probes/edits/annotate';
import { outlineOf, type Outline } from '../../core/probes/outline';
import { parseProbeFile, type ParsedProbeFile } from '../../core/probes/parse';
import type { Problem } from '../../core/probes/problem';
import { checkMeaning } from '../../core/probes/rules/table';
import { positionsOf, type Positions } from '../../core/probes/positions';
import type { DocumentDigest, FactAnchor, LanguageApi } from '../../protocol/language';
import { checkProbeFile } from '../../scoring/check';
import { digest, factAnchors, fixOf, pagesOf } from './anchors';

/** The newest text of a document that was asked about. */
interface Request {
  readonly version: number;
  readonly text: string;
  readonly path: string | undefined;
  readonly answer: Promise<DocumentDigest>;
}

/** A document as it was analysed last. */
interface Analysed {
  readonly version: number;
  readonly parsed: ParsedProbeFile;
  readonly positions: Positions;
  readonly pages: readonly Outline['facts'][];
}

/** What the language worker offers, over texts it keeps until they are closed. */
export function createLanguage(): LanguageApi {
  const newest = new Map<string, Request>();
  const analysed = new Map<string, Analysed>();

  const analyse = async (uri: string, request: () => Request): Promise<DocumentDigest> => {
    // Messages that wait are received first: of several versions only the newest is parsed.
    await turn();
    const mine = request();
    const latest = newest.get(uri);
    if (latest !== undefined && latest !== mine) return latest.answer;
    const { parsed, problems } = await check(mine);
    const positions = positionsOf(mine.text);
    const outline = outlineOf(parsed);
    const pages = pagesOf(outline.facts);
    if (newest.get(uri) === mine) analysed.set(uri, { version: mine.version, parsed, positions, pages });
    return digest(uri, mine.version, { problems, outline, positions, pages: pages.length });
  };

  return {
    analyze: (uri, version, text, path) => {
      const request: Request = { version, text, path, answer: analyse(uri, () => request) };
      newest.set(uri, request);
      return request.answer;
    },
    facts: (uri, version, page): Promise<readonly FactAnchor[] | undefined> => {
      const known = analysed.get(uri);
      return Promise.resolve(
        known?.version === version ? factAnchors(known.pages[page] ?? [], known.positions) : undefined,
      );
    },
    annotations: (uri, version, selection) => {
      const known = analysed.get(uri);
      if (known?.version !== version) return Promise.resolve([]);
      const { parsed, positions } = known;
      const range = { start: positions.offsetOf(selection.start), end: positions.offsetOf(selection.end) };
      return Promise.resolve(annotationsAt(parsed, range).map((fix) => fixOf(fix, positions)));
    },
    close: (uri) => {
      newest.delete(uri);
      analysed.delete(uri);
    },
  };
}

/** A document without a file on disk is checked for what its text alone tells. */
async function check({ text, path }: Request): Promise<{ parsed: ParsedProbeFile; problems: Problem[] }> {
  if (path !== undefined) {
    const { loaded, problems } = await checkProbeFile(path, { text });
    return { parsed: loaded, problems };
  }
  const parsed = parseProbeFile(text);
  return { parsed, problems: [...parsed.problems, ...checkMeaning(parsed)] };
}
