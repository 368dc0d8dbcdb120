// Judges server certificates as a TLS client of Node does: node judge.mjs HOST ROOT CRLS CASE...
// Each CASE is a folder with certificate.pem, full_chain.pem and key.pem; prints "CASE TAB GOOD" or the error's code.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import tls from "node:tls";

const [host, root, crls, ...cases] = process.argv.slice(2);
const ca = readFileSync(root);
const end = "-----END X509 CRL-----\n";
const crl = readFileSync(crls, "ascii").split(end).filter((text) => text).map((text) => text + end);

function judge(folder) {
  return new Promise((done) => {
    let server;
    const tell = (said) => {
      server?.close();
      done(said);
    };
    try {
      const files = { cert: readFileSync(join(folder, "full_chain.pem")), key: readFileSync(join(folder, "key.pem")) };
      server = tls.createServer({ ...files, ciphers: "DEFAULT@SECLEVEL=0" }, (socket) => socket.end());
    } catch (refused) {
      tell(`SERVER ${refused.code}`);
      return;
    }
    server.on("tlsClientError", () => undefined);
    server.listen(0, "127.0.0.1", () => {
      const options = { host: "127.0.0.1", port: server.address().port, servername: host, ca, crl };
      const socket = tls.connect({ ...options, ciphers: "DEFAULT@SECLEVEL=2" }, () => {
        socket.destroy();
        tell("GOOD");
      });
      socket.on("error", (refused) => tell(String(refused.code ?? refused.message)));
    });
  });
}

for (const folder of cases) {
  console.log(`${basename(folder)}\t${await judge(folder)}`);
}
