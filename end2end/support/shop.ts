/** A shop's page on an origin of its own, served by this process. */
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export class Shop {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /**
   * Serves `head` on every path. The page's own policy allows no inline script and no eval: only what is named.
   * `files` are scripts by path.
   */
  static async start(head: string, allow: string[], files: Record<string, string> = {}): Promise<Shop> {
    const policy =
      `default-src 'none'; script-src 'self' ${allow.join(' ')}; connect-src 'self' ${allow.join(' ')}; ` +
      `img-src ${allow.join(' ')}`;
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://shop').pathname;
      const script = files[path];
      response.setHeader('Content-Security-Policy', policy);
      if (path === '/favicon.ico') response.writeHead(204).end();
      else if (script !== undefined) response.setHeader('Content-Type', 'text/javascript').end(script);
      else response.setHeader('Content-Type', 'text/html').end(`<!doctype html><title>Shop</title>${head}<h1>Shop</h1>`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Shop(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
