import { isIP } from 'node:net';

const LOCAL_NAMES = ['localhost', 'localdomain', 'local', 'internal', 'test'];

function isLocalIpv4(address: string): boolean {
  const [a = 0, b = 0] = address.split('.').map(Number);
  return a === 0 || a === 10 || a === 127 || (a === 169 && b === 254) || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168);
}

function isLocalIpv6(address: string): boolean {
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
  if (mapped) {
    const high = Number.parseInt(mapped[1] ?? '0', 16);
    return isLocalIpv4(`${high >> 8}.${high & 255}.0.0`);
  }
  return address === '::1' || address === '::' || /^f[cd]/.test(address) || /^fe[89ab]/.test(address);
}

/**
 * True for a host that nobody outside this machine or its own network can reach: loopback, private and link-local ranges,
 * bare names, and names under .localhost, .local, .internal and .test (RFC 6761, RFC 6762).
 * `hostname` is that of a parsed URL, which has already turned 0x7f.1 and the like into plain numbers.
 */
export function isLocalHostname(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const family = isIP(host);
  if (family === 4) return isLocalIpv4(host);
  if (family === 6) return isLocalIpv6(host);
  const labels = host.split('.');
  return labels.length === 1 || LOCAL_NAMES.includes(labels.at(-1) ?? '');
}
