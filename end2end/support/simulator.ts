/** The Snapchat look-alike, started for one test and scripted through its control routes. */
import { Running, freePort, start } from './process.js';

/** Names and ids of the simulator's default seed (crates/snap-sim/README.md). */
export const northwind = {
  login: { user: 'dana@northwind.example', password: 'snap-demo' },
  business: 'Northwind Outdoor',
  adAccount: 'Northwind US',
  pixel: 'Northwind web pixel',
  businessId: 'c1b0a9f8-5f6e-4a3b-9c2d-1e0f9a8b7c6d',
  adAccountId: '7d0a5c1e-20b4-4e55-9d0a-3a6a1c0a9b11',
  pixelId: '9f3c2d1e-4b5a-4c6d-8e7f-0a1b2c3d4e5f',
};

export interface Fault {
  path: string;
  method?: string;
  times?: number;
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  delay_ms?: number;
  cut?: 'before' | 'after';
}

export class Simulator {
  private constructor(private readonly process: Running) {}

  static async start(): Promise<Simulator> {
    const port = await freePort();
    const process = start('snap-sim', ['--port', String(port)], {}, `http://127.0.0.1:${port}`);
    return new Simulator(await process.ready('/_sim/stats'));
  }

  get url(): string {
    return this.process.url;
  }

  /** The server's settings that point to this simulator. */
  settings(): Record<string, string> {
    return {
      SNAPCHAT_CLIENT_ID: 'switchyard-demo',
      SNAPCHAT_CLIENT_SECRET: 'switchyard-demo-secret',
      SNAPCHAT_ACCOUNTS_URL: this.url,
      SNAPCHAT_ADS_API_URL: `${this.url}/v1`,
      SNAPCHAT_CAPI_URL: this.url,
      SNAPCHAT_PIXEL_URL: `${this.url}/scevent.min.js`,
    };
  }

  /** Rules in place of those before; without any all is well again. */
  async faults(...rules: Fault[]): Promise<void> {
    await this.post('/_sim/faults', rules);
  }

  /** No delivery gets through until the rules are replaced. */
  async outage(): Promise<void> {
    await this.faults({ path: '/v3/', times: 0, status: 503 });
  }

  /** Everything that passed the simulator's checks. */
  async received(): Promise<any[]> {
    const answer = await fetch(`${this.url}/_sim/received`);
    const body: any = await answer.json();
    return Array.isArray(body) ? body : body.events;
  }

  /** How many requests a fault has met so far, also while it still delays the answer. */
  async faulted(): Promise<number> {
    const body: any = await (await fetch(`${this.url}/_sim/faults`)).json();
    return body.applied;
  }

  /** The last requests, oldest first. */
  async requests(): Promise<{ method: string; path: string; status: number }[]> {
    const body: any = await (await fetch(`${this.url}/_sim/requests`)).json();
    return body.requests;
  }

  async post(path: string, body: unknown = {}): Promise<void> {
    const answer = await fetch(this.url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  }

  async stop(): Promise<void> {
    await this.process.stop();
  }
}

/** A Conversion API token of Northwind Outdoor. */
export const capiToken =
  'eyJhbGciOiJIUzI1NiIsImtpZCI6IlEyRnVkbUZ6VXpKVFNFMUJRMUJ5YjJRIiwidHlwIjoiSldUIn0.eyJhdWQiOiJjYW52YXMtY2FudmFzYXBpIiwiaXNzIjoiY2FudmFzLXMyc3Rva2VuIiwibmJmIjoxNzY3MjI1NjAwLCJzdWIiOiJjMWIwYTlmOC01ZjZlLTRhM2ItOWMyZC0xZTBmOWE4YjdjNmQifQ.UbEcVWL4Dt9Yr9guGpq0UFbQDBRcl0Tb1OgICUomypU';
