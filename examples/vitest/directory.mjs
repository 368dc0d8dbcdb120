// A directory for one test file, over HTTP alone: no package is needed.
import https from "node:https";

const CONTROL = process.env.CONNECT_MOCK_CONTROL ?? "http://127.0.0.1:8090";
const TOKEN = process.env.CONNECT_MOCK_CONTROL_TOKEN;

/** One call of the control listener; throws with the server's own words. */
async function call(method, url, body, token) {
  const headers = { ...(body && { "Content-Type": "application/json" }), ...(token && { Authorization: `Bearer ${token}` }) };
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${text}`);
  return text && JSON.parse(text);
}

/** A sandbox: its own participants, CA, clock, faults and journal. */
export async function createDirectory(wanted = {}) {
  const made = await call("POST", `${CONTROL}/_mock/sandboxes`, { ttl: 900, ...wanted }, TOKEN);
  const control = (method, path, body) => call(method, `${made.listeners.control}/_mock${path}`, body, made.admin_token);
  const ca = await (await fetch(`${made.listeners.http}/_mock/bundle.pem`)).text();
  const { access_token: admin } = await control("POST", "/tokens", { scope: "directory:website", expires_in: 86400 });
  const api = (method, path, body) => call(method, `${made.listeners.http}${path}`, body, admin);
  return {
    ...made,
    control,
    api,
    /** Moves the clock: "P400D", "-PT10M". */
    advance: (length) => control("PUT", "/clock", { advance: length }),
    /** An application, its transport certificate with key, and a token that is bound to it. */
    async client(name) {
      const organisation = await api("POST", "/organisations", {
        OrganisationId: crypto.randomUUID(), Status: "Active", OrganisationName: name, LegalEntityName: `${name} Ltd`,
        CountryOfRegistration: "GB", CompanyRegister: "Companies House", RegistrationNumber: "12345678",
        AddressLine1: "1 High Street", City: "London", Postcode: "N1 1AA", Country: "GB",
      });
      const application = await api("POST", `/organisations/${organisation.OrganisationId}/softwarestatements`, {
        ClientName: name, LogoUri: "https://app.example/logo.svg", RedirectUri: ["https://app.example/callback"],
      });
      const software = application.SoftwareStatementId;
      const certificate = await control("POST", "/certificates", { software, type: "rtstransport" });
      const { access_token } = await control("POST", "/tokens", { software_statement_id: software });
      return { organisation, application, certificate, token: access_token };
    },
    /** GET over mutual TLS: status, headers, body. */
    get(client, path, token = client.token) {
      const url = `${made.services.matls_api}${path}`;
      const { key, certificate, chain } = client.certificate;
      return new Promise((resolve, reject) => {
        const options = { key, cert: certificate + chain, ca, agent: false, headers: { Authorization: `Bearer ${token}` } };
        https.get(url, options, (answer) => {
          let body = "";
          answer.on("data", (part) => (body += part));
          answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body }));
        }).on("error", reject);
      });
    },
    drop: () => call("DELETE", `${CONTROL}/_mock/sandboxes/${made.id}`, undefined, TOKEN),
  };
}
