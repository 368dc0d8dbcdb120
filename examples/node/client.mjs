// A mutual TLS client without dependencies: shows its certificate, and checks the server's by bundle and CRL.
//   node client.mjs --cert client.chain.pem --key client.key --bundle bundle.pem --crls crls.pem https://host:9443/
// --connect HOST:PORT goes there whatever the name resolves to; the name is still checked.
import { readFileSync } from "node:fs";
import { get } from "node:https";
import { parseArgs } from "node:util";

const text = { type: "string" };
const { values: chosen, positionals } = parseArgs({
  options: { cert: text, key: text, bundle: text, crls: text, connect: text },
  allowPositionals: true,
});
const url = new URL(positionals[0]);
const [host, port] = (chosen.connect ?? `${url.hostname}:${url.port || 443}`).split(/:(?=\d+$)/);
const parts = (file, label) =>
  readFileSync(file, "utf8").match(new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----`, "g"));

const request = get(
  {
    host,
    port,
    path: url.pathname,
    servername: url.hostname,
    headers: { host: url.host },
    cert: readFileSync(chosen.cert),
    key: readFileSync(chosen.key),
    ca: parts(chosen.bundle, "CERTIFICATE"),
    crl: chosen.crls ? parts(chosen.crls, "X509 CRL") : undefined,
  },
  async (response) => {
    let body = "";
    for await (const part of response) body += part;
    console.log(response.statusCode, body.trim());
    process.exitCode = response.statusCode === 200 ? 0 : 1;
  },
);
request.on("error", (fault) => {
  console.error(`refused: ${fault.message}`);
  process.exitCode = 1;
});
