/** A proxy that cuts connections: before the request reaches the server, or before its answer reaches the client. */
import { type IncomingMessage, type Server, type ServerResponse, createServer, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What happens to a request: it never arrives, its answer never arrives, or nothing. */
export type Fate = 'before' | 'after' | 'pass';

export class CuttingProxy {
  private requests = 0;

  private constructor(
    private readonly server: Server,
    private readonly upstream: URL,
    private readonly fates: Fate[],
  ) {
    server.on('request', (incoming, outgoing) => void this.meet(incoming, outgoing));
  }

  /** `fates` are those of the requests in their order; those after the last one pass. */
  static async start(upstream: string, fates: Fate[]): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(createServer(), new URL(upstream), fates);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Requests that came, preflights left out. */
  get seen(): number {
    return this.requests;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async meet(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const fate = incoming.method === 'POST' ? (this.fates[this.requests++] ?? 'pass') : 'pass';
    const socket: Socket = incoming.socket;
    if (fate === 'before') {
      socket.destroy();
      return;
    }
    const { status, headers, body } = await this.forward(incoming, Buffer.concat(chunks));
    if (fate === 'after') socket.destroy();
    else outgoing.writeHead(status, headers).end(body);
  }

  private forward(
    incoming: IncomingMessage,
    body: Buffer,
  ): Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const options = { method: incoming.method, headers: { ...incoming.headers, host: this.upstream.host } };
      const onward = request(new URL(incoming.url ?? '/', this.upstream), options, async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: Buffer.concat(chunks) });
      });
      onward.once('error', reject).end(body);
    });
  }
}
