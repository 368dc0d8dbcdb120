// A mutual TLS server without dependencies: lets in whoever has a certificate of the directory that is not revoked.
//   node server.mjs --cert server.chain.pem --key server.key --bundle bundle.pem --crls crls.pem --port 9443
// Send SIGHUP after fetching new CRLs: the next handshake uses them.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { parseArgs } from "node:util";

const text = { type: "string" };
const { values: chosen } = parseArgs({
  options: { cert: text, key: text, bundle: text, crls: text, port: { type: "string", default: "9443" } },
});

const parts = (file, label) =>
  readFileSync(file, "utf8").match(new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----`, "g"));

const secure = () => ({
  cert: readFileSync(chosen.cert),
  key: readFileSync(chosen.key),
  ca: parts(chosen.bundle, "CERTIFICATE"),
  crl: parts(chosen.crls, "X509 CRL"), // of every CA in the chain, the root's too
  minVersion: "TLSv1.2",
});

// The subject, most specific first. The chain proves membership only: look at OU and CN too.
const nameOf = (subject) =>
  Object.entries(subject)
    .flatMap(([name, value]) => [value].flat().map((one) => `${name}=${one}`))
    .reverse()
    .join(",");

const server = createServer({ ...secure(), requestCert: true, rejectUnauthorized: true }, (request, response) => {
  response.writeHead(200, { "content-type": "text/plain", connection: "close" });
  response.end(`Welcome, ${nameOf(request.socket.getPeerCertificate().subject)}\n`);
});
server.on("tlsClientError", (fault) => console.log(`refused: ${fault.message}`));
// New context, new ticket keys: a resumed session would skip the check of the certificate.
process.on("SIGHUP", () => server.setSecureContext(secure()));
process.on("SIGTERM", () => process.exit(0));
server.listen(Number(chosen.port), "127.0.0.1", () =>
  console.log(`listening on https://127.0.0.1:${server.address().port}`),
);
