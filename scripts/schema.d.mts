export const schemaFile: string;
export function outputSchema(): Promise<string>;
