// @ts-check
/** `npm run schema`: writes the JSON Schema of what the command line prints, from the types and their comments. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import prettier from 'prettier';
import { createGenerator } from 'ts-json-schema-generator';
import { root } from './setup.mjs';

export const schemaFile = path.join(root, 'src', 'cli', 'output.schema.json');

/** The schema as it should stand in the file. */
export async function outputSchema() {
  const schema = createGenerator({
    path: path.join(root, 'src', 'cli', 'outputs.ts'),
    tsconfig: path.join(root, 'src', 'cli', 'tsconfig.json'),
    type: 'Outputs',
    topRef: false,
    // The project's own compiler checks them, and is a newer one.
    skipTypeCheck: true,
  }).createSchema('Outputs');
  const options = await prettier.resolveConfig(schemaFile);
  return prettier.format(JSON.stringify(schema), { ...options, filepath: schemaFile });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await writeFile(schemaFile, await outputSchema());
}
