import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** The folders that a panel's page may load from. */
export function pageRoots(extension: vscode.Uri): vscode.Uri[] {
  return [
    vscode.Uri.joinPath(extension, 'dist', 'webview'),
    vscode.Uri.joinPath(extension, 'media', 'panel'),
  ];
}

/** The panel's page: one script, one style sheet, no data. It asks for data when it is ready. */
export function pageHtml(webview: vscode.Webview, extension: vscode.Uri): string {
  const [scripts, styles] = pageRoots(extension) as [vscode.Uri, vscode.Uri];
  const script = webview.asWebviewUri(vscode.Uri.joinPath(scripts, 'webview.js')).toString();
  const style = webview.asWebviewUri(vscode.Uri.joinPath(styles, 'panel.css')).toString();
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `img-src ${webview.cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="UTF-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="stylesheet" href="${style}" />
    <title>Knowledge Probes</title>
  </head>
  <body>
    <main id="panel"></main>
    <script nonce="${nonce}" src="${script}"></script>
  </body>
</html>`;
}
