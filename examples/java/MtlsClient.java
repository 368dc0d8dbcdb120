// A mutual TLS client of the JDK alone: shows its certificate, trusts the bundle.
//   java MtlsClient.java client.chain.pem client.key bundle.pem https://localhost:9443/ [crls.pem]
// The key is PKCS#8 ("BEGIN PRIVATE KEY"), as openssl req -newkey writes it. With crls.pem the server's own
// certificate and its CAs are held against these CRLs.
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.EnumSet;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

public final class MtlsClient {
    private static final char[] NONE = new char[0];

    public static void main(String[] arguments) throws Exception {
        Path chain = Path.of(arguments[0]), key = Path.of(arguments[1]), bundle = Path.of(arguments[2]);
        Path crls = arguments.length > 4 ? Path.of(arguments[4]) : null;
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(identity(chain, key).getKeyManagers(), trust(bundle, crls).getTrustManagers(), null);
        HttpClient client = HttpClient.newBuilder().sslContext(context).build();
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[3])).build();
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            System.out.println(answer.statusCode() + " " + answer.body().strip());
            System.exit(answer.statusCode() == 200 ? 0 : 1);
        } catch (IOException fault) {
            System.err.println("refused: " + fault);
            System.exit(1);
        }
    }

    /** What we show: our certificate with its issuing CA behind it, and the key. */
    private static KeyManagerFactory identity(Path chain, Path key) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NONE);
        Certificate[] certificates = certificates(chain).toArray(new Certificate[0]);
        store.setKeyEntry("me", privateKey(key, certificates[0].getPublicKey().getAlgorithm()), NONE, certificates);
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, NONE);
        return factory;
    }

    /** What we trust: the CAs of the bundle; with CRLs also that nothing of the chain is revoked. */
    private static TrustManagerFactory trust(Path bundle, Path crls) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NONE);
        for (Certificate ca : certificates(bundle)) {
            boolean isRoot = ((X509Certificate) ca).getSubjectX500Principal()
                .equals(((X509Certificate) ca).getIssuerX500Principal());
            if (isRoot) {
                store.setCertificateEntry("root", ca);
            }
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        if (crls == null) {
            factory.init(store);
            return factory;
        }
        PKIXBuilderParameters parameters = new PKIXBuilderParameters(store, new X509CertSelector());
        Collection<?> lists = CertificateFactory.getInstance("X.509").generateCRLs(Files.newInputStream(crls));
        parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists)));
        PKIXRevocationChecker checker =
            (PKIXRevocationChecker) CertPathBuilder.getInstance("PKIX").getRevocationChecker();
        checker.setOptions(
            EnumSet.of(PKIXRevocationChecker.Option.PREFER_CRLS, PKIXRevocationChecker.Option.NO_FALLBACK));
        parameters.addCertPathChecker(checker);
        factory.init(new CertPathTrustManagerParameters(parameters));
        return factory;
    }

    private static Collection<? extends Certificate> certificates(Path file) throws Exception {
        return CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)));
    }

    private static PrivateKey privateKey(Path file, String algorithm) throws Exception {
        String base64 = Files.readString(file).replaceAll("-----[^-]+-----", "").replaceAll("\\s", "");
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
    }
}
