import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A directory of its own on a running connect-mock, over HTTP alone (JDK 17). Use your JSON library in place of {@link #text}. */
final class Sandbox implements AutoCloseable {
    private static final String CONTROL = System.getenv().getOrDefault("CONNECT_MOCK_CONTROL", "http://127.0.0.1:8090");
    private static final char[] NO_PASSWORD = new char[0];
    private final HttpClient http = HttpClient.newHttpClient();
    private final String id;
    private final String adminToken;
    private final String controlUrl;
    private final String httpUrl;
    private final String userToken;
    final String mtlsUrl;

    Sandbox() throws Exception {
        String made = call("POST", CONTROL + "/_mock/sandboxes", "{\"ttl\":900}", System.getenv("CONNECT_MOCK_CONTROL_TOKEN"));
        id = text(made, "id");
        adminToken = text(made, "admin_token");
        String listeners = made.substring(made.indexOf("\"listeners\""));
        controlUrl = text(listeners, "control");
        httpUrl = text(listeners, "http");
        mtlsUrl = text(listeners, "mtls");
        userToken = text(control("POST", "/tokens", "{\"scope\":\"directory:website\",\"expires_in\":86400}"), "access_token");
    }

    /** One call of the control listener: clock, faults, certificates. */
    String control(String method, String path, String json) throws Exception {
        return call(method, controlUrl + "/_mock" + path, json, adminToken);
    }

    /** One call of the Connect API. */
    String api(String method, String path, String json) throws Exception {
        return call(method, httpUrl + path, json, userToken);
    }

    /** An application with a transport certificate. */
    Client client(String name) throws Exception {
        String organisation = UUID.randomUUID().toString();
        api("POST", "/organisations", """
            {"OrganisationId":"%s","Status":"Active","OrganisationName":"%s","LegalEntityName":"%s Ltd",
             "CountryOfRegistration":"GB","CompanyRegister":"Companies House","RegistrationNumber":"12345678",
             "AddressLine1":"1 High Street","City":"London","Postcode":"N1 1AA","Country":"GB"}""".formatted(organisation, name, name));
        String application = api("POST", "/organisations/" + organisation + "/softwarestatements", """
            {"ClientName":"%s","LogoUri":"https://app.example/logo.svg","RedirectUri":["https://app.example/callback"]}""".formatted(name));
        String software = text(application, "SoftwareStatementId");
        String held = control("POST", "/certificates", "{\"software\":\"%s\",\"type\":\"rtstransport\"}".formatted(software));
        String token = text(control("POST", "/tokens", "{\"software_statement_id\":\"%s\"}".formatted(software)), "access_token");
        String path = "/organisations/" + organisation + "/softwarestatements/" + software + "/certificates/rtstransport/";
        return new Client(path + text(held, "kid"), token, context(text(held, "key"), text(held, "certificate") + text(held, "chain")));
    }

    /** Whoever calls the directory; `certificate` is the path at which its certificate is revoked. */
    record Client(String certificate, String token, SSLContext context) {}

    /** GET over mutual TLS. A new HttpClient each time: connections that are open already are not looked at again. */
    HttpResponse<String> get(Client client, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(mtlsUrl + path)).header("Authorization", "Bearer " + client.token()).build();
        HttpClient secured = HttpClient.newBuilder().sslContext(client.context()).version(HttpClient.Version.HTTP_1_1).build();
        return secured.send(request, HttpResponse.BodyHandlers.ofString());
    }

    @Override
    public void close() throws Exception {
        call("DELETE", CONTROL + "/_mock/sandboxes/" + id, null, System.getenv("CONNECT_MOCK_CONTROL_TOKEN"));
    }

    private SSLContext context(String keyPem, String chainPem) throws Exception {
        KeyStore own = empty();
        byte[] der = Base64.getMimeDecoder().decode(keyPem.replaceAll("-----[A-Z ]+-----", ""));
        Certificate[] chain = certificates(chainPem);
        String kind = chain[0].getPublicKey().getAlgorithm();
        own.setKeyEntry("client", KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(der)), NO_PASSWORD, chain);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, NO_PASSWORD);
        KeyStore trusted = empty();
        for (Certificate each : certificates(call("GET", httpUrl + "/_mock/bundle.pem", null, null)))
            trusted.setCertificateEntry("ca-" + trusted.size(), each);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static KeyStore empty() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        return store;
    }

    private static Certificate[] certificates(String pem) throws Exception {
        var read = CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem.getBytes()));
        return read.toArray(new Certificate[0]);
    }

    private String call(String method, String url, String json, String token) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
        request.method(method, json == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(json));
        if (json != null) request.header("Content-Type", "application/json");
        if (token != null) request.header("Authorization", "Bearer " + token);
        HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() >= 400) throw new IllegalStateException(method + " " + url + ": " + answer.statusCode() + " " + answer.body());
        return answer.body();
    }

    /** The first member of this name that is a text. */
    static String text(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"((?:[^\"\\\\]++|\\\\.)*+)\"").matcher(json);
        if (!found.find()) throw new IllegalArgumentException("no " + name + " in " + json);
        return found.group(1).replace("\\n", "\n").replace("\\/", "/").replace("\\\"", "\"");
    }
}
