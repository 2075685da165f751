import { isIP } from 'node:net';
import { BlockList } from 'node:net';
import { type Environment } from '@marcbachmann/cel-js';

class Address {
  readonly text: string;
  readonly family: 4 | 6;
  constructor(text: string) {
    const family = isIP(text);
    if (family === 0)
      throw new Error(`IP Address ${JSON.stringify(text)} parse error during conversion from string`);
    this.text = text;
    this.family = family as 4 | 6;
  }
}

class Network {
  readonly address: Address;
  readonly length: number;
  readonly #held = new BlockList();
  constructor(text: string) {
    const [address = '', length = '', ...more] = text.split('/');
    if (!isNetwork(text) || more.length > 0) {
      throw new Error(`network address parse error during conversion from string: ${text}`);
    }
    this.address = new Address(address);
    this.length = Number(length);
    this.#held.addSubnet(address, this.length, this.address.family === 4 ? 'ipv4' : 'ipv6');
  }
  holds({ text, family }: Address): boolean {
    return this.#held.check(text, family === 4 ? 'ipv4' : 'ipv6');
  }
}

function isNetwork(text: string): boolean {
  const [address = '', length = '', ...more] = text.split('/');
  const family = isIP(address);
  return (
    family !== 0 &&
    more.length === 0 &&
    /^\d{1,3}$/.test(length) &&
    Number(length) <= (family === 4 ? 32 : 128)
  );
}

/** `ip()`, `cidr()`, `url()` and their kin of the Kubernetes CEL libraries. */
export function registerNetworkFunctions(env: Environment): void {
  env.registerType('net.IP', Address);
  env.registerType('net.CIDR', Network);
  env.registerType('kubernetes.URL', URL);
  env.registerFunction('isIP(string): bool', (text: string) => isIP(text) !== 0);
  env.registerFunction('ip(string): net.IP', (text: string) => new Address(text));
  env.registerFunction('net.IP.family(): int', ({ family }: Address) => BigInt(family));
  env.registerFunction('string(net.IP): string', ({ text }: Address) => text);
  env.registerFunction('isCIDR(string): bool', isNetwork);
  env.registerFunction('cidr(string): net.CIDR', (text: string) => new Network(text));
  env.registerFunction('net.CIDR.containsIP(string): bool', (net: Network, text: string) =>
    net.holds(new Address(text)),
  );
  env.registerFunction('net.CIDR.containsIP(net.IP): bool', (net: Network, ip: Address) => net.holds(ip));
  env.registerFunction('net.CIDR.prefixLength(): int', ({ length }: Network) => BigInt(length));
  env.registerFunction('net.CIDR.ip(): net.IP', ({ address }: Network) => address);
  env.registerFunction('isURL(string): bool', (text: string) => URL.canParse(text));
  env.registerFunction('url(string): kubernetes.URL', (text: string) => new URL(text));
  const part = (name: string, of: (url: URL) => string): void =>
    void env.registerFunction(`kubernetes.URL.${name}(): string`, of);
  part('getScheme', ({ protocol }) => protocol.slice(0, -1));
  part('getHost', ({ host }) => host);
  part('getHostname', ({ hostname }) => hostname.replace(/^\[(.*)\]$/, '$1'));
  part('getPort', ({ port }) => port);
  part('getEscapedPath', ({ pathname, href }) => (pathname === '/' && !href.endsWith('/') ? '' : pathname));
  env.registerFunction('kubernetes.URL.getQuery(): map', ({ searchParams }: URL) =>
    Object.fromEntries([...searchParams.keys()].map((key) => [key, searchParams.getAll(key)])),
  );
}
