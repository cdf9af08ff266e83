import type { Page } from 'playwright-core';

/** How many of these theme colours are in the canvas, each in at least 40 pixels. */
export async function countColours(page: Page, selector: string, names: readonly string[]): Promise<number> {
  return page.evaluate(
    ([wanted, colours]) => {
      const canvas = document.querySelector<HTMLCanvasElement>(wanted)!;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      const style = getComputedStyle(document.documentElement);
      return colours.filter((name) => {
        const hex = parseInt(style.getPropertyValue(`--vscode-${name}`).trim().slice(1), 16);
        const [red, green, blue] = [hex >> 16, (hex >> 8) & 255, hex & 255];
        let found = 0;
        for (let i = 0; i < data.length; i += 4)
          if (data[i] === red && data[i + 1] === green && data[i + 2] === blue && data[i + 3] === 255)
            found++;
        return found >= 40;
      }).length;
    },
    [selector, names] as const,
  );
}
