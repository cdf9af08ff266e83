export function findChromium(options?: { install?: boolean; log?: (line: string) => void }): string;
export function launchOptions(options?: { executablePath?: string }): {
  executablePath: string;
  args: string[];
};
